package keeper_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/keeper"
	"github.com/joulechain/joule/x/emissions/types"
)

// vest makes an account whose coins vest linearly from now for so many seconds.
func (f *fixture) vest(who sdk.AccAddress, ujoule, seconds int64) {
	f.Helper()
	start := f.ctx.BlockTime().Unix()
	base := f.accounts.NewAccountWithAddress(f.ctx, who).(*authtypes.BaseAccount)
	acc, err := vestingtypes.NewContinuousVestingAccount(base, ujoules(math.NewInt(ujoule)), start, start+seconds)
	require.NoError(f, err)
	f.accounts.SetAccount(f.ctx, acc)
}

// Circulating = total − device bonds − unvested (of the genesis) − unclaimed, and each part is what the docs say.
func TestSupplyAccount(t *testing.T) {
	f := newFixture(t, testParams(), 3, func(f *fixture) {
		f.fund(f.addr(1), 1_000)
		f.vest(f.addr(1), 1_000, 600)
		c := ujoules(math.NewInt(40))
		require.NoError(f, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), devicetypes.ModuleName, c))
	})
	f.vest(f.addr(2), 500, 600) // a lock after the genesis is a private matter
	s, err := f.query.Supply(f.ctx, nil)
	require.NoError(t, err)
	require.Equal(t, math.NewInt(1_000), s.Unvested)
	require.Equal(t, math.NewInt(40), s.DeviceBonds)
	require.True(t, s.Unclaimed.IsZero())
	require.Equal(t, math.NewInt(hundredM+1_000), s.Total)
	require.Equal(t, math.NewInt(hundredM-40), s.Circulating)
	require.Equal(t, types.MaxSupply().Sub(s.Total), s.Reserve)

	id := f.device(f.addr(5))
	f.epoch(func() { f.works(id, 100) })
	for range 2 {
		f.epoch(nil)
	}
	f.ctx = f.ctx.WithBlockTime(time.Unix(1_800_000_000+150, 0))
	s, err = f.query.Supply(f.ctx, nil)
	require.NoError(t, err)
	require.Equal(t, math.NewInt(750), s.Unvested)
	require.Equal(t, f.module(types.ModuleName).Add(f.module(types.EscrowName)), s.Unclaimed)
	require.True(t, s.Unclaimed.IsPositive())
	require.Equal(t, s.Total.Sub(s.DeviceBonds).Sub(s.Unvested).Sub(s.Unclaimed), s.Circulating)
}

func TestEpochQueries(t *testing.T) {
	f := newFixture(t, testParams(), 2)
	_, err := f.query.Epoch(f.ctx, &types.QueryEpochRequest{})
	require.ErrorIs(t, err, types.ErrUnknownEpoch)
	for range 7 {
		f.epoch(nil)
	}
	newest, err := f.query.Epoch(f.ctx, &types.QueryEpochRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 5, newest.Epoch.Epoch)
	third, err := f.query.Epoch(f.ctx, &types.QueryEpochRequest{Epoch: 3})
	require.NoError(t, err)
	require.Equal(t, f.account(3), third.Epoch)
	_, err = f.query.Epoch(f.ctx, &types.QueryEpochRequest{Epoch: 99})
	require.ErrorContains(t, err, "epoch 99 has not started")

	for _, reverse := range []bool{false, true} {
		var seen []uint64
		page := &query.PageRequest{Limit: 3, Reverse: reverse}
		for {
			res, err := f.query.Epochs(f.ctx, &types.QueryEpochsRequest{Pagination: page})
			require.NoError(t, err)
			for _, e := range res.Epochs {
				seen = append(seen, e.Epoch)
			}
			if page.Key = res.Pagination.NextKey; page.Key == nil {
				break
			}
		}
		want := []uint64{1, 2, 3, 4, 5, 6, 7}
		if reverse {
			want = []uint64{7, 6, 5, 4, 3, 2, 1}
		}
		require.Equal(t, want, seen)
	}
	for _, p := range []*query.PageRequest{{Limit: 201}, {Offset: 1}, {CountTotal: true}, {Key: []byte{1}}} {
		_, err := f.query.Epochs(f.ctx, &types.QueryEpochsRequest{Pagination: p})
		require.ErrorIs(t, err, types.ErrQueryLimit)
	}
}

