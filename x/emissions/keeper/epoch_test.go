package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// The validators' share leaves the escrow evenly, and wholly by the span's last block, dust included.
func TestEscrowIsReleasedEvenly(t *testing.T) {
	const blocks = 7
	f := newFixture(t, testParams(), blocks)
	f.epoch(nil)
	share := f.account(1).Validators
	require.True(t, share.IsPositive())
	require.False(t, share.ModRaw(blocks).IsZero(), "the test needs dust")
	require.Equal(t, share, f.module(types.EscrowName))
	require.True(t, f.module(authtypes.FeeCollectorName).IsZero())
	before := math.ZeroInt()
	for range blocks {
		f.block(nil)
		now := f.module(authtypes.FeeCollectorName)
		part := now.Sub(before)
		require.True(t, part.Sub(share.QuoRaw(blocks)).Abs().LTE(math.OneInt()), "a block got %s of %s", part, share)
		before = now
	}
	require.Equal(t, share, before)
	require.Equal(t, f.account(2).Validators, f.module(types.EscrowName))
}

// An epoch that shrinks from 30 blocks to 3 must not hand what is left of the long one to three blocks.
func TestEscrowSpanIsNotShortened(t *testing.T) {
	f := newFixture(t, testParams(), 30)
	f.clock.nextBlocks = 3
	f.epoch(nil)
	share := f.account(1).Validators
	f.epoch(nil) // 3 blocks
	require.True(t, f.module(authtypes.FeeCollectorName).LTE(share.MulRaw(3).QuoRaw(30)))
	f.epoch(nil) // 3 more: six blocks' part of the long epoch, and at most the whole of the short one
	require.True(t, f.module(authtypes.FeeCollectorName).LTE(share.MulRaw(6).QuoRaw(30).Add(f.account(2).Validators)))
	for range 30 {
		f.block(nil)
		f.holds()
	}
}

func TestEpochAccount(t *testing.T) {
	f := newFixture(t, testParams(), 10)
	id := f.device(f.addr(5))
	reserve := f.supply().Reserve()
	f.epoch(func() { f.works(id, 250) })
	e := f.account(1)
	require.True(t, e.Ended)
	require.False(t, e.Frozen)
	require.EqualValues(t, 10, e.EndHeight)
	require.Equal(t, reserve, e.Reserve)
	require.Equal(t, types.Budget(reserve, 10, types.BpsScale), e.Budget)
	require.Equal(t, e.Budget.MulRaw(2_000).QuoRaw(10_000), e.Validators)
	require.Equal(t, e.Budget.MulRaw(1_000).QuoRaw(10_000), e.Community)
	require.Equal(t, e.Community, f.module(distrtypes.ModuleName))

	f.epoch(nil)
	f.epoch(nil) // epoch 3 ends: 1 + 2 ≤ 3
	e = f.account(1)
	require.True(t, e.Frozen)
	require.EqualValues(t, 3, e.FreezeEpoch)
	require.EqualValues(t, 30, e.FreezeHeight)
	require.Len(t, e.Classes, 1)
	c := e.Classes[0]
	require.Equal(t, math.NewInt(250), c.Units)
	require.Equal(t, math.NewInt(1_000), c.Baseline)
	require.Equal(t, e.Budget.MulRaw(7_000).MulRaw(250).QuoRaw(10_000*1_000), c.Pool)
	require.Equal(t, c.Pool, c.Minted)
	require.Equal(t, c.Pool, f.claim(f.addr(5), id), "the only device gets the whole pool")
	f.holds()
}

// With nothing verified, nothing is minted for work.
func TestNoWorkNoMint(t *testing.T) {
	f := newFixture(t, testParams(), 5)
	for range 5 {
		f.epoch(nil)
	}
	e := f.account(1)
	require.True(t, e.Frozen)
	require.True(t, e.Classes[0].Pool.IsZero())
	require.Equal(t, f.supply().Minted, math.ZeroInt().Add(sum(f, 5)))
	f.holds()
}

func sum(f *fixture, epochs uint64) math.Int {
	total := math.ZeroInt()
	for e := uint64(1); e <= epochs; e++ {
		a := f.account(e)
		total = total.Add(a.Validators).Add(a.Community)
	}
	return total
}

