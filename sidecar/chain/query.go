package chain

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Denom is the base denomination.
const Denom = "ujoule"

// pageLimit is the queries' page size; the chain refuses more than 200.
const pageLimit = 200

// ask runs one query against the best node.
func ask[Resp any](ctx context.Context, c *Client, call func(context.Context, *grpc.ClientConn) (Resp, error)) (Resp, error) {
	var out Resp
	err := c.do(ctx, 0, func(ctx context.Context, conn *grpc.ClientConn) error {
		var err error
		out, err = call(ctx, conn)
		return err
	})
	return out, err
}

// Syncing tells whether the best node is still catching up.
func (c *Client) Syncing(ctx context.Context) (bool, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*cmtservice.GetSyncingResponse, error) {
		return cmtservice.NewServiceClient(conn).GetSyncing(ctx, &cmtservice.GetSyncingRequest{})
	})
	return err == nil && r.Syncing, err
}

// Windows returns the live windows, oldest first, and the height at which they hold.
func (c *Client) Windows(ctx context.Context) ([]worktypes.Window, int64, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryWindowsResponse, error) {
		return worktypes.NewQueryClient(conn).Windows(ctx, &worktypes.QueryWindowsRequest{})
	})
	if err != nil {
		return nil, 0, err
	}
	return r.Windows, r.Height, nil
}

// WorkParams returns x/work's parameters.
func (c *Client) WorkParams(ctx context.Context) (worktypes.Params, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryParamsResponse, error) {
		return worktypes.NewQueryClient(conn).Params(ctx, &worktypes.QueryParamsRequest{})
	})
	if err != nil {
		return worktypes.Params{}, err
	}
	return r.Params, nil
}

// DeviceWork returns a device's work record and what a claim would pay, in ujoule. A device without a record has an
// empty one.
func (c *Client) DeviceWork(ctx context.Context, device []byte) (worktypes.DeviceWork, math.Int, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryDeviceWorkResponse, error) {
		return worktypes.NewQueryClient(conn).DeviceWork(ctx, &worktypes.QueryDeviceWorkRequest{DeviceId: devicetypes.FormatDeviceID(device)})
	})
	if status.Code(err) == codes.NotFound {
		return worktypes.DeviceWork{DeviceId: device, Accrued: math.ZeroInt(), TotalUnits: math.ZeroInt(), TotalSettled: math.ZeroInt()}, math.ZeroInt(), nil
	}
	if err != nil {
		return worktypes.DeviceWork{}, math.Int{}, err
	}
	return r.Work, r.Claimable, nil
}

// DiskSchedule returns the epoch's disk windows and what a disk device has to do in this epoch and the next, and the
// height at which it holds.
func (c *Client) DiskSchedule(ctx context.Context, device []byte) (worktypes.QueryDiskScheduleResponse, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryDiskScheduleResponse, error) {
		return worktypes.NewQueryClient(conn).DiskSchedule(ctx, &worktypes.QueryDiskScheduleRequest{DeviceId: devicetypes.FormatDeviceID(device)})
	})
	if err != nil {
		return worktypes.QueryDiskScheduleResponse{}, err
	}
	return *r, nil
}

// Tally returns a class's sum of an epoch; false if there is none.
func (c *Client) Tally(ctx context.Context, class devicetypes.WorkClass, epoch uint64) (worktypes.Tally, bool, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryTallyResponse, error) {
		return worktypes.NewQueryClient(conn).Tally(ctx, &worktypes.QueryTallyRequest{WorkClass: class, Epoch: epoch})
	})
	if status.Code(err) == codes.NotFound {
		return worktypes.Tally{}, false, nil
	}
	if err != nil {
		return worktypes.Tally{}, false, err
	}
	return r.Tally, true, nil
}

// Device returns a registered device; ErrUnknownDevice if it is not.
func (c *Client) Device(ctx context.Context, id []byte) (devicetypes.Device, error) {
	text := devicetypes.FormatDeviceID(id)
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*devicetypes.QueryDeviceResponse, error) {
		return devicetypes.NewQueryClient(conn).Device(ctx, &devicetypes.QueryDeviceRequest{DeviceId: text})
	})
	if status.Code(err) == codes.NotFound {
		return devicetypes.Device{}, fmt.Errorf("%w: %s: run `joule-sidecar register`", ErrUnknownDevice, text)
	}
	if err != nil {
		return devicetypes.Device{}, err
	}
	return r.Device.Device, nil
}

// DeviceParams returns x/device's parameters.
func (c *Client) DeviceParams(ctx context.Context) (devicetypes.Params, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*devicetypes.QueryParamsResponse, error) {
		return devicetypes.NewQueryClient(conn).Params(ctx, &devicetypes.QueryParamsRequest{})
	})
	if err != nil {
		return devicetypes.Params{}, err
	}
	return r.Params, nil
}

// Epoch returns the current epoch.
func (c *Client) Epoch(ctx context.Context) (beacontypes.Epoch, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*beacontypes.QueryEpochResponse, error) {
		return beacontypes.NewQueryClient(conn).Epoch(ctx, &beacontypes.QueryEpochRequest{})
	})
	if err != nil {
		return beacontypes.Epoch{}, err
	}
	return r.Epoch, nil
}

// Rewards returns what a claim would pay for each of a beneficiary's devices, all pages.
func (c *Client) Rewards(ctx context.Context, beneficiary string) ([]emissionstypes.DeviceReward, error) {
	var out []emissionstypes.DeviceReward
	var next []byte
	for {
		r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*emissionstypes.QueryRewardsResponse, error) {
			return emissionstypes.NewQueryClient(conn).Rewards(ctx, &emissionstypes.QueryRewardsRequest{
				Beneficiary: beneficiary, Pagination: &query.PageRequest{Key: next, Limit: pageLimit},
			})
		})
		if err != nil {
			return nil, err
		}
		out = append(out, r.Rewards...)
		if r.Pagination == nil || len(r.Pagination.NextKey) == 0 {
			return out, nil
		}
		next = r.Pagination.NextKey
	}
}

// EmissionsParams returns x/emissions' parameters.
func (c *Client) EmissionsParams(ctx context.Context) (emissionstypes.Params, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*emissionstypes.QueryParamsResponse, error) {
		return emissionstypes.NewQueryClient(conn).Params(ctx, &emissionstypes.QueryParamsRequest{})
	})
	if err != nil {
		return emissionstypes.Params{}, err
	}
	return r.Params, nil
}

// AccountInfo is what signing needs.
type AccountInfo struct{ Number, Sequence uint64 }

// Account returns an account's number and sequence; ErrNoAccount if it has never received anything.
func (c *Client) Account(ctx context.Context, address string) (AccountInfo, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*authtypes.QueryAccountInfoResponse, error) {
		return authtypes.NewQueryClient(conn).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: address})
	})
	if status.Code(err) == codes.NotFound {
		return AccountInfo{}, fmt.Errorf("%w: %s: send it 1 ujoule to bring it into being", ErrNoAccount, address)
	}
	if err != nil {
		return AccountInfo{}, err
	}
	return AccountInfo{Number: r.Info.AccountNumber, Sequence: r.Info.Sequence}, nil
}

// Balance returns an account's spendable ujoule.
func (c *Client) Balance(ctx context.Context, address string) (math.Int, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*banktypes.QueryBalanceResponse, error) {
		return banktypes.NewQueryClient(conn).Balance(ctx, &banktypes.QueryBalanceRequest{Address: address, Denom: Denom})
	})
	if err != nil {
		return math.Int{}, err
	}
	return r.Balance.Amount, nil
}
