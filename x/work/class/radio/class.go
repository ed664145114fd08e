// Package radio is the class of beacons and their witnesses (protocol section 3.3, docs/adr/0012): assertions and
// evidence judged by the state, the epochs' windows, densities, denylists, and what beacons and receipts earn.
package radio

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// Class judges beacons and their witnesses. Nothing here is ever a fault.
type Class struct {
	types.RadioRules
	ledger class.Ledger

	store
}

var _ class.Class = (*Class)(nil)

// New builds the class with its part of the store.
func New(env class.Env) *Class {
	return &Class{ledger: env.Ledger(devicetypes.WORK_CLASS_RADIO), store: newStore(env.Schema, env.Codec)}
}

// WorkClass implements class.Class.
func (*Class) WorkClass() devicetypes.WorkClass { return devicetypes.WORK_CLASS_RADIO }

// Check implements class.Class.
func (c *Class) Check(ctx sdk.Context, it *class.Item) error {
	if !it.Device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices prove", it.Device.Text(), it.Device.State)
	}
	switch it.Evidence.Phase {
	case types.PHASE_COMMIT:
		return c.checkCommit(ctx, it)
	case types.PHASE_OPEN:
		return c.checkBeacon(ctx, it)
	}
	_, err := c.lateReceipt(ctx, it)
	return err
}

func (c *Class) checkCommit(ctx sdk.Context, it *class.Item) error {
	if err := it.Window.CheckCommit(it.Height); err != nil {
		return err
	}
	if r := it.Record.Radio; r != nil && len(r.Commitments) > 0 && r.Commitments[len(r.Commitments)-1].Epoch >= it.Window.Epoch {
		return types.ErrAlreadyCommitted.Wrapf("device %s has committed to its receipts of epoch %d; a commitment is final", it.Device.Text(), it.Window.Epoch)
	}
	_, err := c.asserted(ctx, it)
	return err
}

func (c *Class) checkBeacon(ctx sdk.Context, it *class.Item) error {
	if err := it.Window.CheckBeacon(it.Height); err != nil {
		return err
	}
	epoch := it.Window.Epoch
	if it.Record.LastProvenEpoch >= epoch {
		return types.ErrAlreadyOpened.Wrapf("device %s has opened its beacon of epoch %d", it.Device.Text(), it.Record.LastProvenEpoch)
	}
	f, err := c.asserted(ctx, it)
	if err != nil {
		return err
	}
	anchor := it.Record.ChainAnchor(f.assertion)
	steps := it.Window.Radio.Params.ChainSteps
	switch {
	case epoch <= anchor.Epoch:
		return types.ErrNotAsserted.Wrapf("the hash chain of device %s begins after epoch %d; this is epoch %d", it.Device.Text(), anchor.Epoch, epoch)
	case epoch-anchor.Epoch > uint64(steps):
		return types.ErrChainExpired.Wrapf("epoch %d is %d steps after the newest public value of the hash chain; at most %d are checked: assert the radio again with a new anchor",
			epoch, epoch-anchor.Epoch, steps)
	}
	return c.checkBond(ctx, it.Device)
}

// Apply implements class.Class.
func (c *Class) Apply(ctx sdk.Context, it *class.Item) (uint64, error) {
	switch it.Evidence.Phase {
	case types.PHASE_COMMIT:
		it.Record.RadioPart().Commit(it.Window.Epoch, append([]byte(nil), it.Evidence.Payload...))
		return 0, nil
	case types.PHASE_OPEN:
		return c.applyBeacon(ctx, it)
	}
	return c.applyLate(ctx, it)
}
