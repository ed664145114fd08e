package gpu

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// OpenWindows opens a window with a constant probability, whatever happened before. Two bounds stand behind it, for
// parameters nobody should choose: none opens beyond max_live_windows, nor while MaxUnsettledEpochs epochs wait for
// their rate. From the second follows that a record never has more unsettled epochs than its ring has room: all of them
// lie from next_freeze_epoch on, and no window's epoch is MaxUnsettledEpochs or more beyond it.
func (c *Class) OpenWindows(ctx sdk.Context, mix []byte) error {
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return err
	}
	if !types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, params.Gpu.WindowProbabilityPpm) {
		return nil
	}
	live, err := c.ledger.Windows(ctx)
	if err != nil {
		return err
	}
	if len(live) >= int(params.MaxLiveWindows) {
		ctx.Logger().Error("no window opens: max_live_windows are live", "height", ctx.BlockHeight(), "live", len(live))
		return nil
	}
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	waits, err := c.ledger.RatesWait(ctx, epoch.Number)
	if err != nil || waits {
		return err
	}
	return c.ledger.SetWindow(ctx, types.NewGpuWindow(ctx.BlockHeight(), epoch.Number, params.Gpu))
}

// MoveWindow gives the mix to a window that waits for its seed or for one of its draws. The seed makes it open.
func (c *Class) MoveWindow(ctx sdk.Context, w types.Window, mix []byte) error {
	switch ctx.BlockHeight() {
	case int64(w.Id) + 1:
		w.SeedMix = mix
		if err := class.EmitOpened(ctx, w); err != nil {
			return err
		}
	case w.DrawAHeight:
		w.DrawAMix = mix
	case w.DrawBHeight:
		w.DrawBMix = mix
	default:
		return nil
	}
	return c.ledger.SetWindow(ctx, w)
}

// NotLive knows a past window by the device's commitment to it.
func (*Class) NotLive(_ sdk.Context, it *class.Item) error {
	window := it.Evidence.Window
	if p, found := it.Record.Commitment(window); found && it.Evidence.Phase == types.PHASE_OPEN {
		if p.Opened {
			return types.ErrAlreadyOpened.Wrapf("device %s has opened its commitment of window %d", it.Device.Text(), window)
		}
		return types.ErrTooLate.Wrapf("openings of window %d were taken up to height %d, this would execute at %d", window, p.DeadlineHeight, it.Height)
	}
	return types.ErrUnknownWindow.Wrapf("window %d is not live: it never opened, or its openings are over", window)
}

// IsWindowSeed tells whether the height's mix is the seed of a live window: x/device binds chips' answers to it.
func (c *Class) IsWindowSeed(ctx context.Context, height int64) (bool, error) {
	if height < 2 {
		return false, nil
	}
	return c.ledger.HasWindow(ctx, uint64(height-1))
}

// InitGenesis implements class.Class: the class keeps nothing beside records and windows.
func (*Class) InitGenesis(sdk.Context, types.GenesisState) error { return nil }

// ExportGenesis implements class.Class.
func (*Class) ExportGenesis(sdk.Context, *types.GenesisState) error { return nil }
