package keeper_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// openedHere are the ids of the disk windows that this block's end opens.
func (c *chain) openedHere() (ids []uint64) {
	c.Helper()
	before := len(c.ctx.EventManager().Events())
	require.NoError(c, c.k.EndBlock(c.ctx))
	for _, e := range c.ctx.EventManager().Events()[before:] {
		class, _ := e.GetAttribute("work_class")
		if e.Type == "joule.work.v1.EventWindowOpened" && class.Value == `"`+diskClass.String()+`"` {
			window, _ := e.GetAttribute("window")
			id, err := strconv.ParseUint(window.Value[1:len(window.Value)-1], 10, 64)
			require.NoError(c, err)
			ids = append(ids, id)
		}
	}
	if c.beacon.IsEpochEnd(c.ctx) {
		c.settleEpochs()
	}
	c.cms.Commit()
	c.at(c.ctx.BlockHeight() + 1)
	return ids
}

// TestEveryCohortOpensOnce: through epochs of changing rules, each cohort of an epoch gets one window, whose mix is
// that of the block that opened it, and the live ones stay few. A change of the rules in the middle of an epoch waits
// for the next.
func TestEveryCohortOpensOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, blocks := range []uint64{4, 7, 30} {
		c := newDiskChain(t, withDisk(func(p *types.DiskParams) { p.Cohorts, p.WindowBlocks = 100, 3 }))
		c.beacon.EpochBlocks = blocks
		opened := map[uint64]int{}
		var rules types.DiskParams
		for range 12 * blocks {
			epoch, height := c.epoch(), c.ctx.BlockHeight()
			params, err := c.k.GetParams(c.ctx)
			require.NoError(t, err)
			if uint64(height)%blocks == 1 {
				rules = types.NewDiskSchedule(epoch, height, blocks, params.Disk).Params
			}
			for _, id := range c.openedHere() {
				opened[id]++
				w := c.diskWindow(id)
				require.Equal(t, c.mix(height), w.SeedMix)
				require.Equal(t, rules, *w.Disk)
				require.Equal(t, epoch, w.Epoch)
			}
			live, err := c.k.LiveWindowsOf(c.ctx, diskClass)
			require.NoError(t, err)
			require.LessOrEqual(t, len(live), types.MaxLiveDiskWindows)
			for _, w := range live {
				require.GreaterOrEqual(t, w.CloseHeight, c.ctx.BlockHeight(), "what is over is gone")
			}
			if uint64(height)%blocks == 0 {
				for cohort := range rules.Cohorts {
					require.Equal(t, 1, opened[types.DiskWindowID(epoch, cohort)], "epoch %d, cohort %d of %d", epoch, cohort, rules.Cohorts)
					delete(opened, types.DiskWindowID(epoch, cohort))
				}
				require.Empty(t, opened)
			}
			if r.IntN(5) == 0 {
				params.Disk.Cohorts, params.Disk.WindowBlocks = 1+r.Uint32N(types.MaxDiskCohorts), 1+r.Uint32N(40)
				_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: params})
				require.NoError(t, err)
			}
		}
	}
}

// TestScheduleBeginsLate: a chain that gets its first schedule in the middle of an epoch shares out what is left of it.
func TestScheduleBeginsLate(t *testing.T) {
	for _, start := range []int64{10, 29, 30} {
		c := newDiskChain(t)
		c.at(start)
		opened := 0
		for c.ctx.BlockHeight() <= epochBlocks {
			opened += len(c.openedHere())
		}
		if start == 30 {
			require.Zero(t, opened, "the last block of an epoch is too late")
			continue
		}
		require.Equal(t, 4, opened)
		require.Len(t, c.openedHere(), 1, "the next epoch begins as usual")
	}
}

// TestNoDiskWindowWhileRatesWait: the ring of a record cannot overflow.
func TestNoDiskWindowWhileRatesWait(t *testing.T) {
	c := newDiskChain(t)
	last := uint64(0)
	for range 20 * epochBlocks {
		require.NoError(t, c.k.EndBlock(c.ctx)) // nobody freezes
		live, err := c.k.LiveWindowsOf(c.ctx, diskClass)
		require.NoError(t, err)
		for _, w := range live {
			last = max(last, w.Epoch)
		}
		c.cms.Commit()
		c.at(c.ctx.BlockHeight() + 1)
	}
	require.EqualValues(t, types.MaxUnsettledEpochs, last)
}

