package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
)

// keyAt is the key that operator i reveals with at a height.
func (f *fixture) keyAt(i int, height int64) []byte {
	f.t.Helper()
	record, _, err := f.k.ValidatorKey(f.ctx, beacontest.Operator(i), height)
	require.NoError(f.t, err)
	return record.At(height)
}

func TestRotation(t *testing.T) {
	f := newFixture(t, 2)
	f.honestUntil(7)
	old, next, third := beacontest.Key(0), beacontest.Key(10), beacontest.Key(11)
	active, err := f.register(0, next)
	require.NoError(t, err)
	require.EqualValues(t, 7+2*10, active)
	f.requireEvent("joule.beacon.v1.EventKeyRegistered")
	// A pending rotation can be neither replaced nor repeated nor cancelled by going back.
	for _, key := range []int{10, 11, 0} {
		_, err = f.register(0, beacontest.Key(key))
		require.ErrorIs(t, err, types.ErrKeyPending, "key %d", key)
	}
	// Nobody else takes a key that is active, pending or, later, retired.
	for _, key := range []int{0, 10} {
		_, err = f.register(1, beacontest.Key(key))
		require.ErrorIs(t, err, types.ErrKeyInUse, "key %d", key)
	}
	f.honestUntil(active - 1)
	require.Equal(t, old.PublicKey(), f.keyAt(0, active-1))
	require.Equal(t, next.PublicKey(), f.keyAt(0, active))

	// At the activation height the old key's reveal is worth nothing.
	e, err := f.k.Expect(f.ctx, active, consAddr(0))
	require.NoError(t, err)
	_, err = e.Verify([][]byte{f.reveal(0, old)})
	require.ErrorIs(t, err, types.ErrRevealInvalid)
	_, err = e.Verify([][]byte{f.reveal(0, next)})
	require.NoError(t, err)
	f.block(consAddr(0), f.reveal(0, next))
	require.True(t, f.lastMix().Revealed)

	// The retired key stays reserved, also for its operator and across further rotations.
	_, err = f.register(0, old)
	require.ErrorIs(t, err, types.ErrKeyInUse)
	_, err = f.register(1, old)
	require.ErrorIs(t, err, types.ErrKeyInUse)
	again, err := f.register(0, third)
	require.NoError(t, err)
	require.Equal(t, active+20, again)
	require.Equal(t, next.PublicKey(), f.keyAt(0, again-1))
	require.Equal(t, third.PublicKey(), f.keyAt(0, again))
}

func TestFirstKeyWaits(t *testing.T) {
	f := newFixture(t, 1)
	f.honestUntil(3)
	active, err := f.register(5, beacontest.Key(5))
	require.NoError(t, err)
	require.EqualValues(t, 23, active)
	for height, want := range map[int64][]byte{active - 1: nil, active: beacontest.Key(5).PublicKey(), active + 1: beacontest.Key(5).PublicKey()} {
		require.Equal(t, want, f.keyAt(5, height), "height %d", height)
	}
	// A shorter epoch later does not hurry it: the height is fixed.
	p := params()
	p.EpochBlocks, p.ActivationEpochs = 4, 1
	_, err = f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
	require.NoError(t, err)
	require.Nil(t, f.keyAt(5, active-1))
	// The current epoch still has ten blocks, so that the next registration waits for ten.
	next, err := f.register(6, beacontest.Key(6))
	require.NoError(t, err)
	require.EqualValues(t, 13, next)
}

func TestRegisterKeyAtGenesis(t *testing.T) {
	for _, initial := range []int64{0, 500} { // InitChain runs at 0, or at the initial height
		f := newKeepers(t)
		f.at(initial)
		require.NoError(t, f.k.Hooks().AfterValidatorCreated(f.ctx, beacontest.Operator(0)), "staking's genesis may come first")
		require.NoError(t, f.k.InitGenesis(f.ctx, types.GenesisState{Params: params()}))
		f.bond(0)
		require.NoError(t, f.k.Hooks().AfterValidatorCreated(f.ctx, beacontest.Operator(0)), "the gentx creates the validator first")
		require.ErrorIs(t, f.k.CheckGenesisValidators(f.ctx), types.ErrNoKey)
		active, err := f.register(0, beacontest.Key(0))
		require.NoError(t, err)
		require.Equal(t, max(initial, 1), active)
		require.NoError(t, f.k.CheckGenesisValidators(f.ctx))
		// A second registration of the same gentx set is a rotation, not a replacement.
		again, err := f.register(0, beacontest.Key(1))
		require.NoError(t, err)
		require.Equal(t, max(initial, 1)+20, again)

		f.at(max(initial, 1) - 1)
		f.honest(0)
		require.True(t, f.lastMix().Revealed, "the first block reveals already")
		active, err = f.register(2, beacontest.Key(2))
		require.NoError(t, err)
		require.Equal(t, f.height()+20, active, "genesis is over")
	}
}

func TestValidatorNeedsKey(t *testing.T) {
	f := newFixture(t, 1)
	f.honest(0)
	err := f.k.Hooks().AfterValidatorCreated(f.ctx, beacontest.Operator(3))
	require.ErrorIs(t, err, types.ErrNoKey)
	require.ErrorContains(t, err, "MsgRegisterKey before MsgCreateValidator")
	_, err = f.register(3, beacontest.Key(3))
	require.NoError(t, err)
	require.NoError(t, f.k.Hooks().AfterValidatorCreated(f.ctx, beacontest.Operator(3)), "a pending key will do")
}

