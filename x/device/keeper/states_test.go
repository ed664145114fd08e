package keeper_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func (f *fixture) suspend(owner, id string) error {
	_, err := f.msg.SuspendDevice(f.ctx, &types.MsgSuspendDevice{Owner: owner, DeviceId: id})
	return err
}

func (f *fixture) resume(owner, id string) error {
	_, err := f.msg.ResumeDevice(f.ctx, &types.MsgResumeDevice{Owner: owner, DeviceId: id})
	return err
}

func (f *fixture) retire(owner, id string) error {
	_, err := f.msg.RetireDevice(f.ctx, &types.MsgRetireDevice{Owner: owner, DeviceId: id})
	return err
}

func TestMaintenance(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.resume(account(0), id) }), types.ErrNotSuspended)
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.suspend(account(1), id) }), types.ErrUnauthorized)
	require.NoError(t, f.suspend(account(0), id))
	d := f.device(key)
	require.Equal(t, types.DEVICE_STATE_SUSPENDED, d.State)
	require.Equal(t, types.SUSPENSION_REASON_MAINTENANCE, d.SuspensionReason)
	require.Zero(t, d.SuspendedUntilEpoch)
	require.False(t, d.IsActive())
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.suspend(account(0), id) }), types.ErrNotActive)
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.resume(account(1), id) }), types.ErrUnauthorized)
	require.NoError(t, f.resume(account(0), id), "maintenance ends at any time")
	require.True(t, f.device(key).IsActive())
	f.holds()
}

func TestSuspendForFaults(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	require.NoError(t, f.k.SuspendForFaults(f.ctx, key.ID(), 14))
	err := f.unchanged(func(context.Context) error { return f.resume(account(0), id) })
	require.ErrorIs(t, err, types.ErrSuspended)
	require.Contains(t, err.Error(), "from epoch 14, it is epoch 10")
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.suspend(account(0), id) }), types.ErrNotActive,
		"maintenance must not shorten a suspension for faults")

	require.NoError(t, f.k.SuspendForFaults(f.ctx, key.ID(), 12))
	require.Equal(t, uint64(14), f.device(key).SuspendedUntilEpoch, "a later, shorter one does not shorten it")
	f.epochs.number = 13
	require.ErrorIs(t, f.resume(account(0), id), types.ErrSuspended)
	f.epochs.number = 14
	require.NoError(t, f.resume(account(0), id))
	d := f.device(key)
	require.True(t, d.IsActive())
	require.Zero(t, d.SuspendedUntilEpoch)
	require.Equal(t, int64(minBond), f.bonds(), "no bond is touched by faults")

	require.NoError(t, f.suspend(account(0), id))
	require.NoError(t, f.k.SuspendForFaults(f.ctx, key.ID(), 20))
	require.Equal(t, types.SUSPENSION_REASON_FAULTS, f.device(key).SuspensionReason, "faults replace maintenance")
	f.holds()

	require.ErrorIs(t, f.k.SuspendForFaults(f.ctx, testutil.NumberedKey(2).ID(), 20), types.ErrDeviceNotFound)
	require.ErrorIs(t, f.k.SuspendForFaults(f.ctx, []byte{1}, 20), types.ErrInvalidDeviceID)
}

func TestRetired(t *testing.T) {
	for name, prepare := range map[string]func(f *fixture, id string){
		"active":      func(*fixture, string) {},
		"maintenance": func(f *fixture, id string) { require.NoError(f, f.suspend(account(0), id)) },
		"faults": func(f *fixture, _ string) {
			require.NoError(f, f.k.SuspendForFaults(f.ctx, testutil.NumberedKey(1).ID(), 99))
		},
		"offered": func(f *fixture, id string) { require.NoError(f, f.offer(account(0), id, account(1))) },
	} {
		t.Run(name, func(t *testing.T) {
			f, key := newFixture(t), testutil.NumberedKey(1)
			id := f.registered(account(0), key)
			prepare(f, id)
			require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.retire(account(1), id) }), types.ErrUnauthorized)
			require.NoError(t, f.retire(account(0), id))
			d := f.device(key)
			require.Equal(t, types.DEVICE_STATE_RETIRED, d.State)
			require.Equal(t, uint64(10+types.DefaultUnbondingEpochs), d.UnbondingEpoch)
			require.Empty(t, d.PendingOwner)
			require.Empty(t, f.hooks.paid, "a retired device stays claimable, nothing is paid out")
			f.holds()

			for what, run := range map[string]func() error{
				"suspend": func() error { return f.suspend(account(0), id) },
				"faults":  func() error { return f.k.SuspendForFaults(f.ctx, key.ID(), 20) },
				"resume":  func() error { return f.resume(account(0), id) },
				"retire":  func() error { return f.retire(account(0), id) },
				"offer":   func() error { return f.offer(account(0), id, account(1)) },
				"bond":    func() error { return f.addBond(account(0), id, denom, 1) },
			} {
				require.ErrorIs(t, f.unchanged(func(context.Context) error { return run() }), types.ErrDeviceRetired, what)
			}
			require.ErrorIs(t, f.accept(account(1), id, "", false), types.ErrNoOffer)
			require.NoError(t, f.setBeneficiary(account(0), id, account(2)), "it stays claimable, so its payee may change")
			f.holds()
		})
	}
}

func TestRetireDoesNotOverflow(t *testing.T) {
	f := newFixture(t)
	id := f.registered(account(0), testutil.NumberedKey(1))
	f.epochs.number = math.MaxUint64 - types.DefaultUnbondingEpochs + 1
	require.ErrorIs(t, f.unchanged(func(context.Context) error { return f.retire(account(0), id) }), types.ErrEpochOverflow)
}

func TestUnknownDevice(t *testing.T) {
	f := newFixture(t)
	unknown := testutil.NumberedKey(7).Text()
	for id, want := range map[string]error{unknown: types.ErrDeviceNotFound, "": types.ErrInvalidDeviceID, "jouledev1": types.ErrInvalidDeviceID, account(0): types.ErrInvalidDeviceID} {
		for what, run := range map[string]func() error{
			"suspend":     func() error { return f.suspend(account(0), id) },
			"resume":      func() error { return f.resume(account(0), id) },
			"retire":      func() error { return f.retire(account(0), id) },
			"offer":       func() error { return f.offer(account(0), id, account(1)) },
			"accept":      func() error { return f.accept(account(0), id, "", false) },
			"beneficiary": func() error { return f.setBeneficiary(account(0), id, account(1)) },
			"add bond":    func() error { return f.addBond(account(0), id, denom, 1) },
			"withdraw":    func() error { return f.withdraw(account(0), id) },
		} {
			require.ErrorIs(t, run(), want, "%s %q", what, id)
		}
	}
}
