package chaintest

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	sdk "github.com/cosmos/cosmos-sdk/types"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/sidecar/chain"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Node serves a chain on a loopback socket.
type Node struct {
	// Address is host:port.
	Address string
	server  *grpc.Server
	chain   *Chain
}

// Serve starts a node; it ends with the test.
func (c *Chain) Serve(t testing.TB) *Node {
	t.Helper()
	n := &Node{chain: c, Address: "127.0.0.1:0"}
	n.Start(t)
	t.Cleanup(n.Stop)
	return n
}

// Stop ends the node abruptly.
func (n *Node) Stop() { n.server.Stop() }

// Start starts it, on the same address if it ran before.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	ln, err := net.Listen("tcp", n.Address)
	require.NoError(t, err)
	n.Address = ln.Addr().String()
	n.server = grpc.NewServer(grpc.ForceServerCodec(chain.Codec().GRPCCodec()), grpc.UnaryInterceptor(n.nameHeight))
	cmtservice.RegisterServiceServer(n.server, &blocks{chain: n.chain})
	authtypes.RegisterQueryServer(n.server, &auth{chain: n.chain})
	banktypes.RegisterQueryServer(n.server, &bank{chain: n.chain})
	sdktx.RegisterServiceServer(n.server, &txs{chain: n.chain})
	worktypes.RegisterQueryServer(n.server, &work{chain: n.chain})
	devicetypes.RegisterQueryServer(n.server, &devices{chain: n.chain})
	beacontypes.RegisterQueryServer(n.server, &beacon{chain: n.chain})
	emissionstypes.RegisterQueryServer(n.server, &emissions{chain: n.chain})
	server := n.server
	go func() { _ = server.Serve(ln) }()
}

// nameHeight puts the height of the answer into the header, as real nodes do.
func (n *Node) nameHeight(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	height := strconv.FormatInt(n.chain.Height(), 10)
	if err := grpc.SetHeader(ctx, metadata.Pairs(grpctypes.GRPCBlockHeightHeader, height)); err != nil {
		return nil, err
	}
	return handle(ctx, req)
}

type blocks struct {
	cmtservice.UnimplementedServiceServer
	chain *Chain
}

func (s *blocks) GetLatestBlock(context.Context, *cmtservice.GetLatestBlockRequest) (*cmtservice.GetLatestBlockResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	s.chain.asked++
	header := cmtservice.Header{ChainID: s.chain.ID, Height: s.chain.height, Time: s.chain.time}
	if s.chain.shows != nil {
		s.chain.shows(&header)
	}
	return &cmtservice.GetLatestBlockResponse{SdkBlock: &cmtservice.Block{Header: header}}, nil
}

func (s *blocks) GetSyncing(context.Context, *cmtservice.GetSyncingRequest) (*cmtservice.GetSyncingResponse, error) {
	return &cmtservice.GetSyncingResponse{}, nil
}

type auth struct {
	authtypes.UnimplementedQueryServer
	chain *Chain
}

func (s *auth) AccountInfo(_ context.Context, r *authtypes.QueryAccountInfoRequest) (*authtypes.QueryAccountInfoResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	number, ok := s.chain.accounts[r.Address]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "account %s not found", r.Address)
	}
	return &authtypes.QueryAccountInfoResponse{Info: &authtypes.BaseAccount{Address: r.Address, AccountNumber: number, Sequence: s.chain.sequence[r.Address]}}, nil
}

type bank struct {
	banktypes.UnimplementedQueryServer
	chain *Chain
}

func (s *bank) Balance(context.Context, *banktypes.QueryBalanceRequest) (*banktypes.QueryBalanceResponse, error) {
	c := sdk.NewInt64Coin("ujoule", 1_000_000)
	return &banktypes.QueryBalanceResponse{Balance: &c}, nil
}

type txs struct {
	sdktx.UnimplementedServiceServer
	chain *Chain
}

func (s *txs) BroadcastTx(_ context.Context, r *sdktx.BroadcastTxRequest) (*sdktx.BroadcastTxResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	resp := &sdk.TxResponse{TxHash: chain.HashOf(r.TxBytes)}
	err := s.chain.check(r.TxBytes)
	if refused, ok := err.(*refusal); ok {
		resp.Code, resp.Codespace, resp.RawLog = refused.code, refused.space, refused.log
	} else if err != nil {
		resp.Codespace, resp.Code, resp.RawLog = errorsmod.ABCIInfo(err, true)
	} else {
		s.chain.mempool = append(s.chain.mempool, r.TxBytes)
		s.chain.sent++
	}
	return &sdktx.BroadcastTxResponse{TxResponse: resp}, nil
}

func (s *txs) GetTx(_ context.Context, r *sdktx.GetTxRequest) (*sdktx.GetTxResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	resp, ok := s.chain.txs[r.Hash]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "tx not found: %s", r.Hash)
	}
	return &sdktx.GetTxResponse{TxResponse: resp}, nil
}

