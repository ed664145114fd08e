package keeper_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// traffic does whatever devices and strangers may do in one block, at random.
type traffic struct {
	*chain
	rng   *rand.Rand
	fleet []*testutil.Device
	// verified is what the accepted openings earned.
	verified map[uint64]uint64
}

func (tr *traffic) block() {
	windows, err := tr.k.LiveWindowsOf(tr.ctx, gpuClass)
	require.NoError(tr, err)
	for range tr.rng.IntN(4) {
		d := tr.fleet[tr.rng.IntN(len(tr.fleet))]
		if tr.rng.IntN(5) == 0 {
			tr.claim(d)
			continue
		}
		if len(windows) == 0 {
			continue
		}
		var evidence []types.Evidence
		for range 1 + tr.rng.IntN(3) {
			evidence = append(evidence, tr.item(tr.fleet[tr.rng.IntN(len(tr.fleet))], windows[tr.rng.IntN(len(windows))]))
		}
		res, err := tr.submit(evidence...)
		if err != nil {
			continue
		}
		for _, r := range res.Results {
			if r.Accepted {
				tr.verified[r.Epoch] += r.Units
			}
		}
	}
}

func (tr *traffic) item(d *testutil.Device, w types.Window) types.Evidence {
	height := tr.ctx.BlockHeight()
	if height <= w.DrawBHeight || tr.rng.IntN(10) == 0 {
		if len(w.SeedMix) == 0 || tr.rng.IntN(6) == 0 {
			return d.Claim(w, uint64(tr.rng.IntN(6)))
		}
		return d.Commit(w, 2+uint64(tr.rng.IntN(3)))
	}
	if _, committed := commitmentOf(tr.record(d), w.Id); !committed || !d.Worked(w) {
		return d.Statement(w.Id, types.PHASE_OPEN, []byte{1})
	}
	e := d.Open(w)
	if tr.rng.IntN(8) == 0 {
		e.Payload[tr.rng.IntN(len(e.Payload))] ^= 1
		e = d.Sign(e)
	}
	return e
}

func commitmentOf(r types.DeviceWork, window uint64) (types.PendingCommitment, bool) {
	for _, p := range r.Pending {
		if p.Window == window {
			return p, true
		}
	}
	return types.PendingCommitment{}, false
}

// TestAccounting: through any traffic, at every block's end the devices' units sum to the tallies, the tallies to what
// was verified, what was paid to what devices hold or took, and no epoch pays more than its pool.
func TestAccounting(t *testing.T) {
	accepted := 0
	for seed := range uint64(3) {
		c := newChain(t, withParams(func(p *types.Params) {
			p.Gpu.WindowProbabilityPpm, p.SettlementDelayEpochs, p.SuspensionEpochs = 200_000, 1, 1
		}))
		c.beacon.EpochBlocks, c.beacon.Salt = 10, byte(seed)
		tr := &traffic{chain: c, rng: rand.New(rand.NewPCG(seed, 1)), verified: map[uint64]uint64{}}
		for n := range uint64(5) {
			tr.fleet = append(tr.fleet, c.device(n+1))
		}
		for range 200 {
			tr.block()
			tr.next()
			if tr.rng.IntN(6) == 0 {
				tr.holds()
			}
		}
		tr.holds()
		for _, tally := range tr.export().Tallies {
			require.Equal(t, math.NewIntFromUint64(tr.verified[tally.Epoch]).String(), tally.Units.String(), "epoch %d", tally.Epoch)
			require.False(t, tally.Paid.GT(tally.Pool))
			if tally.Units.IsPositive() && tally.Frozen {
				require.EqualValues(t, tr.pool, tally.Pool.Int64())
				accepted++
			}
		}
		for _, d := range tr.fleet {
			sum := math.ZeroInt()
			r := tr.record(d)
			for _, u := range r.Units {
				sum = sum.Add(math.NewIntFromUint64(u.Units))
			}
			require.False(t, sum.GT(r.TotalUnits))
			require.False(t, r.Accrued.GT(r.TotalSettled))
		}
	}
	require.Greater(t, accepted, 5, "the traffic earns in most epochs")
}

// TestTransactionOrder: the same evidence and claims in another order of a block's transactions give the same tallies.
func TestTransactionOrder(t *testing.T) {
	var first *types.GenesisState
	for order := range uint64(5) {
		c := newChain(t, opensAt(5))
		var fleet []*testutil.Device
		rng := rand.New(rand.NewPCG(order, 2))
		w := c.open(5)
		for n := range uint64(6) {
			fleet = append(fleet, c.device(n+1))
		}
		rng.Shuffle(len(fleet), func(i, j int) { fleet[i], fleet[j] = fleet[j], fleet[i] })
		for _, d := range fleet {
			c.accept(d.Commit(w, 2))
		}
		w = c.drawn(5)
		for _, d := range fleet {
			c.accept(d.Open(w))
		}
		c.reachEpoch(4)
		for _, d := range fleet {
			c.claim(d)
		}
		c.next()
		if first == nil {
			first = c.export()
		}
		require.Equal(t, first, c.export())
	}
}

// TestASkippedItemKeepsItsTouch: units that would exceed 2^64 are refused, and what the touch settled is stored with
// its contribution.
func TestASkippedItemKeepsItsTouch(t *testing.T) {
	c := newChain(t, opensAt(5, 86))
	d := c.device(1)
	c.earn(5, 2, d)
	w := c.open(86)
	full := c.record(d)
	full.Units = append(full.Units, types.EpochUnits{Epoch: w.Epoch, Units: 1<<64 - 1})
	require.NoError(t, c.k.Devices.Set(c.ctx, full))
	c.accept(d.Commit(w, 2))
	require.True(t, c.record(d).Accrued.IsZero())
	res, err := c.submit(d.Open(c.drawn(86))) // in epoch 4: epoch 1 is frozen
	require.NoError(t, err)
	require.Equal(t, types.ErrUnits.ABCICode(), res.Results[0].Code)
	require.Equal(t, "1000003", c.record(d).Accrued.String())
	require.False(t, c.record(d).Pending[0].Opened)
	c.next()
	require.Equal(t, "1000003", c.tally(1).Paid.String())
	require.Zero(t, c.record(d).TotalUnits.Sub(math.NewInt(512)).Int64())
}