// What the query promises is what the claim pays, and asking changes nothing.
func TestRewardsPromiseWhatClaimPays(t *testing.T) {
	f, _ := settled(t)
	five := f.name(f.addr(5))
	res, err := f.query.Rewards(f.ctx, &types.QueryRewardsRequest{Beneficiary: five, Pagination: &query.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, res.Rewards, 1)
	rest, err := f.query.Rewards(f.ctx, &types.QueryRewardsRequest{Beneficiary: five, Pagination: &query.PageRequest{Key: res.Pagination.NextKey}})
	require.NoError(t, err)
	require.Len(t, rest.Rewards, 1)
	require.Nil(t, rest.Pagination.NextKey)
	require.Equal(t, res.PageTotal.Add(rest.PageTotal), f.claim(f.addr(5)))
	after, err := f.query.Rewards(f.ctx, &types.QueryRewardsRequest{Beneficiary: five})
	require.NoError(t, err)
	require.True(t, after.PageTotal.IsZero())
	require.Equal(t, res.PageTotal, after.Rewards[0].TotalSettled)
	for _, bad := range []*types.QueryRewardsRequest{
		{Beneficiary: "x"}, {Beneficiary: five, Pagination: &query.PageRequest{Reverse: true}}, {Beneficiary: five, Pagination: &query.PageRequest{Limit: 201}},
	} {
		_, err := f.query.Rewards(f.ctx, bad)
		require.Error(t, err)
	}
}

func TestInvariantsQuery(t *testing.T) {
	f, _ := settled(t)
	res, err := f.query.Invariants(f.ctx, nil)
	require.NoError(t, err)
	require.True(t, res.Holds)
	require.Equal(t, f.ctx.BlockHeight(), res.Height)
	_, err = f.query.Invariants(f.ctx.WithGasMeter(storetypes.NewGasMeter(1_000_000)), nil)
	require.ErrorIs(t, err, types.ErrQueryRefused)
}

// Each kind of damage is told in words.
func TestInvariantsNameWhatIsBroken(t *testing.T) {
	for says, damage := range map[string]func(*fixture){
		"supply: x/bank holds": func(f *fixture) { f.fund(f.addr(0), 1) },
		"rewards: the account holds": func(f *fixture) {
			require.NoError(f, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), types.ModuleName, ujoules(math.NewInt(1))))
		},
		"minted: the counter says": func(f *fixture) {
			e := f.account(1)
			e.Community = e.Community.SubRaw(1)
			require.NoError(f, f.k.Epochs.Set(f.ctx, 1, e))
		},
		"unpaid pools: the counter says": func(f *fixture) { f.work.lostPools = 1 },
		"GPU epoch 1: settled":           func(f *fixture) { f.work.tally(gpu, 1).settled = math.NewInt(301) },
		"GPU epoch 1: paid":              func(f *fixture) { f.work.tally(gpu, 1).paid = f.work.tally(gpu, 1).pool.AddRaw(1) },
		"the devices 200":                func(f *fixture) { delete(f.work.records, slices.Min(slices.Collect(maps.Keys(f.work.records)))) },
		"the epoch's account":            func(f *fixture) { f.work.tally(gpu, 1).closed = true },
		"there is no tally":              func(f *fixture) { delete(f.work.tallies, tallyKey{gpu, 1}) },
		"accrued: the counter says":      func(f *fixture) { f.work.lost = 1 },
		"of a budget of 1": func(f *fixture) {
			e := f.account(2)
			e.Budget = math.OneInt()
			require.NoError(f, f.k.Epochs.Set(f.ctx, 2, e))
		},
		"escrow: ": func(f *fixture) { require.NoError(f, f.k.EscrowEnd.Set(f.ctx, f.ctx.BlockHeight())) },
	} {
		f, _ := settled(t)
		damage(f)
		broken, err := f.k.CheckInvariants(f.ctx)
		require.NoError(t, err)
		require.Contains(t, strings.Join(broken, "\n"), says)
	}
}

func TestMintQueries(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	q := keeper.NewMintQueryServerImpl(f.k)
	provisions, err := q.AnnualProvisions(f.ctx, &minttypes.QueryAnnualProvisionsRequest{})
	require.NoError(t, err)
	want := types.Budget(f.supply().Reserve(), types.BlocksPerYear, types.BpsScale)
	require.Equal(t, math.LegacyNewDecFromInt(want), provisions.AnnualProvisions)
	inflation, err := q.Inflation(f.ctx, &minttypes.QueryInflationRequest{})
	require.NoError(t, err)
	require.Equal(t, math.LegacyNewDecFromInt(want).QuoInt64(hundredM), inflation.Inflation)
	params, err := q.Params(f.ctx, &minttypes.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, types.Denom, params.Params.MintDenom)
	require.Equal(t, types.MaxSupply(), params.Params.MaxSupply)
	require.True(t, params.Params.InflationMin.LT(params.Params.InflationMax))
}
