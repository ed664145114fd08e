package nodes

import (
	"context"

	"cosmossdk.io/math"
	"google.golang.org/grpc"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Epoch is the current epoch.
func (c *Client) Epoch(ctx context.Context) (beacontypes.Epoch, error) {
	r, err := ask(ctx, c, 0, func(ctx context.Context, conn *grpc.ClientConn) (*beacontypes.QueryEpochResponse, error) {
		return beacontypes.NewQueryClient(conn).Epoch(ctx, &beacontypes.QueryEpochRequest{})
	})
	if err != nil {
		return beacontypes.Epoch{}, err
	}
	return r.Epoch, nil
}

// Mix is the newest mix.
func (c *Client) Mix(ctx context.Context) (beacontypes.Mix, error) {
	r, err := ask(ctx, c, 0, func(ctx context.Context, conn *grpc.ClientConn) (*beacontypes.QueryMixResponse, error) {
		return beacontypes.NewQueryClient(conn).Mix(ctx, &beacontypes.QueryMixRequest{})
	})
	if err != nil {
		return beacontypes.Mix{}, err
	}
	return r.Mix, nil
}

// Windows are the live windows at a height.
func (c *Client) Windows(ctx context.Context, height int64) ([]worktypes.Window, error) {
	r, err := ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryWindowsResponse, error) {
		return worktypes.NewQueryClient(conn).Windows(ctx, &worktypes.QueryWindowsRequest{})
	})
	if err != nil {
		return nil, err
	}
	return r.Windows, nil
}

// WorkParams are x/work's parameters.
func (c *Client) WorkParams(ctx context.Context) (worktypes.Params, error) {
	r, err := ask(ctx, c, 0, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryParamsResponse, error) {
		return worktypes.NewQueryClient(conn).Params(ctx, &worktypes.QueryParamsRequest{})
	})
	if err != nil {
		return worktypes.Params{}, err
	}
	return r.Params, nil
}

// DiskSchedule is a disk device's part in the epoch of a height.
func (c *Client) DiskSchedule(ctx context.Context, id string, height int64) (*worktypes.QueryDiskScheduleResponse, error) {
	return ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryDiskScheduleResponse, error) {
		return worktypes.NewQueryClient(conn).DiskSchedule(ctx, &worktypes.QueryDiskScheduleRequest{DeviceId: id})
	})
}

// RadioBeacon is the record of a radio's beacon at a height; IsNotFound if it was not opened.
func (c *Client) RadioBeacon(ctx context.Context, epoch uint64, number uint32, height int64) (*worktypes.QueryRadioBeaconResponse, error) {
	return ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryRadioBeaconResponse, error) {
		return worktypes.NewQueryClient(conn).RadioBeacon(ctx, &worktypes.QueryRadioBeaconRequest{Epoch: epoch, Number: number})
	})
}

// Work is a device's record at a height.
type Work struct {
	worktypes.DeviceWork
	// Claimable is what a claim would pay, in ujoule.
	Claimable math.Int
}

// Claimed is what claims have paid, in ujoule.
func (w Work) Claimed() math.Int { return w.TotalSettled.Sub(w.Accrued) }

// Credited is all that the chain owes or has paid, in ujoule.
func (w Work) Credited() math.Int { return w.Claimed().Add(w.Claimable) }

// DeviceWork is a device's record at a height; IsNotFound before its registration.
func (c *Client) DeviceWork(ctx context.Context, id string, height int64) (Work, error) {
	r, err := ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*worktypes.QueryDeviceWorkResponse, error) {
		return worktypes.NewQueryClient(conn).DeviceWork(ctx, &worktypes.QueryDeviceWorkRequest{DeviceId: id})
	})
	if err != nil {
		return Work{}, err
	}
	w := Work{DeviceWork: r.Work, Claimable: zero(r.Claimable)}
	w.Accrued, w.TotalSettled, w.TotalUnits = zero(w.Accrued), zero(w.TotalSettled), zero(w.TotalUnits)
	return w, nil
}

// zero reads an amount that a new record lacks as 0.
func zero(v math.Int) math.Int {
	if v.IsNil() {
		return math.ZeroInt()
	}
	return v
}

// Emission is an epoch's account at a height; IsNotFound before it began.
func (c *Client) Emission(ctx context.Context, epoch uint64, height int64) (emissionstypes.EpochEmission, error) {
	r, err := ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*emissionstypes.QueryEpochResponse, error) {
		return emissionstypes.NewQueryClient(conn).Epoch(ctx, &emissionstypes.QueryEpochRequest{Epoch: epoch})
	})
	if err != nil {
		return emissionstypes.EpochEmission{}, err
	}
	return r.Epoch, nil
}

// Invariants has the best node recompute the accounting.
func (c *Client) Invariants(ctx context.Context) (*emissionstypes.QueryInvariantsResponse, error) {
	return ask(ctx, c, 0, invariants)
}

// InvariantsOf has one node recompute the accounting at a height.
func (c *Client) InvariantsOf(ctx context.Context, node int, height int64) (*emissionstypes.QueryInvariantsResponse, error) {
	return askNode(ctx, c, node, height, invariants)
}

func invariants(ctx context.Context, conn *grpc.ClientConn) (*emissionstypes.QueryInvariantsResponse, error) {
	return emissionstypes.NewQueryClient(conn).Invariants(ctx, &emissionstypes.QueryInvariantsRequest{})
}

// Attestation is a device's hardware evidence at a height.
func (c *Client) Attestation(ctx context.Context, id string, height int64) (*devicetypes.QueryAttestationResponse, error) {
	return ask(ctx, c, height, func(ctx context.Context, conn *grpc.ClientConn) (*devicetypes.QueryAttestationResponse, error) {
		return devicetypes.NewQueryClient(conn).Attestation(ctx, &devicetypes.QueryAttestationRequest{DeviceId: id})
	})
}
