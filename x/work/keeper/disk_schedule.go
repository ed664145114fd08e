package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/work/types"
)

// openDiskWindows makes the epoch's schedule in its first block and opens the windows of the cohorts whose height this
// is: at most MaxLiveDiskWindows, since those of an epoch end within it. None opens while MaxUnsettledEpochs epochs
// wait for their rate, like GPU windows (decideWindow).
func (k *Keeper) openDiskWindows(ctx sdk.Context, mix []byte) error {
	epoch, err := k.beacon.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	schedule, err := k.diskSchedule(ctx, epoch)
	if err != nil {
		return err
	}
	first, end := schedule.Opening(ctx.BlockHeight())
	if first == end {
		return nil
	}
	waits, err := k.ratesWait(ctx, epoch.Number)
	if err != nil || waits {
		return err
	}
	for cohort := first; cohort < end; cohort++ {
		w := schedule.Window(cohort, mix)
		if err := k.setWindow(ctx, w); err != nil {
			return err
		}
		if err := emitOpened(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// diskSchedule is the current epoch's schedule. The first block that finds another one makes it from the parameters of
// that moment: an epoch's first block, or the first one of a chain that has had none.
func (k *Keeper) diskSchedule(ctx sdk.Context, epoch beacontypes.Epoch) (types.DiskSchedule, error) {
	schedule, err := optional(k.DiskSchedule.Get(ctx))
	if err != nil || schedule.Epoch == epoch.Number {
		return schedule, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return schedule, err
	}
	height := ctx.BlockHeight()
	left := max(epoch.StartHeight+int64(epoch.Blocks)-height, 1)
	schedule = types.NewDiskSchedule(epoch.Number, height, uint64(left), params.Disk)
	return schedule, k.DiskSchedule.Set(ctx, schedule)
}

// diskWindowIsNotLive tells a window of the current epoch that has not begun from one that is over.
func (k *Keeper) diskWindowIsNotLive(ctx sdk.Context, it *item) error {
	schedule, err := optional(k.DiskSchedule.Get(ctx))
	if err != nil {
		return err
	}
	id := it.evidence.Window
	epoch, cohort := types.SplitDiskWindowID(id)
	if !schedule.HasWindows() || epoch != schedule.Epoch || cohort >= schedule.Params.Cohorts {
		return types.ErrUnknownWindow.Wrapf("window %d is of epoch %d, cohort %d; the schedule is of epoch %d with %d cohorts", id, epoch, cohort, schedule.Epoch, schedule.Params.Cohorts)
	}
	if err := schedule.Window(cohort, nil).CheckProve(it.height); err != nil {
		return err
	}
	return types.ErrUnknownWindow.Wrapf("window %d did not open: too many epochs wait for their rate", id)
}
