package keeper_test

import (
	"context"
	"math"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

const (
	sponsor = 1
	gone    = 0
)

// sponsored registers a device of account 0 whose bond account 1 has paid.
func (f *fixture) sponsored(key testutil.Key) string {
	f.Helper()
	_, err := f.msg.SponsorDevices(f.ctx, &types.MsgSponsorDevices{
		Sponsor: account(sponsor), Registrations: []types.Registration{f.sign(account(gone), key, testutil.WithBondPayer(account(sponsor)))},
	})
	require.NoError(f, err)
	return key.Text()
}

func (f *fixture) reclaim(payer, id string) error {
	_, err := f.msg.ReclaimBond(f.ctx, &types.MsgReclaimBond{BondPayer: payer, DeviceId: id})
	return err
}

func (f *fixture) keep(owner, id string) error {
	_, err := f.msg.KeepDevice(f.ctx, &types.MsgKeepDevice{Owner: owner, DeviceId: id})
	return err
}

// TestReclaim is the whole way: notice, silence, retirement, unbonding, and the bond is its payer's again. Not an epoch
// of it is shorter than the parameters say.
func TestReclaim(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.sponsored(key)
	require.NoError(t, f.suspend(account(gone), id))
	before := f.balance(account(sponsor))
	noticed := f.epochs.number
	due := noticed + types.DefaultReclaimEpochs
	require.Equal(t, []proto.Message{&types.EventReclaimNoticed{DeviceId: id, Owner: account(gone), BondPayer: account(sponsor), ReclaimEpoch: due}},
		f.emitted(func() error { return f.reclaim(account(sponsor), id) }))
	require.Equal(t, due, f.device(key).ReclaimEpoch)
	f.holds()
	for _, epoch := range []uint64{noticed, noticed + 1, due - 1} {
		f.epochs.number = epoch
		require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.reclaim(account(sponsor), id) }), types.ErrNotice)
		require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.withdraw(account(sponsor), id) }), types.ErrNotRetired)
	}
	f.epochs.number = due
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.reclaim(account(2), id) }), types.ErrUnauthorized)
	free := due + types.DefaultUnbondingEpochs
	require.Equal(t, []proto.Message{&types.EventDeviceRetired{DeviceId: id, UnbondingEpoch: free}},
		f.emitted(func() error { return f.reclaim(account(sponsor), id) }))
	d := f.device(key)
	require.True(t, d.IsRetired())
	require.Zero(t, d.ReclaimEpoch)
	require.Equal(t, account(gone), d.Beneficiary, "what the device earned stays where it was")
	require.ErrorIs(t, f.reclaim(account(sponsor), id), types.ErrDeviceRetired)
	f.epochs.number = free - 1
	require.ErrorIs(t, f.withdraw(account(sponsor), id), types.ErrUnbonding)
	require.Equal(t, before, f.balance(account(sponsor)))
	f.epochs.number = free
	f.withdrawn(id)
	require.Equal(t, before+minBond, f.balance(account(sponsor)))
	f.holds()
}

// TestAnswer: any message of the owner, and nobody else's, ends the notice; the next one runs its whole time.
func TestAnswer(t *testing.T) {
	for name, answer := range map[string]func(f *fixture, id string) error{
		"keep":        func(f *fixture, id string) error { return f.keep(account(gone), id) },
		"suspend":     func(f *fixture, id string) error { return f.suspend(account(gone), id) },
		"beneficiary": func(f *fixture, id string) error { return f.setBeneficiary(account(gone), id, account(3)) },
		"offer":       func(f *fixture, id string) error { return f.offer(account(gone), id, account(3)) },
		"sale": func(f *fixture, id string) error {
			require.NoError(f, f.offer(account(gone), id, account(3)))
			require.NoError(f, f.reclaim(account(sponsor), id))
			return f.accept(account(3), id, "", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, key := newFixture(t), testutil.NumberedKey(1)
			id := f.sponsored(key)
			require.NoError(t, f.reclaim(account(sponsor), id))
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.keep(account(sponsor), id) }), types.ErrUnauthorized)
			f.epochs.number += types.DefaultReclaimEpochs
			require.NoError(t, answer(f, id))
			require.Zero(t, f.device(key).ReclaimEpoch)
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.keep(f.device(key).Owner, id) }), types.ErrNotice)
			require.NoError(t, f.reclaim(account(sponsor), id))
			require.Equal(t, f.epochs.number+types.DefaultReclaimEpochs, f.device(key).ReclaimEpoch)
			require.ErrorIs(t, f.reclaim(account(sponsor), id), types.ErrNotice)
			f.holds()
		})
	}
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.sponsored(key)
	require.NoError(t, f.reclaim(account(sponsor), id))
	require.Equal(t, []proto.Message{&types.EventReclaimLapsed{DeviceId: id, Owner: account(gone)}}, f.emitted(func() error { return f.keep(account(gone), id) }))
}

// TestReclaimRefused: only a sponsor has the way, and only over what it paid.
func TestReclaimRefused(t *testing.T) {
	f := newFixture(t)
	own := f.registered(account(2), testutil.NumberedKey(2))
	id := f.sponsored(testutil.NumberedKey(1))
	bought := f.sponsored(testutil.NumberedKey(3))
	require.NoError(t, f.offer(account(gone), bought, account(3)))
	require.NoError(t, f.accept(account(3), bought, "", true))
	for name, tc := range map[string]struct {
		payer, id string
		err       error
	}{
		"a stranger":               {account(2), id, types.ErrUnauthorized},
		"the owner":                {account(gone), id, types.ErrUnauthorized},
		"an owner who paid":        {account(2), own, types.ErrUnchanged},
		"a sponsor of another":     {account(sponsor), own, types.ErrUnauthorized},
		"a sponsor who was repaid": {account(sponsor), bought, types.ErrUnauthorized},
		"an odd address":           {"x", id, types.ErrInvalidAddress},
		"an unknown device":        {account(sponsor), testutil.NumberedKey(9).Text(), types.ErrDeviceNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.reclaim(tc.payer, tc.id) }), tc.err)
		})
	}
	f.epochs.number = math.MaxUint64 - 1
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.reclaim(account(sponsor), id) }), types.ErrEpochOverflow)
}

// TestReclaimParams: a change of the parameter does not shorten a notice that was given, and an export keeps it.
func TestReclaimParams(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.sponsored(key)
	require.NoError(t, f.reclaim(account(sponsor), id))
	due := f.device(key).ReclaimEpoch
	params := types.DefaultParams()
	params.ReclaimEpochs = types.MinReclaimEpochs
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: params})
	require.NoError(t, err)
	f.epochs.number = due - 1
	require.ErrorIs(t, f.reclaim(account(sponsor), id), types.ErrNotice)
	exported := f.export()
	g := newEmptyFixture(t)
	g.bank.InitGenesis(g.ctx, f.bank.ExportGenesis(f.ctx))
	require.NoError(t, g.k.InitGenesis(g.ctx, *exported))
	g.epochs.number = due
	require.NoError(t, g.reclaim(account(sponsor), id))
	g.holds()

	exported.Devices[0].BondPayer = exported.Devices[0].Owner
	require.ErrorContains(t, exported.Validate(), "reclaim_epoch")
}
