//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// rows are the questions of all modules, about what is there and a few about what is not.
func rows(ctx context.Context, t *testing.T, conn *grpc.ClientConn, device, disk string, seen *worktypes.QueryRadioBeaconResponse) []row {
	t.Helper()
	all := append(beaconRows(ctx, t, conn), deviceRows(ctx, t, conn, device)...)
	all = append(all, workRows(ctx, conn, device, disk)...)
	all = append(all, radioRows(ctx, t, conn, seen)...)
	return append(all, emissionsRows(ctx, t, conn, device)...)
}

func beaconRows(ctx context.Context, t *testing.T, conn *grpc.ClientConn) []row {
	t.Helper()
	q := beacontypes.NewQueryClient(conn)
	keys, err := q.ValidatorKeys(ctx, &beacontypes.QueryValidatorKeysRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, keys.Keys)
	operator := keys.Keys[0].OperatorAddress
	return []row{
		on(ctx, "/joule/beacon/v1/params", q.Params, &beacontypes.QueryParamsRequest{}),
		on(ctx, "/joule/beacon/v1/epoch", q.Epoch, &beacontypes.QueryEpochRequest{}),
		on(ctx, "/joule/beacon/v1/mixes/3", q.Mix, &beacontypes.QueryMixRequest{Height: 3}),
		on(ctx, "/joule/beacon/v1/mixes/999999999", q.Mix, &beacontypes.QueryMixRequest{Height: 999_999_999}).refuses(),
		on(ctx, "/joule/beacon/v1/mixes", q.Mixes, &beacontypes.QueryMixesRequest{}),
		on(ctx, "/joule/beacon/v1/keys", q.ValidatorKeys, &beacontypes.QueryValidatorKeysRequest{}),
		on(ctx, "/joule/beacon/v1/keys/"+operator, q.ValidatorKey, &beacontypes.QueryValidatorKeyRequest{OperatorAddress: operator}),
		on(ctx, "/joule/beacon/v1/keys/nobody", q.ValidatorKey, &beacontypes.QueryValidatorKeyRequest{OperatorAddress: "nobody"}).refuses(),
	}
}

// ownerOf is the account behind a device; on a devnet it is the beneficiary too.
func ownerOf(ctx context.Context, t *testing.T, conn *grpc.ClientConn, device string) string {
	t.Helper()
	one, err := devicetypes.NewQueryClient(conn).Device(ctx, &devicetypes.QueryDeviceRequest{DeviceId: device})
	require.NoError(t, err)
	return one.Device.Device.Owner
}

func deviceRows(ctx context.Context, t *testing.T, conn *grpc.ClientConn, device string) []row {
	t.Helper()
	q, owner, chip := devicetypes.NewQueryClient(conn), ownerOf(ctx, t, conn, device), strings.Repeat("ab", 32)
	return []row{
		on(ctx, "/joule/device/v1/params", q.Params, &devicetypes.QueryParamsRequest{}),
		on(ctx, "/joule/device/v1/devices", q.Devices, &devicetypes.QueryDevicesRequest{}),
		on(ctx, "/joule/device/v1/devices/"+device, q.Device, &devicetypes.QueryDeviceRequest{DeviceId: device}),
		on(ctx, "/joule/device/v1/devices/jouledev1nobody", q.Device, &devicetypes.QueryDeviceRequest{DeviceId: "jouledev1nobody"}).refuses(),
		on(ctx, "/joule/device/v1/owners/"+owner+"/devices", q.DevicesByOwner, &devicetypes.QueryDevicesByOwnerRequest{Owner: owner}),
		on(ctx, "/joule/device/v1/beneficiaries/"+owner+"/devices", q.DevicesByBeneficiary, &devicetypes.QueryDevicesByBeneficiaryRequest{Beneficiary: owner}),
		on(ctx, "/joule/device/v1/devices/"+device+"/attestation", q.Attestation, &devicetypes.QueryAttestationRequest{DeviceId: device}).refuses(),
		on(ctx, "/joule/device/v1/devices/"+device+"/attest-nonce?kind=EVIDENCE_KIND_NVIDIA", q.AttestNonce,
			&devicetypes.QueryAttestNonceRequest{DeviceId: device, Kind: devicetypes.EVIDENCE_KIND_NVIDIA}),
		on(ctx, "/joule/device/v1/devices/"+device+"/attest-nonce?kind=EVIDENCE_KIND_TPM", q.AttestNonce,
			&devicetypes.QueryAttestNonceRequest{DeviceId: device, Kind: devicetypes.EVIDENCE_KIND_TPM}).refuses(), // its key is none of a TPM's
		on(ctx, "/joule/device/v1/chips/"+chip, q.DeviceByChip, &devicetypes.QueryDeviceByChipRequest{ChipId: chip}).refuses(),
		on(ctx, "/joule/device/v1/revocations", q.Revocations, &devicetypes.QueryRevocationsRequest{}),
	}
}

