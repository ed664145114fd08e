package abci_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/app/mempool"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// randomChain feeds one application with random transactions, good and bad.
type randomChain struct {
	*minapp.App
	rng       *rand.Rand
	sequences []uint64
	pending   [][]byte
	timeouts  int
}

func (c *randomChain) feed(n int) {
	for range n {
		from := c.rng.IntN(len(c.Accounts))
		var tx minapp.Tx
		if c.rng.IntN(3) == 0 {
			tx = c.Send(from, c.sequences[from], 1+c.rng.Int64N(20))
		} else {
			tx = c.Submit(from, c.sequences[from], c.items()...)
		}
		ordered := c.rng.IntN(4) != 0
		if !ordered {
			c.timeouts++
			tx.Timeout, tx.Sequence = minapp.Time(c.Height()+3).Add(-timeoutStep(c.timeouts)), 0
		}
		if c.rng.IntN(20) == 0 {
			tx.Gas += 1 // wrong for the lane, harmless for others
		}
		bz := c.Sign(from, tx)
		if res := c.Check(bz); res.Code == 0 {
			c.pending = append(c.pending, bz)
			if ordered {
				c.sequences[from]++
			}
		}
	}
}

func (c *randomChain) items() []worktypes.Evidence {
	items := make([]worktypes.Evidence, 0, 4)
	first := c.rng.IntN(40)
	for i := range 1 + c.rng.IntN(4) {
		items = append(items, minapp.Item(first+i, uint64(c.rng.IntN(3)), c.rng.IntN(30) != 0, c.rng.IntN(30) != 0))
	}
	return items
}

// recheck does what the consensus engine does after a block: drop what the block held, recheck the rest.
func (c *randomChain) recheck(block [][]byte) {
	held := map[string]bool{}
	for _, tx := range block {
		held[string(tx)] = true
	}
	var rest [][]byte
	for _, tx := range c.pending {
		if !held[string(tx)] && c.Recheck(tx).Code == 0 {
			rest = append(rest, tx)
		}
	}
	c.pending = rest
	for i, acc := range c.Accounts {
		c.sequences[i] = c.CheckSequence(acc.Address)
	}
}

// Whatever PrepareProposal builds from whatever the mempool holds, ProcessProposal accepts, within every limit; and the
// mempool stays within its caps.
func TestPreparedProposalsAreAccepted(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			caps := mempool.Config{MaxTxs: 20 + rng.IntN(100), MaxBytes: 8 << 20, LaneMaxTxs: 10 + rng.IntN(100), LaneMaxItems: 100_000, LaneMaxBytes: 4_000 + rng.IntN(60_000)}
			l := worktypes.LaneParams{
				MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: uint32(rng.IntN(9_001)),
				BlockVerifyUs: 1_000 + uint64(rng.IntN(20_000)), NewcomerBps: uint32(rng.IntN(10_001)),
			}
			maxBytes, maxGas := int64(2_000+rng.IntN(40_000)), int64(300_000+rng.IntN(20_000_000))
			c := &randomChain{rng: rng, App: minapp.New(t, minapp.Options{
				Accounts: 12, MaxBytes: maxBytes, MaxGas: maxGas,
				Lane: &l, Mempool: &caps, CacheSize: 200, Optimistic: seed%2 == 0,
			})}
			c.sequences = make([]uint64, len(c.Accounts))
			for i := range 20 {
				c.Work.SetPay(i, uint64(rng.IntN(4)))
			}
			included := 0
			for range 12 {
				c.feed(25)
				requireCaps(t, c.Pool, caps)
				room := maxBytes - int64(rng.IntN(500))
				txs := c.Prepare(room)
				requireLimits(t, c.App, txs, uint64(room), l, uint64(maxBytes))
				c.Log.Take()
				require.True(t, c.Process(txs), c.Log.Take())
				for i, res := range c.Commit(txs) {
					require.Zero(t, res.Code, "transaction %d: %s", i, res.Log)
				}
				included += len(txs) - 1
				c.recheck(txs)
				requireCaps(t, c.Pool, caps)
			}
			require.Positive(t, included)
		})
	}
}

func requireCaps(t *testing.T, pool *mempool.Pool, caps mempool.Config) {
	t.Helper()
	txs, bytes := pool.LaneSize()
	require.LessOrEqual(t, txs, caps.LaneMaxTxs)
	require.LessOrEqual(t, bytes, caps.LaneMaxBytes)
	require.LessOrEqual(t, pool.CountTx()-txs, caps.MaxTxs)
}

func requireLimits(t *testing.T, a *minapp.App, txs [][]byte, room uint64, l worktypes.LaneParams, maxBytes uint64) {
	t.Helper()
	require.True(t, beacontypes.IsRevealTx(txs[0]))
	var total, laneBytes, verify uint64
	paying := false
	for i, bz := range txs {
		size := uint64(len(bz)) + 2
		if len(bz) > 127 {
			size++
		}
		total += size
		tx, err := a.TxConfig.TxDecoder()(bz)
		require.NoError(t, err)
		if i > 0 && !lane.Carries(tx) {
			paying = true
		}
		if i > 0 && lane.Carries(tx) {
			require.False(t, paying, "evidence comes first")
			laneBytes += size
			verify += verifyCost(t, a, bz)
		}
	}
	require.LessOrEqual(t, total, room)
	require.LessOrEqual(t, laneBytes, maxBytes*uint64(l.BlockBytesBps)/10_000)
	require.LessOrEqual(t, verify, l.BlockVerifyUs)
}
