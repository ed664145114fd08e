package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// EndBlock folds the block's contributions, moves the live windows on by one block, lets the block's mix decide about a
// new GPU window and opens the disk windows of this height and the epoch's radio window. Its work is bounded by the
// live windows and by the block's transactions.
func (k *Keeper) EndBlock(goCtx context.Context) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if err := k.foldContributions(ctx); err != nil {
		return err
	}
	mix, err := k.beacon.Mix(ctx, ctx.BlockHeight())
	if err != nil {
		return err
	}
	live, err := k.moveWindows(ctx, mix)
	if err != nil {
		return err
	}
	if err := k.decideWindow(ctx, mix, live); err != nil {
		return err
	}
	if err := k.openDiskWindows(ctx, mix); err != nil {
		return err
	}
	return k.openRadioWindow(ctx, mix)
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
	if height < 2 {
		return false, nil
	}
	return k.Windows.Has(ctx, collections.Join(int32(devicetypes.WORK_CLASS_GPU), uint64(height-1)))
}

// moveWindows hands this block's mix to the GPU and radio windows that wait for it and drops those of any class whose
// last height this is. It counts the GPU windows that live on.
func (k *Keeper) moveWindows(ctx sdk.Context, mix []byte) (live int, err error) {
	windows, err := k.LiveWindows(ctx)
	if err != nil {
		return 0, err
	}
	height := ctx.BlockHeight()
	for _, w := range windows {
		if height >= w.DeadlineHeight {
			if err := k.Windows.Remove(ctx, collections.Join(int32(w.WorkClass), w.Id)); err != nil {
				return 0, err
			}
			continue
		}
		if w.WorkClass == devicetypes.WORK_CLASS_RADIO && height == w.DrawAHeight {
			w.DrawAMix = mix
			if err := k.setWindow(ctx, w); err != nil {
				return 0, err
			}
		}
		if w.WorkClass != devicetypes.WORK_CLASS_GPU {
			continue
		}
		live++
		switch height {
		case int64(w.Id) + 1:
			w.SeedMix = mix
			if err := emitOpened(ctx, w); err != nil {
				return 0, err
			}
		case w.DrawAHeight:
			w.DrawAMix = mix
		case w.DrawBHeight:
			w.DrawBMix = mix
		default:
			continue
		}
		if err := k.setWindow(ctx, w); err != nil {
			return 0, err
		}
	}
	return live, nil
}

func emitOpened(ctx sdk.Context, w types.Window) error {
	return ctx.EventManager().EmitTypedEvent(&types.EventWindowOpened{
		Window: w.Id, WorkClass: w.WorkClass, Epoch: w.Epoch, OpenHeight: w.OpenHeight, CloseHeight: w.CloseHeight, DeadlineHeight: w.DeadlineHeight,
	})
}

// decideWindow opens a window with a constant probability, whatever happened before. Two bounds stand behind it, for
// parameters nobody should choose: none opens beyond max_live_windows, nor while MaxUnsettledEpochs epochs wait for
// their rate. From the second follows that a record never has more unsettled epochs than its ring has room: all of them
// lie from next_freeze_epoch on, and no window's epoch is MaxUnsettledEpochs or more beyond it.
func (k *Keeper) decideWindow(ctx sdk.Context, mix []byte, live int) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if !types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, params.Gpu.WindowProbabilityPpm) {
		return nil
	}
	if live >= int(params.MaxLiveWindows) {
		ctx.Logger().Error("no window opens: max_live_windows are live", "height", ctx.BlockHeight(), "live", live)
		return nil
	}
	epoch, err := k.beacon.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	waits, err := k.ratesWait(ctx, epoch.Number)
	if err != nil || waits {
		return err
	}
	return k.setWindow(ctx, types.NewGpuWindow(ctx.BlockHeight(), epoch.Number, params.Gpu))
}

// ratesWait tells whether so many epochs wait for their rate that no window may open.
func (k *Keeper) ratesWait(ctx sdk.Context, epoch uint64) (bool, error) {
	next, err := optional(k.NextFreeze.Get(ctx))
	if err != nil || epoch < max(next, 1)+types.MaxUnsettledEpochs {
		return false, err
	}
	ctx.Logger().Error("no window opens: too many epochs wait for their rate", "height", ctx.BlockHeight(), "epoch", epoch, "next_freeze_epoch", next)
	return true, nil
}
