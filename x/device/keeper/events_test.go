package keeper_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// emitted runs a message and returns the module's typed events.
func (f *fixture) emitted(run func() error) []proto.Message {
	f.Helper()
	before := f.ctx
	defer func() { f.ctx = before }()
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	require.NoError(f, run())
	var out []proto.Message
	for _, e := range f.ctx.EventManager().Events() {
		if typed, err := sdk.ParseTypedEvent(abci.Event(e)); err == nil {
			out = append(out, typed)
		}
	}
	return out
}

func TestEvents(t *testing.T) {
	f, key := newFixture(t), testutil.NumberedKey(1)
	id, owner, buyer := key.Text(), account(0), account(1)
	bond := sdk.NewInt64Coin(denom, minBond).String()
	steps := []struct {
		name string
		run  func() error
		want []proto.Message
	}{
		{"register", func() error { f.registered(owner, key); return nil }, []proto.Message{&types.EventDeviceRegistered{
			DeviceId: id, Owner: owner, WorkClass: types.WORK_CLASS_GPU, Beneficiary: owner, Bond: bond, BondPayer: owner, Generation: 1,
		}}},
		{"add bond", func() error { return f.addBond(owner, id, denom, 2) }, []proto.Message{&types.EventBondAdded{DeviceId: id, Amount: "2ujoule", Bond: "10000002ujoule"}}},
		{"beneficiary", func() error { return f.setBeneficiary(owner, id, buyer) }, []proto.Message{&types.EventBeneficiaryChanged{DeviceId: id, Beneficiary: buyer}}},
		{"suspend", func() error { return f.suspend(owner, id) }, []proto.Message{&types.EventDeviceSuspended{DeviceId: id, Reason: types.SUSPENSION_REASON_MAINTENANCE}}},
		{"resume", func() error { return f.resume(owner, id) }, []proto.Message{&types.EventDeviceResumed{DeviceId: id}}},
		{"faults", func() error { return f.k.SuspendForFaults(f.ctx, key.ID(), 12) }, []proto.Message{&types.EventDeviceSuspended{DeviceId: id, Reason: types.SUSPENSION_REASON_FAULTS, UntilEpoch: 12}}},
		{"offer", func() error { return f.offer(owner, id, buyer) }, []proto.Message{&types.EventDeviceOffered{DeviceId: id, Owner: owner, NewOwner: buyer}}},
		{"take back", func() error { return f.offer(owner, id, "") }, []proto.Message{&types.EventDeviceOffered{DeviceId: id, Owner: owner}}},
		{"offer again", func() error { return f.offer(owner, id, buyer) }, []proto.Message{&types.EventDeviceOffered{DeviceId: id, Owner: owner, NewOwner: buyer}}},
		{"accept", func() error { return f.accept(buyer, id, account(2), true) }, []proto.Message{
			&types.EventBondReplaced{DeviceId: id, OldPayer: owner, NewPayer: buyer, Amount: "10000002ujoule"},
			&types.EventDeviceTransferred{DeviceId: id, OldOwner: owner, NewOwner: buyer},
			&types.EventBeneficiaryChanged{DeviceId: id, Beneficiary: account(2)},
		}},
		{"retire", func() error { return f.retire(buyer, id) }, []proto.Message{&types.EventDeviceRetired{DeviceId: id, UnbondingEpoch: 58}}},
		{"withdraw", func() error { f.epochs.number = 58; return f.withdraw(owner, id) }, []proto.Message{&types.EventBondWithdrawn{DeviceId: id, BondPayer: buyer, Amount: "10000002ujoule"}}},
	}
	for _, step := range steps {
		require.Equal(t, step.want, f.emitted(step.run), step.name)
	}
}
