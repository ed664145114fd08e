package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// EndBlock folds the block's contributions, moves the live windows on by one block, and lets each class open windows by
// the block's height and mix. Its work is bounded by the live windows and by the block's transactions.
func (k *Keeper) EndBlock(goCtx context.Context) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if err := k.foldContributions(ctx); err != nil {
		return err
	}
	mix, err := k.beacon.Mix(ctx, ctx.BlockHeight())
	if err != nil {
		return err
	}
	if err := k.moveWindows(ctx, mix); err != nil {
		return err
	}
	for _, c := range k.classes {
		if err := c.OpenWindows(ctx, mix); err != nil {
			return err
		}
	}
	return nil
}

// LiveWindows are the windows that take commitments or openings, or soon will, by class and id.
func (k *Keeper) LiveWindows(ctx context.Context) ([]types.Window, error) {
	var windows []types.Window
	err := k.Windows.Walk(ctx, nil, func(_ collections.Pair[int32, uint64], w types.Window) (bool, error) {
		windows = append(windows, w)
		return false, nil
	})
	return windows, err
}

// LiveWindowsOf are a class's live windows by id.
func (k *Keeper) LiveWindowsOf(ctx context.Context, class devicetypes.WorkClass) ([]types.Window, error) {
	var windows []types.Window
	err := k.Windows.Walk(ctx, collections.NewPrefixedPairRange[int32, uint64](int32(class)),
		func(_ collections.Pair[int32, uint64], w types.Window) (bool, error) {
			windows = append(windows, w)
			return false, nil
		})
	return windows, err
}

// IsGPUWindowSeed tells whether the height's mix is the seed of a live GPU window: x/device binds chips' answers to it.
func (k *Keeper) IsGPUWindowSeed(ctx context.Context, height int64) (bool, error) {
	return k.GPU.IsWindowSeed(ctx, height)
}

// moveWindows hands this block's mix to the windows that live on and drops those whose last height this is.
func (k *Keeper) moveWindows(ctx sdk.Context, mix []byte) error {
	windows, err := k.LiveWindows(ctx)
	if err != nil {
		return err
	}
	for _, w := range windows {
		if ctx.BlockHeight() >= w.DeadlineHeight {
			if err := k.Windows.Remove(ctx, collections.Join(int32(w.WorkClass), w.Id)); err != nil {
				return err
			}
			continue
		}
		c, err := k.classOf(w.WorkClass)
		if err != nil {
			return err
		}
		if err := c.MoveWindow(ctx, w, mix); err != nil {
			return err
		}
	}
	return nil
}

// ratesWait tells whether so many epochs wait for their rate that no window may open.
func (k *Keeper) ratesWait(ctx sdk.Context, epoch uint64) (bool, error) {
	next, err := class.OrZero(k.NextFreeze.Get(ctx))
	if err != nil || epoch < max(next, 1)+types.MaxUnsettledEpochs {
		return false, err
	}
	ctx.Logger().Error("no window opens: too many epochs wait for their rate", "height", ctx.BlockHeight(), "epoch", epoch, "next_freeze_epoch", next)
	return true, nil
}

// Epoch is the current epoch's number.
func (k *Keeper) Epoch(ctx context.Context) (uint64, error) {
	epoch, err := k.beacon.CurrentEpoch(ctx)
	return epoch.Number, err
}
