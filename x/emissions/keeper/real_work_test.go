package keeper_test

import (
	"context"
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Mix never opens a window: the tests here credit units themselves.
func (c *clock) Mix(context.Context, int64) ([]byte, error) { return make([]byte, 32), nil }

// useRealWork settles through x/work's own keeper.
func useRealWork(f *fixture) {
	f.real = f.newReal()
	g := worktypes.DefaultGenesis()
	g.Params.Gpu.WindowProbabilityPpm = 1
	require.NoError(f, f.real.InitGenesis(f.ctx, *g))
	f.k.SetKeepers(communityPool{f.bank}, f.clock, f.devices, f.real)
}

// worksForReal credits units as an accepted opening does: to the device's record and to the epoch's tally.
func (f *fixture) worksForReal(id []byte, units uint64) {
	f.Helper()
	epoch := f.clock.epoch.Number
	key := worktypes.DeviceWorkKey(gpu, id)
	d, err := f.real.Devices.Get(f.ctx, key)
	if err != nil {
		require.ErrorIs(f, err, collections.ErrNotFound)
		d = worktypes.NewDeviceWork(gpu, id)
	}
	if n := len(d.Units); n > 0 && d.Units[n-1].Epoch == epoch {
		d.Units[n-1].Units += units
	} else {
		d.Units = append(d.Units, worktypes.EpochUnits{Epoch: epoch, Units: units})
	}
	require.NoError(f, f.real.Devices.Set(f.ctx, d))
	pair := collections.Join(int32(gpu), epoch)
	t, err := f.real.Tallies.Get(f.ctx, pair)
	if err != nil {
		require.ErrorIs(f, err, collections.ErrNotFound)
		t = worktypes.NewTally(gpu, epoch)
	}
	t.Units = t.Units.Add(math.NewIntFromUint64(units))
	require.NoError(f, f.real.Tallies.Set(f.ctx, pair, t))
}

// The accounting of both real modules agrees at every height, through claims, payee changes, closes and parameter
// changes.
func TestConservationWithRealWork(t *testing.T) {
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			f := newFixture(t, testParams(), 3, useRealWork)
			var ids [][]byte
			for i := range 12 {
				ids = append(ids, f.device(f.addr(i%4)))
			}
			for f.clock.epoch.Number < 45 {
				f.clock.nextBlocks = 2 + uint64(r.Intn(4))
				f.block(func() {
					f.ctx = f.ctx.WithTxIndex(0)
					for i := range r.Intn(6) {
						f.ctx = f.ctx.WithTxIndex(i)
						randomStep(f, r, ids)
					}
				})
				f.holds()
			}
			closed, err := f.k.NextClose.Get(f.ctx)
			require.NoError(t, err)
			require.Greater(t, closed, uint64(10))
		})
	}
}

// What Rewards promises, the real settlement pays.
func TestClaimWithRealWork(t *testing.T) {
	f := newFixture(t, testParams(), 4, useRealWork)
	one, two := f.device(f.addr(5)), f.device(f.addr(6))
	f.epoch(func() { f.works(one, 30); f.works(two, 10) })
	for range testDelay {
		f.epoch(nil)
	}
	promised, err := f.query.Rewards(f.ctx, &types.QueryRewardsRequest{Beneficiary: f.name(f.addr(5))})
	require.NoError(t, err)
	var paid math.Int
	f.block(func() { paid = f.claim(f.addr(5), one) })
	require.Equal(t, promised.PageTotal, paid)
	require.Equal(t, types.Share(math.NewInt(30), f.account(1).Classes[0].Pool, math.NewInt(40)), paid)
	f.holds()
	f.block(func() { require.True(t, f.claim(f.addr(5), one).IsZero()) })
	f.holds()
}
