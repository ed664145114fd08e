package disk

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// OpenWindows makes the epoch's schedule in its first block and opens the windows of the cohorts whose height this
// is: at most MaxLiveDiskWindows, since those of an epoch end within it. None opens while MaxUnsettledEpochs epochs
// wait for their rate, like GPU windows.
func (c *Class) OpenWindows(ctx sdk.Context, mix []byte) error {
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	schedule, err := c.schedule(ctx, epoch)
	if err != nil {
		return err
	}
	first, end := schedule.Opening(ctx.BlockHeight())
	if first == end {
		return nil
	}
	waits, err := c.ledger.RatesWait(ctx, epoch.Number)
	if err != nil || waits {
		return err
	}
	for cohort := first; cohort < end; cohort++ {
		w := schedule.Window(cohort, mix)
		if err := c.ledger.SetWindow(ctx, w); err != nil {
			return err
		}
		if err := class.EmitOpened(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// schedule is the current epoch's schedule. The first block that finds another one makes it from the parameters of
// that moment: an epoch's first block, or the first one of a chain that has had none.
func (c *Class) schedule(ctx sdk.Context, epoch beacontypes.Epoch) (types.DiskSchedule, error) {
	schedule, err := class.OrZero(c.Schedule.Get(ctx))
	if err != nil || schedule.Epoch == epoch.Number {
		return schedule, err
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return schedule, err
	}
	height := ctx.BlockHeight()
	left := max(epoch.StartHeight+int64(epoch.Blocks)-height, 1)
	schedule = types.NewDiskSchedule(epoch.Number, height, uint64(left), params.Disk)
	return schedule, c.Schedule.Set(ctx, schedule)
}

// NotLive tells a window of the current epoch that has not begun from one that is over.
func (c *Class) NotLive(ctx sdk.Context, it *class.Item) error {
	schedule, err := class.OrZero(c.Schedule.Get(ctx))
	if err != nil {
		return err
	}
	id := it.Evidence.Window
	epoch, cohort := types.SplitDiskWindowID(id)
	if !schedule.HasWindows() || epoch != schedule.Epoch || cohort >= schedule.Params.Cohorts {
		return types.ErrUnknownWindow.Wrapf("window %d is of epoch %d, cohort %d; the schedule is of epoch %d with %d cohorts", id, epoch, cohort, schedule.Epoch, schedule.Params.Cohorts)
	}
	if err := schedule.Window(cohort, nil).CheckProve(it.Height); err != nil {
		return err
	}
	return types.ErrUnknownWindow.Wrapf("window %d did not open: too many epochs wait for their rate", id)
}

// MoveWindow implements class.Class: a disk window has its only mix from the start.
func (*Class) MoveWindow(sdk.Context, types.Window, []byte) error { return nil }

// InitGenesis sets the schedule, if the chain has had one.
func (c *Class) InitGenesis(ctx sdk.Context, g types.GenesisState) error {
	if g.DiskSchedule.Epoch == 0 {
		return nil
	}
	return c.Schedule.Set(ctx, g.DiskSchedule)
}

// ExportGenesis gets the schedule.
func (c *Class) ExportGenesis(ctx sdk.Context, g *types.GenesisState) (err error) {
	g.DiskSchedule, err = class.OrZero(c.Schedule.Get(ctx))
	return err
}