// What a closed epoch still holds funds the next pools before anything is minted, and enlarges none.
func TestCloseCarriesThenReducesMint(t *testing.T) {
	f := newFixture(t, testParams(), 4)
	idle, busy := f.device(f.addr(5)), f.device(f.addr(6))
	f.epoch(func() { f.works(idle, 1_000) }) // never touched again
	for f.account(1); !f.account(1).Closed; {
		f.epoch(nil)
	}
	e := f.account(1)
	require.EqualValues(t, e.FreezeEpoch+16, f.clock.epoch.Number-1, "closed at the end of the claim window")
	state, err := f.k.Classes.Get(f.ctx, int32(gpu))
	require.NoError(t, err)
	require.Equal(t, e.Classes[0].Pool, state.Carry)
	f.holds()

	minted := f.supply().Minted
	at := f.clock.epoch.Number
	f.epoch(func() { f.works(busy, 400) })
	for range testDelay {
		f.epoch(nil)
	}
	c := f.account(at).Classes[0]
	require.True(t, c.Pool.IsPositive())
	require.Equal(t, c.Pool, c.FromCarry)
	require.True(t, c.Minted.IsZero())
	require.Equal(t, types.Pool(f.account(at).Budget, 7_000, c.Units, c.Baseline), c.Pool, "a carry never enlarges a pool")
	require.True(t, f.supply().Minted.GT(minted), "validators and community are still minted")
	require.True(t, f.claim(f.addr(5), idle).IsZero(), "a closed epoch credits nothing")
	f.holds()
}

// Parameters changed inside an epoch act from the next one.
func TestParamsAreThoseOfTheEpochsStart(t *testing.T) {
	f := newFixture(t, testParams(), 5)
	changed := testParams()
	changed.ValidatorsBps, changed.CommunityBps, changed.SpeedBps = 3_000, 0, 5_000
	f.epoch(func() {
		_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: changed})
		require.NoError(t, err)
	})
	f.epoch(nil)
	first, second := f.account(1), f.account(2)
	require.EqualValues(t, 2_000, first.Params.ValidatorsBps)
	require.Equal(t, types.Budget(first.Reserve, 5, types.BpsScale), first.Budget)
	require.EqualValues(t, 3_000, second.Params.ValidatorsBps)
	require.Equal(t, types.Budget(second.Reserve, 5, 5_000), second.Budget)
	require.True(t, second.Community.IsZero())
}

// The trailing mean raises the baseline after a surge, and a change of baseline_units restarts the schedule.
func TestBaselineFollowsMeanAndGovernance(t *testing.T) {
	p := testParams()
	p.TrailingEpochs = 2
	f := newFixture(t, p, 4)
	id := f.device(f.addr(5))
	for range 6 {
		f.epoch(func() { f.works(id, 100_000) })
	}
	require.Equal(t, math.NewInt(1_000), f.account(1).Classes[0].Baseline)
	require.Equal(t, math.NewInt(50_000), f.account(2).Classes[0].Baseline)
	require.Equal(t, math.NewInt(75_000), f.account(3).Classes[0].Baseline)
	p.Classes[0].BaselineUnits = math.NewInt(500_000)
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: p})
	require.NoError(t, err)
	at := f.clock.epoch.Number
	for range 4 {
		f.epoch(nil)
	}
	require.Equal(t, math.NewInt(500_000), f.account(at).Classes[0].Baseline)
}

// A longer epoch has a larger budget and more units, so its baseline grows alike.
func TestBaselineFollowsEpochLength(t *testing.T) {
	f := newFixture(t, testParams(), 4)
	f.clock.nextBlocks = 12
	for range 5 {
		f.epoch(nil)
	}
	require.Equal(t, math.NewInt(1_000), f.account(1).Classes[0].Baseline)
	require.Equal(t, math.NewInt(3_000), f.account(2).Classes[0].Baseline)
	require.Equal(t, math.NewInt(3_000), f.account(3).Classes[0].Baseline)
}

func TestEventsTellTheEpoch(t *testing.T) {
	f := newFixture(t, testParams(), 2)
	f.epoch(func() { f.works(f.device(f.addr(5)), 9) })
	f.epoch(nil)
	f.epoch(nil)
	var names []string
	for _, e := range f.ctx.EventManager().Events() {
		names = append(names, e.Type)
	}
	for _, want := range []string{"joule.emissions.v1.EventEpochEnded", "joule.emissions.v1.EventEpochSettled", "coinbase", "transfer"} {
		require.Contains(t, names, want)
	}
}