func workRows(ctx context.Context, conn *grpc.ClientConn, device, disk string) []row {
	q := worktypes.NewQueryClient(conn)
	rows := []row{
		on(ctx, "/joule/work/v1/params", q.Params, &worktypes.QueryParamsRequest{}),
		on(ctx, "/joule/work/v1/windows", q.Windows, &worktypes.QueryWindowsRequest{}),
		on(ctx, "/joule/work/v1/windows/1", q.Window, &worktypes.QueryWindowRequest{Id: 1}).refuses(),
		on(ctx, "/joule/work/v1/devices/"+device, q.DeviceWork, &worktypes.QueryDeviceWorkRequest{DeviceId: device}),
		on(ctx, "/joule/work/v1/devices/"+disk, q.DeviceWork, &worktypes.QueryDeviceWorkRequest{DeviceId: disk}),
		on(ctx, "/joule/work/v1/disk/schedule", q.DiskSchedule, &worktypes.QueryDiskScheduleRequest{}),
		on(ctx, "/joule/work/v1/disk/schedule?device_id="+disk, q.DiskSchedule, &worktypes.QueryDiskScheduleRequest{DeviceId: disk}),
	}
	if open, err := q.Windows(ctx, &worktypes.QueryWindowsRequest{}); err == nil {
		for _, w := range open.Windows {
			rows = append(rows, on(ctx, fmt.Sprintf("/joule/work/v1/windows/%d?work_class=%s", w.Id, w.WorkClass), q.Window, &worktypes.QueryWindowRequest{Id: w.Id, WorkClass: w.WorkClass}))
		}
	}
	for _, class := range []devicetypes.WorkClass{devicetypes.WORK_CLASS_GPU, devicetypes.WORK_CLASS_DISK, devicetypes.WORK_CLASS_RADIO} {
		rows = append(rows, on(ctx, "/joule/work/v1/tallies/"+class.String(), q.Tallies, &worktypes.QueryTalliesRequest{WorkClass: class}),
			on(ctx, "/joule/work/v1/tallies/"+class.String()+"/1", q.Tally, &worktypes.QueryTallyRequest{WorkClass: class, Epoch: 1}))
	}
	return rows
}

func radioRows(ctx context.Context, t *testing.T, conn *grpc.ClientConn, seen *worktypes.QueryRadioBeaconResponse) []row {
	t.Helper()
	q := worktypes.NewQueryClient(conn)
	radio, err := q.Radio(ctx, &worktypes.QueryRadioRequest{DeviceId: seen.DeviceId})
	require.NoError(t, err)
	number, cell := radio.Radio.Radio.Number, radio.Radio.Cell
	path := "/joule/work/v1/radios/" + seen.DeviceId
	return []row{
		on(ctx, path, q.Radio, &worktypes.QueryRadioRequest{DeviceId: seen.DeviceId}),
		on(ctx, path+"/verdicts", q.RadioVerdicts, &worktypes.QueryRadioVerdictsRequest{DeviceId: seen.DeviceId}),
		on(ctx, "/joule/work/v1/radios", q.Radios, &worktypes.QueryRadiosRequest{}),
		on(ctx, "/joule/work/v1/radios?cell="+cell, q.Radios, &worktypes.QueryRadiosRequest{Cell: cell}),
		on(ctx, fmt.Sprintf("/joule/work/v1/radio-numbers/%d", number), q.RadioByNumber, &worktypes.QueryRadioByNumberRequest{Number: number}),
		on(ctx, fmt.Sprintf("/joule/work/v1/radio-beacons/%d/%d", seen.Beacon.Epoch, number), q.RadioBeacon,
			&worktypes.QueryRadioBeaconRequest{Epoch: seen.Beacon.Epoch, Number: number}),
		on(ctx, "/joule/work/v1/radio-payloads/"+seen.PayloadHash, q.RadioBeaconByPayload, &worktypes.QueryRadioBeaconByPayloadRequest{PayloadHash: seen.PayloadHash}),
		on(ctx, "/joule/work/v1/radio-cells/"+cell, q.RadioCell, &worktypes.QueryRadioCellRequest{Cell: cell}),
		on(ctx, "/joule/work/v1/radio-cells/nowhere", q.RadioCell, &worktypes.QueryRadioCellRequest{Cell: "nowhere"}).refuses(),
		on(ctx, "/joule/work/v1/denied-radios", q.DeniedRadios, &worktypes.QueryDeniedRadiosRequest{}),
		on(ctx, "/joule/work/v1/denied-radio-edges", q.DeniedRadioEdges, &worktypes.QueryDeniedRadioEdgesRequest{}),
	}
}

func emissionsRows(ctx context.Context, t *testing.T, conn *grpc.ClientConn, device string) []row {
	t.Helper()
	q, owner := emissionstypes.NewQueryClient(conn), ownerOf(ctx, t, conn, device)
	return []row{
		on(ctx, "/joule/emissions/v1/params", q.Params, &emissionstypes.QueryParamsRequest{}),
		on(ctx, "/joule/emissions/v1/supply", q.Supply, &emissionstypes.QuerySupplyRequest{}),
		on(ctx, "/joule/emissions/v1/epochs", q.Epochs, &emissionstypes.QueryEpochsRequest{}),
		on(ctx, "/joule/emissions/v1/epochs/1", q.Epoch, &emissionstypes.QueryEpochRequest{Epoch: 1}),
		on(ctx, "/joule/emissions/v1/epochs/999999", q.Epoch, &emissionstypes.QueryEpochRequest{Epoch: 999_999}).refuses(),
		on(ctx, "/joule/emissions/v1/classes", q.Classes, &emissionstypes.QueryClassesRequest{}),
		on(ctx, "/joule/emissions/v1/rewards/"+owner, q.Rewards, &emissionstypes.QueryRewardsRequest{Beneficiary: owner}),
		on(ctx, "/joule/emissions/v1/invariants", q.Invariants, &emissionstypes.QueryInvariantsRequest{}),
		on(ctx, "/cosmos/bank/v1beta1/supply", banktypes.NewQueryClient(conn).TotalSupply, &banktypes.QueryTotalSupplyRequest{}),
		on(ctx, "/cosmos/staking/v1beta1/params", stakingtypes.NewQueryClient(conn).Params, &stakingtypes.QueryParamsRequest{}),
	}
}