func TestRegisterKeyRefusals(t *testing.T) {
	f := newFixture(t, 1)
	f.honest(0)
	low, _ := beacontest.LowOrderPoints()
	good := beacontest.RegisterMsg(t, chainID, 1, beacontest.Key(1))
	for name, c := range map[string]struct {
		change func(*types.MsgRegisterKey)
		want   error
	}{
		"low order":       {func(m *types.MsgRegisterKey) { m.Key = low[0] }, types.ErrInvalidKey},
		"short key":       {func(m *types.MsgRegisterKey) { m.Key = m.Key[1:] }, types.ErrInvalidKey},
		"no proof":        {func(m *types.MsgRegisterKey) { m.Proof = nil }, types.ErrInvalidPossession},
		"somebody else's": {func(m *types.MsgRegisterKey) { m.OperatorAddress = beacontest.Address(t, 2) }, types.ErrInvalidPossession},
		"other chain":     {func(m *types.MsgRegisterKey) { *m = *beacontest.RegisterMsg(t, "joule-1", 1, beacontest.Key(1)) }, types.ErrInvalidPossession},
		"a reveal": {func(m *types.MsgRegisterKey) {
			reveal, _, err := types.ParseRevealTx(f.reveal(1, beacontest.Key(1)))
			require.NoError(t, err)
			m.Proof = reveal.Proof
		}, types.ErrInvalidPossession},
		"address": {func(m *types.MsgRegisterKey) { m.OperatorAddress = "joule1xyz" }, sdkerrors.ErrInvalidAddress},
	} {
		msg := *good
		c.change(&msg)
		_, err := f.msg.RegisterKey(f.ctx, &msg)
		require.ErrorIs(t, err, c.want, name)
	}
	_, found, err := f.k.ValidatorKey(f.ctx, beacontest.Operator(1), f.height())
	require.NoError(t, err)
	require.False(t, found, "refusals leave no trace")
	_, err = f.msg.RegisterKey(f.ctx, good)
	require.NoError(t, err)
}

// In the block in which a consensus key rotation reaches CometBFT, the header names the new address while staking's
// index holds the old one. The real staking keeper's state is used throughout.
func TestConsensusKeyRotation(t *testing.T) {
	f := newFixture(t, 1)
	f.honestUntil(4)
	rotated := consAddr(9)
	expiry := stakingtypes.ConsKeyEvidenceExpiry{ValidatorAddress: beacontest.Operator(0), ExpiryTime: f.ctx.BlockTime().Add(time.Hour), ExpiryHeight: 1_000}
	f.at(5)
	require.NoError(t, f.staking.SetConsKeyRotationWithExpirations(f.ctx, beacontest.Operator(0), consKey(0), consKey(9), f.ctx.BlockTime().Add(time.Hour), expiry))
	require.NoError(t, f.k.PreBlock(f.ctx, [][]byte{beacontest.RevealTx(t, chainID, 0, beacontest.Key(0), 5, f.lastMix().Mix)}, consAddr(0)))
	require.True(t, f.lastMix().Revealed)
	f.honest(0) // block 6: CometBFT still knows the old key
	require.True(t, f.lastMix().Revealed)

	_, err := f.staking.GetValidatorByConsAddr(f.ctx, rotated)
	require.ErrorIs(t, err, stakingtypes.ErrNoValidatorFound, "the block of the test: staking does not know the new address")
	f.block(rotated, f.reveal(0, beacontest.Key(0))) // block 7: the header has the new address
	require.True(t, f.lastMix().Revealed)
	require.EqualValues(t, 0, f.misses(0).Total)

	require.NoError(t, f.staking.ApplyConsKeyRotations(f.ctx)) // staking's EndBlock of block 7
	_, err = f.staking.GetValidatorByConsAddr(f.ctx, rotated)
	require.NoError(t, err)
	f.block(rotated, f.reveal(0, beacontest.Key(0)))
	require.True(t, f.lastMix().Revealed)
	// The address that it left belongs to nobody who may propose.
	_, found, err := f.k.OperatorByConsAddr(f.ctx, consAddr(0))
	require.NoError(t, err)
	require.False(t, found)
}

// A validator without a key that misses in that very block is jailed through its old address, without a panic.
func TestJailDuringConsensusKeyRotation(t *testing.T) {
	f := newFixture(t, 2)
	f.bond(2) // no key
	f.honestUntil(4)
	f.at(5)
	expiry := stakingtypes.ConsKeyEvidenceExpiry{ValidatorAddress: beacontest.Operator(2), ExpiryTime: f.ctx.BlockTime(), ExpiryHeight: 1}
	require.NoError(t, f.staking.SetConsKeyRotationWithExpirations(f.ctx, beacontest.Operator(2), consKey(2), consKey(9), f.ctx.BlockTime(), expiry))
	for range 3 {
		f.block(consAddr(9))
	}
	require.True(t, f.jailed(2))
}

func TestOperatorByConsAddrOfNobody(t *testing.T) {
	f := newFixture(t, 1)
	for _, addr := range [][]byte{nil, {}, {1}, consAddr(7), sdk.ConsAddress(make([]byte, 20))} {
		_, found, err := f.k.OperatorByConsAddr(f.ctx, addr)
		require.NoError(t, err)
		require.False(t, found)
	}
}