// TestDiskWindowsLeaveGpusAlone: max_live_windows counts GPU windows only, and a disk window whose id is a height's
// gets no draws.
func TestDiskWindowsLeaveGpusAlone(t *testing.T) {
	c := newChain(t, withParams(func(p *types.Params) { p.MaxLiveWindows = 1; p.Disk.Cohorts = 64; p.Disk.WindowBlocks = 29 }), opensAt(5))
	c.reach(6)
	gpu, err := c.k.LiveWindowsOf(c.ctx, gpuClass)
	require.NoError(t, err)
	require.Len(t, gpu, 1)
	disks, err := c.k.LiveWindowsOf(c.ctx, diskClass)
	require.NoError(t, err)
	require.Len(t, disks, 64)
	// Epoch 1, cohort 0 has id 65,536: a block of that height must not touch it.
	c.at(65_537)
	w := disks[0]
	w.DeadlineHeight = 70_000
	require.NoError(t, c.k.Windows.Set(c.ctx, diskKey(w.Id), w))
	require.NoError(t, c.k.EndBlock(c.ctx))
	require.Equal(t, w, c.diskWindow(w.Id))
}

// TestDiskEpochsFreezeInTime: disk windows end in their epoch, so they never delay a rate.
func TestDiskEpochsFreezeInTime(t *testing.T) {
	c := newDiskChain(t, withParams(func(p *types.Params) { p.SettlementDelayEpochs = 1; p.Disk.WindowBlocks = 1_000 }))
	for epoch := uint64(1); epoch <= 6; epoch++ {
		c.reachEpoch(epoch + 1)
		require.Equal(t, epoch, max(c.export().NextFreezeEpoch, 1), "in the first block of epoch %d", epoch+1)
	}
}

// TestDiskRecordIsBounded: through random claims, proofs, silence and changes of the rules a record keeps its bounds
// and its accounting.
func TestDiskRecordIsBounded(t *testing.T) {
	accepted, most := 0, 0
	for seed := range uint64(2) {
		c := newDiskChain(t, withParams(func(p *types.Params) { p.SettlementDelayEpochs = types.MaxSettlementDelay }), withDisk(func(p *types.DiskParams) { p.Lambda, p.MinPlots = 2, 2 }))
		c.beacon.EpochBlocks, c.beacon.Salt = 6, byte(seed)
		r := rand.New(rand.NewPCG(seed, 4))
		fleet := []*testutil.DiskDevice{c.claimant(1, 2), c.claimant(2, 3)}
		for range 60 * 6 {
			for n, d := range fleet {
				if r.IntN(8) == 0 {
					_, err := c.setClaim(plots(uint64(n+1), 2+r.Uint32N(2)))
					require.NoError(t, err)
				}
				live, err := c.k.LiveWindowsOf(c.ctx, diskClass)
				require.NoError(t, err)
				for _, w := range live {
					claim, ok := c.record(d).ClaimFor(w.Epoch)
					if !w.Serves(d.ID()) || !ok || r.IntN(3) == 0 || c.record(d).LastProvenEpoch >= w.Epoch {
						continue
					}
					if e, ok := d.Prove(w, claim.Plots); ok {
						c.accept(e)
						accepted++
					}
				}
				if r.IntN(40) == 0 {
					c.claim(d)
				}
				record := c.record(d)
				require.LessOrEqual(t, len(record.Claims), types.MaxDiskClaims)
				require.LessOrEqual(t, len(record.Units), types.MaxSettlementDelay+1)
				most = max(most, record.Size())
			}
			if r.IntN(20) == 0 {
				params, err := c.k.GetParams(c.ctx)
				require.NoError(t, err)
				params.Disk.Cohorts, params.Disk.WindowBlocks = 1+r.Uint32N(9), 1+r.Uint32N(9)
				_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: params})
				require.NoError(t, err)
			}
			c.next()
		}
		c.holds()
	}
	require.Greater(t, accepted, 40)
	require.Less(t, most, 300, "bytes of a record")
}