func (s *txs) Simulate(_ context.Context, r *sdktx.SimulateRequest) (*sdktx.SimulateResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	if err := s.chain.check(r.TxBytes); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &sdktx.SimulateResponse{GasInfo: &sdk.GasInfo{GasUsed: 100_000}}, nil
}

type work struct {
	worktypes.UnimplementedQueryServer
	chain *Chain
}

func (s *work) Params(context.Context, *worktypes.QueryParamsRequest) (*worktypes.QueryParamsResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	return &worktypes.QueryParamsResponse{Params: s.chain.params}, nil
}

func (s *work) Windows(context.Context, *worktypes.QueryWindowsRequest) (*worktypes.QueryWindowsResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	r := &worktypes.QueryWindowsResponse{Height: s.chain.height}
	for _, id := range slices.Sorted(maps.Keys(s.chain.windows)) {
		r.Windows = append(r.Windows, *s.chain.windows[id])
	}
	return r, nil
}

func (s *work) DeviceWork(_ context.Context, r *worktypes.QueryDeviceWorkRequest) (*worktypes.QueryDeviceWorkResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	id, err := devicetypes.ParseDeviceID(r.DeviceId)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if s.chain.work[string(id)] == nil {
		return nil, status.Error(codes.NotFound, "no work")
	}
	rec := *s.chain.record(id)
	rec.Pending, rec.Claims, rec.Units = slices.Clone(rec.Pending), slices.Clone(rec.Claims), slices.Clone(rec.Units)
	return &worktypes.QueryDeviceWorkResponse{Work: rec, Claimable: math.NewInt(77)}, nil
}

func (s *work) Tally(_ context.Context, r *worktypes.QueryTallyRequest) (*worktypes.QueryTallyResponse, error) {
	return &worktypes.QueryTallyResponse{Tally: worktypes.Tally{
		WorkClass: r.WorkClass, Epoch: r.Epoch, Units: math.NewInt(1000), Evidence: 1, Frozen: true, Pool: math.NewInt(5000),
		SettledUnits: math.ZeroInt(), Paid: math.ZeroInt(),
	}}, nil
}

type devices struct {
	devicetypes.UnimplementedQueryServer
	chain *Chain
}

func (s *devices) Params(context.Context, *devicetypes.QueryParamsRequest) (*devicetypes.QueryParamsResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	return &devicetypes.QueryParamsResponse{Params: s.chain.devParams}, nil
}

func (s *devices) Device(_ context.Context, r *devicetypes.QueryDeviceRequest) (*devicetypes.QueryDeviceResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	id, err := devicetypes.ParseDeviceID(r.DeviceId)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	d := s.chain.devices[string(id)]
	if d == nil {
		return nil, status.Error(codes.NotFound, "device not found")
	}
	return &devicetypes.QueryDeviceResponse{Device: devicetypes.DeviceView{DeviceId: r.DeviceId, Device: *d}}, nil
}

type beacon struct {
	beacontypes.UnimplementedQueryServer
	chain *Chain
}

func (s *beacon) Epoch(context.Context, *beacontypes.QueryEpochRequest) (*beacontypes.QueryEpochResponse, error) {
	epoch := s.chain.Epoch()
	return &beacontypes.QueryEpochResponse{Epoch: beacontypes.Epoch{Number: epoch, StartHeight: int64(epoch-1) * EpochBlocks, Blocks: EpochBlocks}}, nil
}

type emissions struct {
	emissionstypes.UnimplementedQueryServer
	chain *Chain
}

func (s *emissions) Rewards(_ context.Context, r *emissionstypes.QueryRewardsRequest) (*emissionstypes.QueryRewardsResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	out := &emissionstypes.QueryRewardsResponse{PageTotal: math.ZeroInt()}
	for _, d := range s.chain.devices {
		if d.Beneficiary == r.Beneficiary {
			out.Rewards = append(out.Rewards, emissionstypes.DeviceReward{
				DeviceId: devicetypes.FormatDeviceID(d.Id), Claimable: math.NewInt(77), TotalSettled: math.NewInt(100),
			})
			out.PageTotal = out.PageTotal.AddRaw(77)
		}
	}
	return out, nil
}

// Show makes nodes show another newest block than the chain's; nil: the truth.
func (c *Chain) Show(f func(*cmtservice.Header)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shows = f
}

// Asked is how often the newest block was asked for since the last call; a running sidecar asks all the time.
func (c *Chain) Asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.asked
	c.asked = 0
	return n
}

func (s *emissions) Params(context.Context, *emissionstypes.QueryParamsRequest) (*emissionstypes.QueryParamsResponse, error) {
	return &emissionstypes.QueryParamsResponse{Params: emissionstypes.DefaultParams()}, nil
}
