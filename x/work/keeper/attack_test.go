package keeper_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func everyTwenty(height int64) bool { return height%20 == 5 }

// TestHalfTheTiles: a device that computes half of its tiles passes an opening of t with probability 2^−t. Per unit of
// work done it earns 2^−(t−1) of an honest device's pay, here half, although nobody suspends it.
func TestHalfTheTiles(t *testing.T) {
	const windows, rounds = 160, 2
	c := newChain(t, withParams(func(p *types.Params) { p.FaultLimit = types.MaxFaultLimit }))
	c.beacon.Opens = everyTwenty
	honest, cheat := c.device(1), c.device(2)
	cheat.Tile = func(p gpu.Params, seed gpu.Seed, row, col uint32) []int32 {
		if col%2 == 0 {
			return gpu.Tile(p, seed, row, col)
		}
		return make([]int32, p.B*p.B)
	}
	passed := 0
	for i := range windows {
		w := c.open(uint64(20*i + 5))
		c.accept(honest.Commit(w, rounds), cheat.Commit(w, rounds))
		w = c.drawn(w.Id)
		c.accept(honest.Open(w))
		if _, err := c.submit(cheat.Open(w)); err == nil {
			passed++
		} else {
			require.ErrorIs(t, err, types.ErrBadProof)
		}
	}
	const units = windows * rounds * testutil.UnitsPerRound
	require.EqualValues(t, units, c.record(honest).TotalUnits.Int64())
	require.EqualValues(t, passed*rounds*testutil.UnitsPerRound, c.record(cheat).TotalUnits.Int64())
	perWork := float64(passed) / (windows / 2.0) // honest: 1
	deviation := math.Sqrt(windows*0.25*0.75) / (windows / 2.0)
	require.InDelta(t, 0.5, perWork, 4*deviation)
	require.Less(t, perWork, 1.0)
	c.next()
	c.holds()
}

// TestIdentities: ten keys that share one machine's rounds are paid together what one key is paid for them, less dust.
func TestIdentities(t *testing.T) {
	c := newChain(t, opensAt(5))
	one, rest := c.device(1), make([]*testutil.Device, 10)
	w := c.open(5)
	c.accept(one.Commit(w, 20))
	for i := range rest {
		rest[i] = c.device(uint64(i + 2))
		c.accept(rest[i].Commit(w, 2))
	}
	w = c.drawn(5)
	c.accept(one.Open(w))
	for _, d := range rest {
		c.accept(d.Open(w))
	}
	c.reachEpoch(4)
	whole, split := c.claim(one), int64(0)
	for _, d := range rest {
		split += c.claim(d)
	}
	require.EqualValues(t, c.pool/2, whole)
	require.LessOrEqual(t, split, whole)
	require.InDelta(t, whole, split, 10)
	// The same rounds for two keys are no rounds for one of them: see TestStrangerCannotFileForAVictim.
}

// TestPresenceIsPaidByUnits: a device that comes for some windows only is paid for their units, at everybody's rate.
func TestPresenceIsPaidByUnits(t *testing.T) {
	c := newChain(t, opensAt(1, 5, 9))
	always, choosy := c.device(1), c.device(2)
	work := func(id uint64, devices ...*testutil.Device) {
		w := c.open(id)
		for _, d := range devices {
			c.accept(d.Commit(w, 3))
		}
	}
	work(1, always)
	work(5, always)
	work(9, always, choosy)
	for _, id := range []uint64{1, 5, 9} {
		w := c.drawn(id)
		c.accept(always.Open(w))
		if id == 9 {
			c.accept(choosy.Open(w))
		}
	}
	c.reachEpoch(4)
	require.EqualValues(t, 3*c.pool/4, c.claim(always))
	require.EqualValues(t, c.pool/4, c.claim(choosy))
}

// TestHazardIsConstant: whether a window opens is a function of the block's mix and the parameter. Live windows, their
// age, the epoch, units and commitments change nothing.
func TestHazardIsConstant(t *testing.T) {
	const blocks = 600
	busy, idle := newChain(t), newChain(t)
	idle.beacon.EpochBlocks = 2 * blocks // nobody freezes there
	d := busy.device(1)
	opened := func(c *chain) bool {
		height := c.ctx.BlockHeight()
		require.NoError(t, c.k.EndBlock(c.ctx))
		found, err := c.k.LiveWindowsOf(c.ctx, gpuClass)
		require.NoError(t, err)
		return len(found) > 0 && found[len(found)-1].Id == uint64(height)
	}
	// idle forgets its windows after each block; busy has more than eight live ones, with work and openings.
	mostLive, open := 0, 0
	for height := int64(1); height <= blocks; height++ {
		windows, err := busy.k.LiveWindowsOf(busy.ctx, gpuClass)
		require.NoError(t, err)
		mostLive = max(mostLive, len(windows))
		for _, w := range windows {
			switch height {
			case w.OpenHeight:
				busy.accept(d.Commit(w, 2))
			case w.DrawBHeight + 1:
				busy.accept(d.Open(w))
			}
		}
		alone := newChainAt(idle, height)
		want := types.WindowOpens(gpuClass, busy.mix(height), 500_000)
		require.Equal(t, want, opened(busy), height)
		require.Equal(t, want, opened(alone), height)
		if want {
			open++
		}
		if busy.beacon.IsEpochEnd(busy.ctx) {
			busy.settleEpochs()
		}
		busy.cms.Commit()
		busy.at(height + 1)
	}
	require.Greater(t, mostLive, 8)
	require.InDelta(t, blocks/2, open, 4*math.Sqrt(blocks)/2)
}

// newChainAt is a view of an idle chain at a height, whose writes are dropped.
func newChainAt(c *chain, height int64) *chain {
	view := *c
	view.at(height)
	view.ctx, _ = view.ctx.CacheContext()
	return &view
}
