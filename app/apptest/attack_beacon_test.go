package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/vrf"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	beaconKeys    = 40
	coalitionKeys = 10
)

// coalition holds the first coalitionKeys beacon keys and owns a cheating device. Consensus does not authenticate which
// validator the header names, so whenever one of its members leads, it tries the outcome of each of its keys and takes
// the one that suits its device.
type coalition struct {
	chain *Chain
	cheat *Member
	// tried counts the outcomes it could choose from, steered the blocks in which that helped.
	tried, steered int
}

// propose is the chain's Proposer: leaders take turns, and a leader of the coalition names whoever gives the best mix.
func (a *coalition) propose(height int64) int {
	leader := int(height) % beaconKeys
	if leader >= coalitionKeys {
		return leader
	}
	last, err := a.chain.App().BeaconKeeper.LastMix(a.chain.Ctx())
	require.NoError(a.chain.t, err)
	best, score := leader, -1
	for i := range coalitionKeys {
		a.tried++
		if s := a.score(height, a.outcome(i, height, last.Mix)); s > score {
			best, score = i, s
		}
	}
	if best != leader && score > 0 {
		a.steered++
	}
	return best
}

// outcome is the mix that the i-th validator's reveal would give.
func (a *coalition) outcome(i int, height int64, previous []byte) [32]byte {
	key := a.chain.Validators[i].Beacon
	input := vrf.RevealInput(ChainID, height, previous)
	proof, err := key.Prove(key.PublicKey(), input)
	require.NoError(a.chain.t, err)
	output, err := vrf.Verify(key.PublicKey(), proof, input)
	require.NoError(a.chain.t, err)
	return [32]byte(vrf.NextMix(previous, output))
}

// score counts the windows whose draw in this block the cheat would survive.
func (a *coalition) score(height int64, mix [32]byte) int {
	windows, err := a.chain.App().WorkKeeper.LiveWindowsOf(a.chain.Ctx(), devicetypes.WORK_CLASS_GPU)
	require.NoError(a.chain.t, err)
	survived := 0
	for _, w := range windows {
		if _, took := a.cheat.opened[w.Id]; !took || height != w.DrawAHeight && height != w.DrawBHeight {
			continue
		}
		drawn := w
		drawn.DrawAMix, drawn.DrawBMix = mix[:], mix[:]
		if survives(w, a.cheat.Challenge(drawn), height) {
			survived++
		}
	}
	return survived
}

// survives tells whether every tile that the draw at height asks for is one that half computes.
func survives(w worktypes.Window, c gpu.Challenge, height int64) bool {
	p := w.Gpu.Kernel()
	positions := gpu.Positions(p, c)
	drawn := positions[:p.MixADraws()]
	if height == w.DrawBHeight {
		drawn = positions[p.MixADraws():]
	}
	for _, at := range drawn {
		if at.Col >= p.Grid()/2 {
			return false
		}
	}
	return true
}

// A coalition with 10 of 40 beacon keys and a device that computes half of its tiles steers both draws where it leads,
// and is still paid less per unit of work than an honest device, under mainnet's number of openings.
func TestAttackBiasedBeacon(t *testing.T) {
	honest, cheat := NewMember(1, NewAccount("account", 0), 4), NewMember(2, NewAccount("account", 1), 4)
	cheat.Tile = half
	c := New(t, Options{
		Validators: beaconKeys, Variants: Variants[:1],
		Genesis: func(g *Genesis) {
			attackGenesis(honest, cheat)(g)
			Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
				s.Params.Gpu.T = gpu.MainnetParams().T
			})
		},
	})
	a := &coalition{chain: c, cheat: cheat}
	chosen := map[int64]int{}
	c.Proposer = func(height int64) int {
		// Asked several times a block; the choice is made once.
		if _, done := chosen[height]; !done {
			chosen[height] = a.propose(height)
		}
		return chosen[height]
	}
	c.Work(attackBlocks, honest, cheat)
	finish(c, honest, cheat)
	paid := perUnit(c, cheat).MulRaw(2) // half of the declared rounds are true work
	t.Logf("the coalition tried %d outcomes and steered %d blocks; pay per unit of true work: honest %s, coalition %s", a.tried, a.steered, perUnit(c, honest), paid)
	require.NotZero(t, a.steered, "the coalition never steered anything: the test does not attack")
	require.True(t, paid.LT(perUnit(c, honest)))
	requireBondsUntouched(c, honest, cheat)
}
