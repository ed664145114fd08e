package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/device/types"
)

// Bounds of a page request.
const (
	defaultPageSize = 100
	// maxPageOffset bounds the keys that a query skips; page.key goes on at any depth for nothing.
	maxPageOffset = 10_000
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
	page, err := checkPage(req.GetPagination())
	if err != nil {
		return nil, err
	}
	res := &types.QueryDevicesResponse{}
	if req.GetWorkClass() == types.WORK_CLASS_UNSPECIFIED {
		res.Devices, res.Pagination, err = query.CollectionPaginate(ctx, s.k.Devices, page,
			func(_ []byte, d types.Device) (types.DeviceView, error) { return view(d), nil })
		return res, err
	}
	if err := checkClass(req.WorkClass); err != nil {
		return nil, err
	}
	res.Devices, res.Pagination, err = query.CollectionPaginate(ctx, s.k.Devices.Indexes.Class.set, page,
		func(key classKey, _ collections.NoValue) (types.DeviceView, error) { return s.view(ctx, key.K2()) },
		prefixed(collections.PairPrefix[uint32, []byte](uint32(req.WorkClass))))
	return res, err
}

// DevicesByOwner implements types.QueryServer.
func (s queryServer) DevicesByOwner(ctx context.Context, req *types.QueryDevicesByOwnerRequest) (*types.QueryDevicesByOwnerResponse, error) {
	page, err := checkPage(req.GetPagination())
	if err != nil {
		return nil, err
	}
	owner, err := s.k.address("owner", req.GetOwner())
	if err != nil {
		return nil, err
	}
	prefix := collections.TriplePrefix[[]byte, uint32, []byte](owner)
	if req.WorkClass != types.WORK_CLASS_UNSPECIFIED {
		if err := checkClass(req.WorkClass); err != nil {
			return nil, err
		}
		prefix = collections.TripleSuperPrefix[[]byte, uint32, []byte](owner, uint32(req.WorkClass))
	}
	res := &types.QueryDevicesByOwnerResponse{}
	res.Devices, res.Pagination, err = query.CollectionPaginate(ctx, s.k.Devices.Indexes.Owner.set, page,
		func(key ownerKey, _ collections.NoValue) (types.DeviceView, error) { return s.view(ctx, key.K3()) }, prefixed(prefix))
	return res, err
}

// DevicesByBeneficiary implements types.QueryServer.
func (s queryServer) DevicesByBeneficiary(ctx context.Context, req *types.QueryDevicesByBeneficiaryRequest) (*types.QueryDevicesByBeneficiaryResponse, error) {
	page, err := checkPage(req.GetPagination())
	if err != nil {
		return nil, err
	}
	beneficiary, err := s.k.address("beneficiary", req.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	res := &types.QueryDevicesByBeneficiaryResponse{}
	res.Devices, res.Pagination, err = query.CollectionPaginate(ctx, s.k.Devices.Indexes.Beneficiary.set, page,
		func(key beneficiaryKey, _ collections.NoValue) (types.DeviceView, error) {
			return s.view(ctx, key.K2())
		},
		prefixed(collections.PairPrefix[[]byte, []byte](beneficiary)))
	return res, err
}

func (s queryServer) view(ctx context.Context, id []byte) (types.DeviceView, error) {
	d, err := s.k.GetDevice(ctx, id)
	return view(d), err
}

func view(d types.Device) types.DeviceView { return types.DeviceView{DeviceId: d.Text(), Device: d} }

func prefixed[K any](prefix K) func(*query.CollectionsPaginateOptions[K]) {
	return func(o *query.CollectionsPaginateOptions[K]) { o.Prefix = &prefix }
}

func checkClass(class types.WorkClass) error {
	if !class.Known() {
		return types.ErrInvalidPage.Wrapf("work_class %d is not 1 (gpu), 2 (disk) or 3 (radio)", int32(class))
	}
	return nil
}

// checkPage bounds a page request: the SDK's own pages count the whole registry when no limit is given.
func checkPage(page *query.PageRequest) (*query.PageRequest, error) {
	if page == nil {
		return &query.PageRequest{Limit: defaultPageSize}, nil
	}
	out := *page
	if out.Limit == 0 {
		out.Limit = defaultPageSize
	}
	switch {
	case out.Limit > MaxPageSize:
		return nil, types.ErrInvalidPage.Wrapf("pagination.limit is %d, at most %d", out.Limit, MaxPageSize)
	case out.Offset > maxPageOffset:
		return nil, types.ErrInvalidPage.Wrapf("pagination.offset is %d, at most %d: go on with pagination.key", out.Offset, maxPageOffset)
	case out.Offset > 0 && len(out.Key) > 0:
		return nil, types.ErrInvalidPage.Wrap("pagination has both key and offset, want one of them")
	case out.CountTotal:
		return nil, types.ErrInvalidPage.Wrap("pagination.count_total is not served: it would read every device")
	}
	return &out, nil
}
