package keeper

import (
	"context"

	"github.com/joulechain/joule/x/device/types"
)

var _ types.QueryServer = queryServer{}

type queryServer struct{ k *Keeper }

// NewQueryServer returns the module's query server.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// Params implements types.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Device implements types.QueryServer.
func (s queryServer) Device(ctx context.Context, req *types.QueryDeviceRequest) (*types.QueryDeviceResponse, error) {
	d, err := s.k.deviceByText(ctx, req.GetDeviceId())
	if err != nil {
		return nil, err
	}
	return &types.QueryDeviceResponse{Device: view(d)}, nil
}

// Devices implements types.QueryServer.
func (s queryServer) Devices(ctx context.Context, req *types.QueryDevicesRequest) (*types.QueryDevicesResponse, error) {
	keep, err := ofClass(req.GetWorkClass())
	if err != nil {
		return nil, err
	}
	res := &types.QueryDevicesResponse{}
	res.Devices, res.Pagination, err = page(ctx, req.GetPagination(), s.k.walkAll, keep)
	return res, err
}

// DevicesByOwner implements types.QueryServer.
func (s queryServer) DevicesByOwner(ctx context.Context, req *types.QueryDevicesByOwnerRequest) (*types.QueryDevicesByOwnerResponse, error) {
	owner, err := s.k.address("owner", req.GetOwner())
	if err != nil {
		return nil, err
	}
	class, err := ofClass(req.WorkClass)
	if err != nil {
		return nil, err
	}
	keep := func(d types.Device) bool { return d.Owner == req.Owner && class(d) }
	res := &types.QueryDevicesByOwnerResponse{}
	res.Devices, res.Pagination, err = page(ctx, req.GetPagination(), s.k.walkAccount(owner), keep)
	return res, err
}

// DevicesByBeneficiary implements types.QueryServer.
func (s queryServer) DevicesByBeneficiary(ctx context.Context, req *types.QueryDevicesByBeneficiaryRequest) (*types.QueryDevicesByBeneficiaryResponse, error) {
	beneficiary, err := s.k.address("beneficiary", req.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	keep := func(d types.Device) bool { return d.Beneficiary == req.Beneficiary }
	res := &types.QueryDevicesByBeneficiaryResponse{}
	res.Devices, res.Pagination, err = page(ctx, req.GetPagination(), s.k.walkAccount(beneficiary), keep)
	return res, err
}
