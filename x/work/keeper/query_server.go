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
	"github.com/joulechain/joule/x/work/class"
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
	number := req.WorkClass
	if number == devicetypes.WORK_CLASS_UNSPECIFIED {
		number = devicetypes.WORK_CLASS_GPU
	}
	if err := s.checkClass(number); err != nil {
		return nil, err
	}
	w, err := s.Keeper.Windows.Get(ctx, collections.Join(int32(number), req.Id))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "window %d of %s is not live", req.Id, number)
	}
	return &types.QueryWindowResponse{Window: w}, err
}

// DeviceWork implements types.QueryServer. A device that has proven nothing yet has an empty record.
func (s queryServer) DeviceWork(ctx context.Context, req *types.QueryDeviceWorkRequest) (*types.QueryDeviceWorkResponse, error) {
	device, err := class.KnownDevice(ctx, s.Keeper, req.DeviceId)
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

// Tally implements types.QueryServer.
func (s queryServer) Tally(ctx context.Context, req *types.QueryTallyRequest) (*types.QueryTallyResponse, error) {
	if err := s.checkClass(req.WorkClass); err != nil {
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
	if err := s.checkClass(req.WorkClass); err != nil {
		return nil, err
	}
	if err := class.CheckPage(req.Pagination); err != nil {
		return nil, err
	}
	tallies, page, err := query.CollectionPaginate(ctx, s.Keeper.Tallies, req.Pagination,
		func(_ collections.Pair[int32, uint64], t types.Tally) (types.Tally, error) { return t, nil },
		query.WithCollectionPaginationPairPrefix[int32, uint64](int32(req.WorkClass)))
	return &types.QueryTalliesResponse{Tallies: tallies, Pagination: page}, err
}

func (s queryServer) checkClass(c devicetypes.WorkClass) error {
	if _, err := s.rules.Of(c); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return nil
}
