package radio

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// OpenWindows opens the epoch's radio window in its first block. Like the others none opens while
// MaxUnsettledEpochs epochs wait for their rate, nor while an older one outlives the epoch, which only follows on
// shorter epochs: a radio keeps two commitments and the assertions of two epochs. A chain that learns of radios in the
// middle of an epoch waits for the next one.
func (c *Class) OpenWindows(ctx sdk.Context, mix []byte) error {
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil || ctx.BlockHeight() != epoch.StartHeight {
		return err
	}
	waits, err := c.ledger.RatesWait(ctx, epoch.Number)
	if err != nil || waits {
		return err
	}
	live, err := c.ledger.Windows(ctx)
	if err != nil {
		return err
	}
	if end := epoch.StartHeight + int64(epoch.Blocks) - 1; len(live) > 0 && live[len(live)-1].DeadlineHeight > end {
		ctx.Logger().Info("no radio window opens: that of a longer epoch lives on", "epoch", epoch.Number, "until", live[len(live)-1].DeadlineHeight)
		return nil
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return err
	}
	w := types.NewRadioWindow(epoch.Number, epoch.StartHeight, epoch.Blocks, max(ctx.BlockTime().UnixMilli(), 0), mix, params.Radio)
	if err := c.ledger.SetWindow(ctx, w); err != nil {
		return err
	}
	return class.EmitOpened(ctx, w)
}

// NotLive tells a window that is to come from one that is over.
func (c *Class) NotLive(ctx sdk.Context, it *class.Item) error {
	windows, err := c.ledger.Windows(ctx)
	if err != nil {
		return err
	}
	id := it.Evidence.Window
	switch {
	case len(windows) == 0:
		return types.ErrUnknownWindow.Wrapf("no radio window is live; window %d is that of epoch %d", id, id)
	case id < windows[0].Id:
		return types.ErrTooLate.Wrapf("window %d is over; the oldest that lives is %d", id, windows[0].Id)
	case id > windows[len(windows)-1].Id:
		return types.ErrUnknownWindow.Wrapf("window %d has not opened; the newest is %d", id, windows[len(windows)-1].Id)
	}
	return types.ErrUnknownWindow.Wrapf("window %d did not open: too many epochs waited for their rate, or a window of a longer epoch lived on", id)
}

// judgedEpochs are those whose beacons and receipts are not settled yet, oldest first: the epochs of the live radio
// windows.
func (c *Class) judgedEpochs(ctx context.Context) ([]uint64, error) {
	windows, err := c.ledger.Windows(ctx)
	epochs := make([]uint64, len(windows))
	for i, w := range windows {
		epochs[i] = w.Epoch
	}
	return epochs, err
}

// MoveWindow gives the mix to a window that waits for its draw.
func (c *Class) MoveWindow(ctx sdk.Context, w types.Window, mix []byte) error {
	if ctx.BlockHeight() != w.DrawAHeight {
		return nil
	}
	w.DrawAMix = mix
	return c.ledger.SetWindow(ctx, w)
}
