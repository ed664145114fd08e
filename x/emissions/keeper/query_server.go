package keeper

import (
	"context"
	gomath "math"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

type queryServer struct{ k *Keeper }

// NewQueryServerImpl returns the module's query service.
func NewQueryServerImpl(k *Keeper) types.QueryServer { return queryServer{k} }

func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := q.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

func (q queryServer) Supply(ctx context.Context, _ *types.QuerySupplyRequest) (*types.QuerySupplyResponse, error) {
	return q.k.SupplyAccount(ctx)
}

func (q queryServer) Classes(ctx context.Context, _ *types.QueryClassesRequest) (*types.QueryClassesResponse, error) {
	states, err := q.k.classStates(ctx)
	return &types.QueryClassesResponse{Classes: states}, err
}

// Epoch returns an epoch's account; epoch 0 is the newest frozen one.
func (q queryServer) Epoch(ctx context.Context, req *types.QueryEpochRequest) (*types.QueryEpochResponse, error) {
	if req.Epoch == 0 {
		return q.newestFrozen(ctx)
	}
	e, found, err := q.k.epochAccount(ctx, req.Epoch)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, types.ErrUnknownEpoch.Wrapf("epoch %d has not started", req.Epoch)
	}
	return &types.QueryEpochResponse{Epoch: e}, nil
}

func (q queryServer) newestFrozen(ctx context.Context) (*types.QueryEpochResponse, error) {
	var res *types.QueryEpochResponse
	err := q.k.Epochs.Walk(ctx, new(collections.Range[uint64]).Descending(), func(_ uint64, e types.EpochEmission) (bool, error) {
		if e.Frozen {
			res = &types.QueryEpochResponse{Epoch: e}
		}
		return e.Frozen, nil
	})
	if err == nil && res == nil {
		err = types.ErrUnknownEpoch.Wrap("no epoch is frozen yet")
	}
	return res, err
}

// Epochs pages over the accounts by epoch; the page key is the next epoch as 8 bytes big-endian.
func (q queryServer) Epochs(ctx context.Context, req *types.QueryEpochsRequest) (*types.QueryEpochsResponse, error) {
	page, err := readPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	rng := new(collections.Range[uint64])
	if len(page.key) > 0 && len(page.key) != 8 {
		return nil, types.ErrQueryLimit.Wrapf("pagination.key has %d bytes, it must be the next_key of the page before", len(page.key))
	}
	if page.reverse {
		rng = rng.Descending()
		if len(page.key) > 0 {
			rng = rng.EndInclusive(sdk.BigEndianToUint64(page.key))
		}
	} else if len(page.key) > 0 {
		rng = rng.StartInclusive(sdk.BigEndianToUint64(page.key))
	}
	res := &types.QueryEpochsResponse{Pagination: &query.PageResponse{}}
	err = q.k.Epochs.Walk(ctx, rng, func(epoch uint64, e types.EpochEmission) (bool, error) {
		if len(res.Epochs) == page.limit {
			res.Pagination.NextKey = sdk.Uint64ToBigEndian(epoch)
			return true, nil
		}
		res.Epochs = append(res.Epochs, e)
		return false, nil
	})
	return res, err
}

// Rewards pages over a beneficiary's devices; the page key is the last device id of the page before (20 bytes).
func (q queryServer) Rewards(ctx context.Context, req *types.QueryRewardsRequest) (*types.QueryRewardsResponse, error) {
	addr, err := q.k.addresses.StringToBytes(req.Beneficiary)
	if err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("beneficiary %q: %s", req.Beneficiary, err)
	}
	page, err := readPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	if page.reverse {
		return nil, types.ErrQueryLimit.Wrap("pagination.reverse is not served for rewards")
	}
	after := ""
	if len(page.key) > 0 {
		after = devicetypes.FormatDeviceID(page.key)
	}
	ids, next, err := q.k.devicePage(ctx, addr, after, page.limit)
	if err != nil {
		return nil, err
	}
	res := &types.QueryRewardsResponse{PageTotal: math.ZeroInt(), Pagination: &query.PageResponse{}}
	for _, id := range ids {
		claimable, settled, err := q.k.work.Claimable(ctx, id)
		if err != nil {
			return nil, err
		}
		res.PageTotal = res.PageTotal.Add(claimable)
		res.Rewards = append(res.Rewards, types.DeviceReward{
			DeviceId: devicetypes.FormatDeviceID(id), Claimable: claimable, TotalSettled: settled,
		})
	}
	if next != "" {
		res.Pagination.NextKey = ids[len(ids)-1]
	}
	return res, nil
}

// Invariants recomputes the accounting over the whole state; a node that bounds query gas refuses.
func (q queryServer) Invariants(ctx context.Context, _ *types.QueryInvariantsRequest) (*types.QueryInvariantsResponse, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if limit := sdkCtx.GasMeter().Limit(); limit > 0 && limit < gomath.MaxUint64 {
		return nil, types.ErrQueryRefused.Wrap("it visits every device, and this node bounds query gas: ask one with query-gas-limit = 0")
	}
	broken, err := q.k.CheckInvariants(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryInvariantsResponse{Holds: len(broken) == 0, Broken: broken, Height: sdkCtx.BlockHeight()}, nil
}

type page struct {
	key     []byte
	limit   int
	reverse bool
}

// readPage bounds a page: by key only, 100 entries unless told, at most types.MaxPageSize.
func readPage(p *query.PageRequest) (page, error) {
	if p == nil {
		return page{limit: query.DefaultLimit}, nil
	}
	if p.Limit > types.MaxPageSize {
		return page{}, types.ErrQueryLimit.Wrapf("pagination.limit is %d, at most %d", p.Limit, types.MaxPageSize)
	}
	if p.Offset > 0 || p.CountTotal {
		return page{}, types.ErrQueryLimit.Wrap("pagination.offset and count_total are not served: follow next_key")
	}
	limit := int(p.Limit)
	if limit == 0 {
		limit = query.DefaultLimit
	}
	return page{key: p.Key, limit: limit, reverse: p.Reverse}, nil
}
