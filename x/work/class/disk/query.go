package disk

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// Queries answers what only disks are asked.
type Queries struct{ *Class }

// Queries returns the class's queries.
func (c *Class) Queries() Queries { return Queries{c} }

// Schedule answers Query/DiskSchedule.
func (q Queries) Schedule(ctx context.Context, req *types.QueryDiskScheduleRequest) (*types.QueryDiskScheduleResponse, error) {
	schedule, err := class.OrZero(q.Class.Schedule.Get(ctx))
	if err != nil {
		return nil, err
	}
	res := &types.QueryDiskScheduleResponse{Schedule: schedule, Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	if req.DeviceId != "" {
		res.Device, err = q.deviceSchedule(ctx, req.DeviceId, schedule)
	}
	return res, err
}

func (q Queries) deviceSchedule(ctx context.Context, text string, schedule types.DiskSchedule) (*types.DiskDeviceSchedule, error) {
	device, err := class.KnownDevice(ctx, q.ledger, text)
	if err != nil {
		return nil, err
	}
	if device.WorkClass != devicetypes.WORK_CLASS_DISK {
		return nil, status.Errorf(codes.InvalidArgument, "device %s is registered for %s; only disks have cohorts", text, device.WorkClass)
	}
	params, err := q.ledger.Params(ctx)
	if err != nil {
		return nil, err
	}
	epoch, err := q.ledger.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	record, _, err := q.ledger.Record(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	d := &types.DiskDeviceSchedule{NextClaims: record.ClaimsAfter(schedule.Epoch), Proven: schedule.Epoch > 0 && record.LastProvenEpoch >= schedule.Epoch}
	d.Window, d.OpenHeight, d.CloseHeight, _ = schedule.WindowFor(device.Id)
	_, d.Cohort = types.SplitDiskWindowID(d.Window)
	if claim, ok := record.ClaimFor(schedule.Epoch); ok {
		d.Claim = &claim
	}
	if schedule.Epoch > 0 {
		_, d.NextOpenHeight, d.NextCloseHeight, _ = schedule.Next(epoch.Blocks, params.Disk).WindowFor(device.Id)
	}
	return d, nil
}
