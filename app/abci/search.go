package abci

import (
	"slices"

	"github.com/joulechain/joule/app/mempool"
)

const (
	// maxFailures bounds how many transactions may fail their ante chain while a lane is filled.
	maxFailures = 1_000
	// maxWasted bounds the verification that those have cost, in microseconds on the reference machine.
	maxWasted = 300_000
	// relayerCost is what one signature of a paying transaction costs, in the same unit.
	relayerCost = 100
)

// outcome is what became of a transaction that was tried.
type outcome int

const (
	added outcome = iota
	// misfit: there is no room for it.
	misfit
	// failed: its ante chain refuses it.
	failed
	// heldBack: an earlier transaction of one of its signers is not in the block.
	heldBack
)

// search bounds the work of filling a lane by what was spent on transactions that are not in the block. A transaction
// that does not fit or is held back costs a comparison: the pool's caps bound those.
type search struct {
	failures int
	wasted   uint64
}

func (s *search) count(o outcome, cost uint64) {
	if o == failed {
		s.failures++
		s.wasted += cost
	}
}

func (s *search) over() bool { return s.failures >= maxFailures || s.wasted >= maxWasted }

// sequences are what waits of each signer, by sequence. A transaction's turn comes when, for each of its signers, no
// earlier one waits: evidence behind a paying transaction waits for it, and is not tried in vain.
type sequences map[string][]uint64

func newSequences(lists ...[]mempool.Pending) sequences {
	s := sequences{}
	for _, list := range lists {
		for _, tx := range list {
			for _, n := range tx.Nonces {
				s[n.Signer] = append(s[n.Signer], n.Sequence)
			}
		}
	}
	for _, waiting := range s {
		slices.Sort(waiting)
	}
	return s
}

func (s sequences) isNext(tx mempool.Pending) bool {
	for _, n := range tx.Nonces {
		if waiting := s[n.Signer]; len(waiting) > 0 && waiting[0] < n.Sequence {
			return false
		}
	}
	return true
}

// placed takes a transaction off, whose turn it was.
func (s sequences) placed(tx mempool.Pending) {
	for _, n := range tx.Nonces {
		if waiting := s[n.Signer]; len(waiting) > 0 && waiting[0] == n.Sequence {
			s[n.Signer] = waiting[1:]
		}
	}
}
