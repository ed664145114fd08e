package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/beacon/types"
)

// maxPage bounds a page of any of the module's queries; a page without a limit has the SDK's default of 100.
const maxPage = 1_000

type queryServer struct{ k *Keeper }

var _ types.QueryServer = queryServer{}

// NewQueryServerImpl returns the Query server.
func NewQueryServerImpl(k *Keeper) types.QueryServer { return queryServer{k} }

var errEmptyRequest = status.Error(codes.InvalidArgument, "empty request")

func internal(err error) error { return status.Error(codes.Internal, err.Error()) }

// page copies a request's page and bounds it.
func page(in *query.PageRequest) (*query.PageRequest, error) {
	out := query.PageRequest{}
	if in != nil {
		out = *in
	}
	if out.Limit > maxPage {
		return nil, status.Errorf(codes.InvalidArgument, "pagination.limit is %d; want at most %d", out.Limit, maxPage)
	}
	return &out, nil
}

// Params implements types.QueryServer.
func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := q.k.params.Get(ctx)
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Epoch implements types.QueryServer.
func (q queryServer) Epoch(ctx context.Context, _ *types.QueryEpochRequest) (*types.QueryEpochResponse, error) {
	epoch, err := q.k.epoch.Get(ctx)
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryEpochResponse{Epoch: epoch}, nil
}

// Mix implements types.QueryServer.
func (q queryServer) Mix(ctx context.Context, req *types.QueryMixRequest) (*types.QueryMixResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	last, err := q.k.LastMix(ctx)
	if err != nil {
		return nil, internal(err)
	}
	if req.Height == 0 || req.Height == last.Height {
		return &types.QueryMixResponse{Mix: last}, nil
	}
	mix, err := q.k.mixes.Get(ctx, req.Height)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Errorf(codes.NotFound, "no mix of height %d; the newest is %d and mix_history_blocks are kept", req.Height, last.Height)
	}
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryMixResponse{Mix: mix}, nil
}

// Mixes implements types.QueryServer.
func (q queryServer) Mixes(ctx context.Context, req *types.QueryMixesRequest) (*types.QueryMixesResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	p, err := page(req.Pagination)
	if err != nil {
		return nil, err
	}
	p.Reverse = !p.Reverse // newest first, unless asked the other way
	mixes, res, err := query.CollectionPaginate(ctx, q.k.mixes, p,
		func(_ int64, m types.Mix) (types.Mix, error) { return m, nil })
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryMixesResponse{Mixes: mixes, Pagination: res}, nil
}

// ValidatorKey implements types.QueryServer.
func (q queryServer) ValidatorKey(ctx context.Context, req *types.QueryValidatorKeyRequest) (*types.QueryValidatorKeyResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	operator, err := q.k.operators.StringToBytes(req.OperatorAddress)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "operator_address: %s", err)
	}
	key, found, err := q.k.ValidatorKey(ctx, operator, sdk.UnwrapSDKContext(ctx).BlockHeight())
	if err != nil {
		return nil, internal(err)
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "operator %s has no beacon key", req.OperatorAddress)
	}
	misses, err := q.k.Misses(ctx, operator)
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryValidatorKeyResponse{Key: key, Misses: misses}, nil
}

// ValidatorKeys implements types.QueryServer.
func (q queryServer) ValidatorKeys(ctx context.Context, req *types.QueryValidatorKeysRequest) (*types.QueryValidatorKeysResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	p, err := page(req.Pagination)
	if err != nil {
		return nil, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	keys, res, err := query.CollectionPaginate(ctx, q.k.keys, p,
		func(_ []byte, key types.ValidatorKey) (types.ValidatorKey, error) { return key.Promote(height), nil })
	if err != nil {
		return nil, internal(err)
	}
	return &types.QueryValidatorKeysResponse{Keys: keys, Pagination: res}, nil
}
