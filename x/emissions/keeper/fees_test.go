package keeper_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// pay puts fees into the account as x/bank's EndBlock does.
func (f *fixture) pay(ujoule int64) {
	f.Helper()
	require.NoError(f, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), types.FeesName, ujoules(math.NewInt(ujoule))))
}

// A block's fees leave the account at its end: the burned part to the reserve, the rest to validators.
func TestFeesAreSplit(t *testing.T) {
	for _, c := range []struct {
		bps          uint32
		fees, burned int64
	}{{5_000, 4_001, 2_000}, {0, 4_001, 0}, {10_000, 4_001, 4_001}, {5_000, 1, 0}, {5_000, 0, 0}} {
		p := testParams()
		p.Fees.BurnBps = c.bps
		f := newFixture(t, p, 30)
		before, total := f.supply(), f.bank.GetSupply(f.ctx, types.Denom).Amount
		f.block(func() {
			if c.fees > 0 {
				f.pay(c.fees)
			}
		})
		require.Equal(t, math.NewInt(c.burned), f.supply().Burned.Sub(before.Burned), "%+v", c)
		require.Equal(t, before.Reserve().AddRaw(c.burned), f.supply().Reserve(), "what is burned refills the reserve")
		require.Equal(t, total.SubRaw(c.burned), f.bank.GetSupply(f.ctx, types.Denom).Amount)
		require.Equal(t, math.NewInt(c.fees-c.burned), f.module(authtypes.FeeCollectorName))
		require.True(t, f.module(types.FeesName).IsZero())
		f.holds()
	}
}

// What validators got in earlier blocks, and their share of the emission, is never burned with a later block's fees.
func TestOnlyFeesAreBurned(t *testing.T) {
	p := testParams()
	p.Fees.BurnBps = types.BpsScale
	f := newFixture(t, p, 30)
	f.epoch(nil)
	f.block(func() { f.pay(1_000) })
	collected := f.module(authtypes.FeeCollectorName)
	require.True(t, collected.IsPositive(), "the escrow's release")
	require.Equal(t, math.NewInt(1_000), f.supply().Burned)
	f.block(nil)
	require.Equal(t, math.NewInt(1_000), f.supply().Burned)
	require.True(t, f.module(authtypes.FeeCollectorName).GT(collected))
}

// Whatever is paid over whatever epochs, nothing is lost: the supply is genesis + minted − burned, and the cap holds.
func TestFeesKeepTheSupply(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	f := newFixture(t, testParams(), 10)
	device := f.device(f.addr(1))
	for range 60 {
		paid := r.Int63n(3) * r.Int63n(1_000_000_007)
		before := f.supply().Burned
		f.block(func() {
			if paid > 0 {
				f.pay(paid)
			}
			f.works(device, uint64(r.Intn(2_000)))
		})
		require.Equal(t, paid/2, f.supply().Burned.Sub(before).Int64())
		f.holds()
	}
	require.True(t, f.supply().Minted.IsPositive())
}

// Coins left in the account between two blocks are noticed.
func TestFeesLeftBehindBreakAnInvariant(t *testing.T) {
	f := newFixture(t, testParams(), 30)
	f.block(nil)
	f.pay(5)
	broken, err := f.k.CheckInvariants(f.ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"fees: the account holds 5 between two blocks"}, broken)
}
