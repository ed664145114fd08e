package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

type queryServer struct{ *Keeper }

// NewQueryServer returns the query server.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Windows implements types.QueryServer.
func (s queryServer) Windows(ctx context.Context, _ *types.QueryWindowsRequest) (*types.QueryWindowsResponse, error) {
	windows, err := s.LiveWindows(ctx)
	return &types.QueryWindowsResponse{Windows: windows, Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}, err
}

// Window implements types.QueryServer.
func (s queryServer) Window(ctx context.Context, req *types.QueryWindowRequest) (*types.QueryWindowResponse, error) {
	class := req.WorkClass
	if class == devicetypes.WORK_CLASS_UNSPECIFIED {
		class = devicetypes.WORK_CLASS_GPU
	}
	if err := checkClass(class); err != nil {
		return nil, err
	}
	w, err := s.Keeper.Windows.Get(ctx, collections.Join(int32(class), req.Id))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "window %d of %s is not live", req.Id, class)
	}
	return &types.QueryWindowResponse{Window: w}, err
}

// DeviceWork implements types.QueryServer. A device that has proven nothing yet has an empty record.
func (s queryServer) DeviceWork(ctx context.Context, req *types.QueryDeviceWorkRequest) (*types.QueryDeviceWorkResponse, error) {
	device, err := s.knownDevice(ctx, req.DeviceId)
	if err != nil {
		return nil, err
	}
	record, _, err := s.record(ctx, device.WorkClass, device.Id)
	if err != nil {
		return nil, err
	}
	claimable, _, err := s.Claimable(ctx, device.Id)
	return &types.QueryDeviceWorkResponse{Work: record, Claimable: claimable}, err
}

// DiskSchedule implements types.QueryServer.
func (s queryServer) DiskSchedule(ctx context.Context, req *types.QueryDiskScheduleRequest) (*types.QueryDiskScheduleResponse, error) {
	schedule, err := optional(s.Keeper.DiskSchedule.Get(ctx))
	if err != nil {
		return nil, err
	}
	res := &types.QueryDiskScheduleResponse{Schedule: schedule, Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	if req.DeviceId != "" {
		res.Device, err = s.deviceSchedule(ctx, req.DeviceId, schedule)
	}
	return res, err
}

func (s queryServer) deviceSchedule(ctx context.Context, text string, schedule types.DiskSchedule) (*types.DiskDeviceSchedule, error) {
	device, err := s.knownDevice(ctx, text)
	if err != nil {
		return nil, err
	}
	if device.WorkClass != devicetypes.WORK_CLASS_DISK {
		return nil, status.Errorf(codes.InvalidArgument, "device %s is registered for %s; only disks have cohorts", text, device.WorkClass)
	}
	params, err := s.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	epoch, err := s.beacon.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	record, _, err := s.record(ctx, devicetypes.WORK_CLASS_DISK, device.Id)
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

// knownDevice reads a device by its text; its errors are a query's.
func (s queryServer) knownDevice(ctx context.Context, text string) (d devicetypes.Device, err error) {
	id, err := devicetypes.ParseDeviceID(text)
	if err != nil {
		return d, status.Error(codes.InvalidArgument, err.Error())
	}
	d, known, err := s.Device(ctx, id)
	if err == nil && !known {
		err = status.Errorf(codes.NotFound, "device %s is not registered", text)
	}
	return d, err
}

// Tally implements types.QueryServer.
func (s queryServer) Tally(ctx context.Context, req *types.QueryTallyRequest) (*types.QueryTallyResponse, error) {
	if err := checkClass(req.WorkClass); err != nil {
		return nil, err
	}
	t, err := s.Keeper.Tallies.Get(ctx, collections.Join(int32(req.WorkClass), req.Epoch))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "%s has no tally of epoch %d", req.WorkClass, req.Epoch)
	}
	return &types.QueryTallyResponse{Tally: t}, err
}

// Tallies implements types.QueryServer.
func (s queryServer) Tallies(ctx context.Context, req *types.QueryTalliesRequest) (*types.QueryTalliesResponse, error) {
	if err := checkClass(req.WorkClass); err != nil {
		return nil, err
	}
	if req.Pagination != nil && req.Pagination.Limit > types.MaxPageSize {
		return nil, status.Errorf(codes.InvalidArgument, "pagination.limit is %d; want at most %d", req.Pagination.Limit, types.MaxPageSize)
	}
	tallies, page, err := query.CollectionPaginate(ctx, s.Keeper.Tallies, req.Pagination,
		func(_ collections.Pair[int32, uint64], t types.Tally) (types.Tally, error) { return t, nil },
		query.WithCollectionPaginationPairPrefix[int32, uint64](int32(req.WorkClass)))
	return &types.QueryTalliesResponse{Tallies: tallies, Pagination: page}, err
}

func checkClass(c devicetypes.WorkClass) error {
	for _, known := range types.Classes() {
		if c == known {
			return nil
		}
	}
	return status.Errorf(codes.InvalidArgument, "work_class is %d; want 1 (GPU), 2 (disk) or 3 (radio)", c)
}
