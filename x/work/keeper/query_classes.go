package keeper

import (
	"context"

	"github.com/joulechain/joule/x/work/types"
)

// The queries that only one class has are answered by that class.

// DiskSchedule implements types.QueryServer.
func (s queryServer) DiskSchedule(ctx context.Context, req *types.QueryDiskScheduleRequest) (*types.QueryDiskScheduleResponse, error) {
	return s.Keeper.Disk.Queries().Schedule(ctx, req)
}

// Radio implements types.QueryServer.
func (s queryServer) Radio(ctx context.Context, req *types.QueryRadioRequest) (*types.QueryRadioResponse, error) {
	return s.Keeper.Radio.Queries().Radio(ctx, req)
}

// RadioByNumber implements types.QueryServer.
func (s queryServer) RadioByNumber(ctx context.Context, req *types.QueryRadioByNumberRequest) (*types.QueryRadioResponse, error) {
	return s.Keeper.Radio.Queries().ByNumber(ctx, req)
}

// Radios implements types.QueryServer.
func (s queryServer) Radios(ctx context.Context, req *types.QueryRadiosRequest) (*types.QueryRadiosResponse, error) {
	return s.Keeper.Radio.Queries().List(ctx, req)
}

// RadioBeacon implements types.QueryServer.
func (s queryServer) RadioBeacon(ctx context.Context, req *types.QueryRadioBeaconRequest) (*types.QueryRadioBeaconResponse, error) {
	return s.Keeper.Radio.Queries().Beacon(ctx, req)
}

// RadioBeaconByPayload implements types.QueryServer.
func (s queryServer) RadioBeaconByPayload(ctx context.Context, req *types.QueryRadioBeaconByPayloadRequest) (*types.QueryRadioBeaconResponse, error) {
	return s.Keeper.Radio.Queries().BeaconByPayload(ctx, req)
}

// RadioVerdicts implements types.QueryServer.
func (s queryServer) RadioVerdicts(ctx context.Context, req *types.QueryRadioVerdictsRequest) (*types.QueryRadioVerdictsResponse, error) {
	return s.Keeper.Radio.Queries().Verdicts(ctx, req)
}

// RadioCell implements types.QueryServer.
func (s queryServer) RadioCell(ctx context.Context, req *types.QueryRadioCellRequest) (*types.QueryRadioCellResponse, error) {
	return s.Keeper.Radio.Queries().Cell(ctx, req)
}

// DeniedRadios implements types.QueryServer.
func (s queryServer) DeniedRadios(ctx context.Context, req *types.QueryDeniedRadiosRequest) (*types.QueryDeniedRadiosResponse, error) {
	return s.Keeper.Radio.Queries().ListDenied(ctx, req)
}

// DeniedRadioEdges implements types.QueryServer.
func (s queryServer) DeniedRadioEdges(ctx context.Context, req *types.QueryDeniedRadioEdgesRequest) (*types.QueryDeniedRadioEdgesResponse, error) {
	return s.Keeper.Radio.Queries().ListDeniedEdges(ctx, req)
}
