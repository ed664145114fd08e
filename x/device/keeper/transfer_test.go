package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func (f *fixture) offer(owner, id, to string) error {
	_, err := f.msg.OfferDevice(f.ctx, &types.MsgOfferDevice{Owner: owner, DeviceId: id, NewOwner: to})
	return err
}

func (f *fixture) accept(to, id, beneficiary string, replaceBond bool) error {
	_, err := f.msg.AcceptDevice(f.ctx, &types.MsgAcceptDevice{NewOwner: to, DeviceId: id, Beneficiary: beneficiary, ReplaceBond: replaceBond})
	return err
}

func (f *fixture) setBeneficiary(owner, id, to string) error {
	_, err := f.msg.SetBeneficiary(f.ctx, &types.MsgSetBeneficiary{Owner: owner, DeviceId: id, Beneficiary: to})
	return err
}

func TestSetBeneficiary(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	for to, want := range map[string]error{
		"": types.ErrInvalidAddress, "joule1": types.ErrInvalidAddress, blocked(): types.ErrBlockedAddress, account(0): types.ErrUnchanged,
	} {
		require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.setBeneficiary(account(0), id, to) }), want, to)
	}
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.setBeneficiary(account(1), id, account(1)) }), types.ErrUnauthorized)
	require.Empty(t, f.hooks.paid)

	f.hooks.refuse = errors.New("cannot pay")
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.setBeneficiary(account(0), id, account(1)) }), f.hooks.refuse)
	f.hooks.refuse, f.hooks.paid = nil, nil

	require.NoError(t, f.setBeneficiary(account(0), id, account(1)))
	require.Len(t, f.hooks.paid, 1)
	require.Equal(t, account(0), f.hooks.paid[0].Beneficiary, "the hook sees the old beneficiary")
	require.Equal(t, account(1), f.device(key).Beneficiary)
	require.Equal(t, account(0), f.device(key).Owner)
	f.holds()
}

func TestOffer(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	tests := map[string]struct {
		from, to string
		err      error
	}{
		"by a stranger":      {account(1), account(1), types.ErrUnauthorized},
		"to oneself":         {account(0), account(0), types.ErrInvalidOffer},
		"to a blocked one":   {account(0), blocked(), types.ErrBlockedAddress},
		"to no address":      {account(0), "somebody", types.ErrInvalidAddress},
		"taken back unmade":  {account(0), "", types.ErrNoOffer},
		"by an odd address":  {"x", account(1), types.ErrInvalidAddress},
		"by another's owner": {account(2), "", types.ErrUnauthorized},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.offer(tc.from, id, tc.to) }), tc.err)
		})
	}
	require.ErrorIs(t, f.accept(account(1), id, "", false), types.ErrNoOffer)

	require.NoError(t, f.offer(account(0), id, account(1)))
	require.Equal(t, account(0), f.device(key).Owner, "an offer alone changes nothing")
	require.NoError(t, f.offer(account(0), id, account(2)), "a second offer replaces the first")
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.accept(account(1), id, "", false) }), types.ErrUnauthorized)
	require.NoError(t, f.offer(account(0), id, ""))
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.accept(account(2), id, "", false) }), types.ErrNoOffer)
	f.holds()
}

func TestAccept(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key, testutil.WithBeneficiary(account(3)))
	require.NoError(t, f.offer(account(0), id, account(1)))
	for beneficiary, want := range map[string]error{blocked(): types.ErrBlockedAddress, "x": types.ErrInvalidAddress} {
		require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.accept(account(1), id, beneficiary, false) }), want)
	}
	f.hooks.refuse = errors.New("cannot pay")
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.accept(account(1), id, "", false) }), f.hooks.refuse)
	f.hooks.refuse, f.hooks.paid = nil, nil

	require.NoError(t, f.accept(account(1), id, "", false))
	require.Len(t, f.hooks.paid, 1)
	require.Equal(t, account(3), f.hooks.paid[0].Beneficiary)
	require.Equal(t, account(0), f.hooks.paid[0].Owner)
	d := f.device(key)
	require.Equal(t, []string{account(1), account(1), account(0), ""}, []string{d.Owner, d.Beneficiary, d.BondPayer, d.PendingOwner})
	require.ErrorIs(t, f.accept(account(1), id, "", false), types.ErrNoOffer, "an offer is good once")
	require.ErrorIs(t, f.suspend(account(0), id), types.ErrUnauthorized, "the old owner has no say left")

	require.NoError(t, f.offer(account(1), id, account(2)))
	require.NoError(t, f.accept(account(2), id, account(4), false))
	require.Equal(t, account(4), f.device(key).Beneficiary)

	f.retired(account(2), id)
	f.withdrawn(id)
	require.Equal(t, int64(funds), f.balance(account(0)), "the bond returns to the account that paid it")
	f.holds()
}

func TestAcceptKeepsASuspension(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	require.NoError(t, f.k.SuspendForFaults(f.ctx, key.ID(), 14))
	require.NoError(t, f.offer(account(0), id, account(1)))
	require.NoError(t, f.accept(account(1), id, "", false))
	require.ErrorIs(t, f.resume(account(1), id), types.ErrSuspended, "a sale must not wash faults away")
}

func TestAcceptReplacesTheBond(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key, testutil.WithBond(3*minBond))
	poor := account(9)
	require.NoError(t, f.offer(account(0), id, poor))
	cached, _ := f.ctx.CacheContext()
	_, err := f.msg.AcceptDevice(cached, &types.MsgAcceptDevice{NewOwner: poor, DeviceId: id, ReplaceBond: true})
	require.ErrorIs(t, err, sdkerrors.ErrInsufficientFunds)

	require.NoError(t, f.offer(account(0), id, account(1)))
	require.NoError(t, f.accept(account(1), id, "", true))
	require.Equal(t, int64(funds), f.balance(account(0)), "the seller has the bond back")
	require.Equal(t, int64(funds-3*minBond), f.balance(account(1)))
	require.Equal(t, int64(3*minBond), f.bonds())
	require.Equal(t, account(1), f.device(key).BondPayer)
	f.holds()

	require.NoError(t, f.offer(account(1), id, account(0)))
	require.NoError(t, f.accept(account(0), id, "", false))
	require.NoError(t, f.offer(account(0), id, account(1)))
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.accept(account(1), id, "", true) }), types.ErrUnchanged)
}
