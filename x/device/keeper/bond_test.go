package keeper_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func (f *fixture) addBond(payer, id, coin string, amount int64) error {
	_, err := f.msg.AddBond(f.ctx, &types.MsgAddBond{BondPayer: payer, DeviceId: id, Amount: sdk.Coin{Denom: coin, Amount: sdkmath.NewInt(amount)}})
	return err
}

func (f *fixture) withdraw(sender, id string) error {
	_, err := f.msg.WithdrawBond(f.ctx, &types.MsgWithdrawBond{Sender: sender, DeviceId: id})
	return err
}

func TestAddBond(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	tests := map[string]struct {
		payer, denom string
		amount       int64
		err          error
	}{
		"by another":         {account(1), denom, 1, types.ErrUnauthorized},
		"in another coin":    {account(0), "uatom", 1, types.ErrBondDenom},
		"of nothing":         {account(0), denom, 0, types.ErrInvalidBond},
		"negative":           {account(0), denom, -1, types.ErrInvalidBond},
		"not owned":          {account(0), denom, funds, sdkerrors.ErrInsufficientFunds},
		"by an odd address":  {"x", denom, 1, types.ErrInvalidAddress},
		"in an invalid coin": {account(0), "", 1, types.ErrBondDenom},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.addBond(tc.payer, id, tc.denom, tc.amount) }), tc.err)
		})
	}
	_, err := f.msg.AddBond(f.ctx, &types.MsgAddBond{BondPayer: account(0), DeviceId: id, Amount: sdk.Coin{Denom: denom}})
	require.ErrorIs(t, err, types.ErrInvalidBond)

	res, err := f.msg.AddBond(f.ctx, &types.MsgAddBond{BondPayer: account(0), DeviceId: id, Amount: sdk.NewInt64Coin(denom, 5)})
	require.NoError(t, err)
	require.Equal(t, sdk.NewInt64Coin(denom, minBond+5), res.Bond)
	require.Equal(t, int64(minBond+5), f.bonds())

	// After a sale the old owner still is the one who may raise the bond.
	require.NoError(t, f.offer(account(0), id, account(1)))
	require.NoError(t, f.accept(account(1), id, "", false))
	require.ErrorIs(t, f.addBond(account(1), id, denom, 1), types.ErrUnauthorized)
	require.NoError(t, f.addBond(account(0), id, denom, 1))
	f.holds()
}

func TestWithdrawBond(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.withdraw(account(0), id) }), types.ErrNotRetired)
	f.retired(account(0), id)
	f.epochs.number--
	err := f.unchanged(func(context.Context) error { return f.withdraw(account(0), id) })
	require.ErrorIs(t, err, types.ErrUnbonding)
	require.Contains(t, err.Error(), "from epoch 58, it is epoch 57")
	f.epochs.number++
	require.ErrorIs(t, f.withdraw("x", id), types.ErrInvalidAddress)

	res, err := f.msg.WithdrawBond(f.ctx, &types.MsgWithdrawBond{Sender: account(1), DeviceId: id})
	require.NoError(t, err, "anyone may send it")
	require.Equal(t, sdk.NewInt64Coin(denom, minBond), res.Amount)
	require.Equal(t, int64(funds), f.balance(account(0)))
	require.Equal(t, int64(funds), f.balance(account(1)), "the sender gains nothing")
	require.Zero(t, f.bonds())
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.withdraw(account(0), id) }), types.ErrNoBond)
	f.holds()
}

func TestBondAllowance(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	f.registered(account(0), key, testutil.WithBond(minBond+1_999))
	units, err := f.k.BondAllowance(f.ctx, f.device(key))
	require.NoError(t, err)
	require.Equal(t, uint64((minBond+1_999)/types.DefaultGPUBondPerUnit), units)

	class, err := f.k.ClassParams(f.ctx, types.WORK_CLASS_GPU)
	require.NoError(t, err)
	require.Equal(t, types.DefaultParams().Classes[0], class)
	_, err = f.k.ClassParams(f.ctx, types.WorkClass(4))
	require.ErrorIs(t, err, types.ErrClassNotOpen)

	params := types.DefaultParams()
	params.Classes[0].BondPerUnit = sdkmath.ZeroInt()
	require.NoError(t, f.k.Params.Set(f.ctx, params))
	units, err = f.k.BondAllowance(f.ctx, f.device(key))
	require.NoError(t, err)
	require.Equal(t, uint64(math.MaxUint64), units)
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t)
	update := func(authority string, change func(*types.Params)) error {
		p := types.DefaultParams()
		change(&p)
		_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
		return err
	}
	refused := func(authority string, change func(*types.Params)) error {
		return f.unchanged(func(context.Context) error { return update(authority, change) })
	}
	require.ErrorIs(t, refused(account(0), func(*types.Params) {}), types.ErrUnauthorized)
	require.ErrorIs(t, refused(f.k.Authority(), func(p *types.Params) { p.MaxBatch = 0 }), types.ErrInvalidParams)
	err := refused(f.k.Authority(), func(p *types.Params) { p.BondDenom = "uatom" })
	require.ErrorIs(t, err, types.ErrInvalidParams)
	require.Contains(t, err.Error(), "bond_denom")
	require.NoError(t, update(f.k.Authority(), func(p *types.Params) { p.UnbondingEpochs = 20 }))
	id := f.registered(account(0), testutil.NumberedKey(1))
	f.retired(account(0), id)
	require.Equal(t, uint64(30), f.epochs.number)
}

func TestHooksAreSetOnce(t *testing.T) {
	f := newFixture(t)
	require.Panics(t, func() { f.k.SetHooks(&payees{}) })
}
