//go:build e2e

package e2e

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/sidecar/chain"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// agree asks the same over REST and gRPC at one height and compares the whole answers.
func agree(t *testing.T, rest string, conn *grpc.ClientConn, device, disk string) {
	latest, err := cmtservice.NewServiceClient(conn).GetLatestBlock(t.Context(), &cmtservice.GetLatestBlockRequest{})
	require.NoError(t, err)
	height := strconv.FormatInt(latest.SdkBlock.Header.Height-1, 10)
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpctypes.GRPCBlockHeightHeader, height)
	beacon, devices := beacontypes.NewQueryClient(conn), devicetypes.NewQueryClient(conn)
	work, emissions := worktypes.NewQueryClient(conn), emissionstypes.NewQueryClient(conn)
	one, err := devices.Device(ctx, &devicetypes.QueryDeviceRequest{DeviceId: device})
	require.NoError(t, err)
	owner := one.Device.Device.Owner
	for path, ask := range map[string]func() (proto.Message, error){
		"/joule/beacon/v1/params":  func() (proto.Message, error) { return beacon.Params(ctx, &beacontypes.QueryParamsRequest{}) },
		"/joule/beacon/v1/epoch":   func() (proto.Message, error) { return beacon.Epoch(ctx, &beacontypes.QueryEpochRequest{}) },
		"/joule/beacon/v1/mixes/3": func() (proto.Message, error) { return beacon.Mix(ctx, &beacontypes.QueryMixRequest{Height: 3}) },
		"/joule/beacon/v1/mixes":   func() (proto.Message, error) { return beacon.Mixes(ctx, &beacontypes.QueryMixesRequest{}) },
		"/joule/beacon/v1/keys": func() (proto.Message, error) {
			return beacon.ValidatorKeys(ctx, &beacontypes.QueryValidatorKeysRequest{})
		},
		"/joule/device/v1/params":  func() (proto.Message, error) { return devices.Params(ctx, &devicetypes.QueryParamsRequest{}) },
		"/joule/device/v1/devices": func() (proto.Message, error) { return devices.Devices(ctx, &devicetypes.QueryDevicesRequest{}) },
		"/joule/device/v1/devices/" + device: func() (proto.Message, error) {
			return devices.Device(ctx, &devicetypes.QueryDeviceRequest{DeviceId: device})
		},
		"/joule/device/v1/owners/" + owner + "/devices": func() (proto.Message, error) {
			return devices.DevicesByOwner(ctx, &devicetypes.QueryDevicesByOwnerRequest{Owner: owner})
		},
		"/joule/work/v1/params":  func() (proto.Message, error) { return work.Params(ctx, &worktypes.QueryParamsRequest{}) },
		"/joule/work/v1/windows": func() (proto.Message, error) { return work.Windows(ctx, &worktypes.QueryWindowsRequest{}) },
		"/joule/work/v1/devices/" + device: func() (proto.Message, error) {
			return work.DeviceWork(ctx, &worktypes.QueryDeviceWorkRequest{DeviceId: device})
		},
		"/joule/work/v1/devices/" + disk: func() (proto.Message, error) {
			return work.DeviceWork(ctx, &worktypes.QueryDeviceWorkRequest{DeviceId: disk})
		},
		"/joule/work/v1/disk/schedule": func() (proto.Message, error) { return work.DiskSchedule(ctx, &worktypes.QueryDiskScheduleRequest{}) },
		"/joule/work/v1/disk/schedule?device_id=" + disk: func() (proto.Message, error) {
			return work.DiskSchedule(ctx, &worktypes.QueryDiskScheduleRequest{DeviceId: disk})
		},
		"/joule/work/v1/tallies/WORK_CLASS_DISK": func() (proto.Message, error) {
			return work.Tallies(ctx, &worktypes.QueryTalliesRequest{WorkClass: devicetypes.WORK_CLASS_DISK})
		},
		"/joule/work/v1/tallies/WORK_CLASS_GPU": func() (proto.Message, error) {
			return work.Tallies(ctx, &worktypes.QueryTalliesRequest{WorkClass: devicetypes.WORK_CLASS_GPU})
		},
		"/joule/emissions/v1/params":  func() (proto.Message, error) { return emissions.Params(ctx, &emissionstypes.QueryParamsRequest{}) },
		"/joule/emissions/v1/supply":  func() (proto.Message, error) { return emissions.Supply(ctx, &emissionstypes.QuerySupplyRequest{}) },
		"/joule/emissions/v1/epochs":  func() (proto.Message, error) { return emissions.Epochs(ctx, &emissionstypes.QueryEpochsRequest{}) },
		"/joule/emissions/v1/classes": func() (proto.Message, error) { return emissions.Classes(ctx, &emissionstypes.QueryClassesRequest{}) },
		"/joule/emissions/v1/rewards/" + owner: func() (proto.Message, error) {
			return emissions.Rewards(ctx, &emissionstypes.QueryRewardsRequest{Beneficiary: owner})
		},
		"/joule/emissions/v1/invariants": func() (proto.Message, error) {
			return emissions.Invariants(ctx, &emissionstypes.QueryInvariantsRequest{})
		},
		"/cosmos/bank/v1beta1/supply": func() (proto.Message, error) {
			return banktypes.NewQueryClient(conn).TotalSupply(ctx, &banktypes.QueryTotalSupplyRequest{})
		},
		"/cosmos/staking/v1beta1/params": func() (proto.Message, error) {
			return stakingtypes.NewQueryClient(conn).Params(ctx, &stakingtypes.QueryParamsRequest{})
		},
	} {
		t.Run(path, func(t *testing.T) {
			answer, err := ask()
			require.NoError(t, err)
			want, err := chain.Codec().MarshalJSON(answer)
			require.NoError(t, err)
			require.JSONEq(t, string(want), getAt(t, rest+path, height))
		})
	}
}

// getAt asks a node's REST gateway for a past height.
func getAt(t *testing.T, url, height string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set(grpctypes.GRPCBlockHeightHeader, height)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	return string(body)
}
