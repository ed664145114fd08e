//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// query is what one rpc is asked by both doors.
type query struct {
	rpc, path string
	req       proto.Message
	// refused tells that there is nothing to answer: both doors must refuse alike.
	refused bool
}

// there is what a chain holds that queries can name.
type there struct {
	device, disk, owner, beneficiary string
	attested                         string // a device whose TPM was accepted; empty where no TPM is to be had
	chip                             string
	operator                         string
	window                           worktypes.Window
	radio                            worktypes.RadioView
	beacon                           *worktypes.QueryRadioBeaconResponse
	witness                          string // a device id
}

// anyBeacon finds a beacon that somebody heard, of any radio and any epoch whose records are kept.
func anyBeacon(ctx context.Context, conn *grpc.ClientConn) (radio worktypes.RadioView, beacon *worktypes.QueryRadioBeaconResponse, err error) {
	work := worktypes.NewQueryClient(conn)
	radios, err := work.Radios(ctx, &worktypes.QueryRadiosRequest{})
	if err != nil {
		return radio, nil, err
	}
	for _, radio := range radios.Radios {
		now, err := work.Radio(ctx, &worktypes.QueryRadioRequest{DeviceId: radio.DeviceId})
		if err != nil {
			return radio, nil, err
		}
		for epoch := now.Epoch; epoch > 0 && epoch+worktypes.RadioRecordEpochs > now.Epoch; epoch-- {
			beacon, err := work.RadioBeacon(ctx, &worktypes.QueryRadioBeaconRequest{Epoch: epoch, Number: radio.Radio.Number})
			if err == nil && len(beacon.Witnesses) > 0 {
				return radio, beacon, nil
			}
		}
	}
	return radio, nil, fmt.Errorf("none of %d radios has a beacon that was heard", len(radios.Radios))
}

// lookAround collects at one height what the queries below name.
func lookAround(ctx context.Context, t *testing.T, conn *grpc.ClientConn, device, disk string, tpm bool) there {
	t.Helper()
	devices, work := devicetypes.NewQueryClient(conn), worktypes.NewQueryClient(conn)
	h := there{device: device, disk: disk}
	one, err := devices.Device(ctx, &devicetypes.QueryDeviceRequest{DeviceId: device})
	require.NoError(t, err)
	h.owner, h.beneficiary = one.Device.Device.Owner, one.Device.Device.Beneficiary
	keys, err := beacontypes.NewQueryClient(conn).ValidatorKeys(ctx, &beacontypes.QueryValidatorKeysRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, keys.Keys)
	h.operator = keys.Keys[0].OperatorAddress
	windows, err := work.Windows(ctx, &worktypes.QueryWindowsRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, windows.Windows, "disks and radios have a window in every epoch")
	h.window = windows.Windows[0]
	h.radio, h.beacon, err = anyBeacon(ctx, conn)
	require.NoError(t, err)
	h.witness = h.beacon.Witnesses[0].DeviceId
	if !tpm {
		return h
	}
	for _, id := range []string{device, disk} {
		if a, err := devices.Attestation(ctx, &devicetypes.QueryAttestationRequest{DeviceId: id}); err == nil {
			h.attested, h.chip = id, a.ChipId
		}
	}
	require.NotEmpty(t, h.attested, "the devnet has a TPM, but no device shows it")
	return h
}

// queries ask every rpc of the chain's modules: a fuller list than the chain's own is a mistake, a shorter one fails the test.
func queries(h there) []query {
	epoch, number, noChip := h.beacon.Beacon.Epoch, h.beacon.Beacon.Number, fmt.Sprintf("%064x", 1)
	gone := fmt.Sprintf("%064x", 2)
	list := []query{
		{rpc: "beacon.v1.Query/Params", path: "/params", req: &beacontypes.QueryParamsRequest{}},
		{rpc: "beacon.v1.Query/Epoch", path: "/epoch", req: &beacontypes.QueryEpochRequest{}},
		{rpc: "beacon.v1.Query/Mix", path: "/mixes/3", req: &beacontypes.QueryMixRequest{Height: 3}},
		{rpc: "beacon.v1.Query/Mix", path: "/mixes/1000000", req: &beacontypes.QueryMixRequest{Height: 1_000_000}, refused: true},
		{rpc: "beacon.v1.Query/Mixes", path: "/mixes", req: &beacontypes.QueryMixesRequest{}},
		{rpc: "beacon.v1.Query/ValidatorKey", path: "/keys/" + h.operator, req: &beacontypes.QueryValidatorKeyRequest{OperatorAddress: h.operator}},
		{rpc: "beacon.v1.Query/ValidatorKeys", path: "/keys", req: &beacontypes.QueryValidatorKeysRequest{}},

		{rpc: "device.v1.Query/Params", path: "/params", req: &devicetypes.QueryParamsRequest{}},
		{rpc: "device.v1.Query/Device", path: "/devices/" + h.device, req: &devicetypes.QueryDeviceRequest{DeviceId: h.device}},
		{rpc: "device.v1.Query/Device", path: "/devices/nobody", req: &devicetypes.QueryDeviceRequest{DeviceId: "nobody"}, refused: true},
		{rpc: "device.v1.Query/Devices", path: "/devices", req: &devicetypes.QueryDevicesRequest{}},
		{
			rpc: "device.v1.Query/Devices", path: "/devices?work_class=WORK_CLASS_RADIO",
			req: &devicetypes.QueryDevicesRequest{WorkClass: devicetypes.WORK_CLASS_RADIO},
		},
		{rpc: "device.v1.Query/DevicesByOwner", path: "/owners/" + h.owner + "/devices", req: &devicetypes.QueryDevicesByOwnerRequest{Owner: h.owner}},
		{
			rpc: "device.v1.Query/DevicesByBeneficiary", path: "/beneficiaries/" + h.beneficiary + "/devices",
			req: &devicetypes.QueryDevicesByBeneficiaryRequest{Beneficiary: h.beneficiary},
		},
		{rpc: "device.v1.Query/DeviceByChip", path: "/chips/" + noChip, req: &devicetypes.QueryDeviceByChipRequest{ChipId: noChip}, refused: true},
		{rpc: "device.v1.Query/Revocations", path: "/revocations", req: &devicetypes.QueryRevocationsRequest{}},

		{rpc: "work.v1.Query/Params", path: "/params", req: &worktypes.QueryParamsRequest{}},
		{rpc: "work.v1.Query/Windows", path: "/windows", req: &worktypes.QueryWindowsRequest{}},
		{
			rpc: "work.v1.Query/Window", path: fmt.Sprintf("/windows/%d?work_class=%s", h.window.Id, h.window.WorkClass),
			req: &worktypes.QueryWindowRequest{Id: h.window.Id, WorkClass: h.window.WorkClass},
		},
		{rpc: "work.v1.Query/Window", path: "/windows/0", req: &worktypes.QueryWindowRequest{}, refused: true},
		{rpc: "work.v1.Query/DeviceWork", path: "/devices/" + h.device, req: &worktypes.QueryDeviceWorkRequest{DeviceId: h.device}},
		{rpc: "work.v1.Query/DeviceWork", path: "/devices/" + h.disk, req: &worktypes.QueryDeviceWorkRequest{DeviceId: h.disk}},
		{rpc: "work.v1.Query/DeviceWork", path: "/devices/" + h.witness, req: &worktypes.QueryDeviceWorkRequest{DeviceId: h.witness}},
		{rpc: "work.v1.Query/DiskSchedule", path: "/disk/schedule", req: &worktypes.QueryDiskScheduleRequest{}},
		{rpc: "work.v1.Query/DiskSchedule", path: "/disk/schedule?device_id=" + h.disk, req: &worktypes.QueryDiskScheduleRequest{DeviceId: h.disk}},
		{rpc: "work.v1.Query/Radio", path: "/radios/" + h.radio.DeviceId, req: &worktypes.QueryRadioRequest{DeviceId: h.radio.DeviceId}},
		{rpc: "work.v1.Query/RadioByNumber", path: fmt.Sprintf("/radio-numbers/%d", number), req: &worktypes.QueryRadioByNumberRequest{Number: number}},
		{rpc: "work.v1.Query/Radios", path: "/radios", req: &worktypes.QueryRadiosRequest{}},
		{rpc: "work.v1.Query/Radios", path: "/radios?cell=" + h.radio.Cell, req: &worktypes.QueryRadiosRequest{Cell: h.radio.Cell}},
		{
			rpc: "work.v1.Query/RadioBeacon", path: fmt.Sprintf("/radio-beacons/%d/%d", epoch, number),
			req: &worktypes.QueryRadioBeaconRequest{Epoch: epoch, Number: number},
		},
		{
			rpc: "work.v1.Query/RadioBeaconByPayload", path: "/radio-payloads/" + h.beacon.PayloadHash,
			req: &worktypes.QueryRadioBeaconByPayloadRequest{PayloadHash: h.beacon.PayloadHash},
		},
		{rpc: "work.v1.Query/RadioBeaconByPayload", path: "/radio-payloads/" + gone, req: &worktypes.QueryRadioBeaconByPayloadRequest{PayloadHash: gone}, refused: true},
		{rpc: "work.v1.Query/RadioVerdicts", path: "/radios/" + h.witness + "/verdicts", req: &worktypes.QueryRadioVerdictsRequest{DeviceId: h.witness}},
		{rpc: "work.v1.Query/RadioCell", path: "/radio-cells/" + h.radio.Cell, req: &worktypes.QueryRadioCellRequest{Cell: h.radio.Cell}},
		{rpc: "work.v1.Query/DeniedRadios", path: "/denied-radios", req: &worktypes.QueryDeniedRadiosRequest{}},
		{rpc: "work.v1.Query/DeniedRadioEdges", path: "/denied-radio-edges", req: &worktypes.QueryDeniedRadioEdgesRequest{}},
		{
			rpc: "work.v1.Query/Tally", path: fmt.Sprintf("/tallies/WORK_CLASS_RADIO/%d", epoch),
			req: &worktypes.QueryTallyRequest{WorkClass: devicetypes.WORK_CLASS_RADIO, Epoch: epoch},
		},

		{rpc: "emissions.v1.Query/Params", path: "/params", req: &emissionstypes.QueryParamsRequest{}},
		{rpc: "emissions.v1.Query/Supply", path: "/supply", req: &emissionstypes.QuerySupplyRequest{}},
		{rpc: "emissions.v1.Query/Epoch", path: fmt.Sprintf("/epochs/%d", epoch), req: &emissionstypes.QueryEpochRequest{Epoch: epoch}},
		{rpc: "emissions.v1.Query/Epoch", path: "/epochs/1000000", req: &emissionstypes.QueryEpochRequest{Epoch: 1_000_000}, refused: true},
		{rpc: "emissions.v1.Query/Epochs", path: "/epochs", req: &emissionstypes.QueryEpochsRequest{}},
		{rpc: "emissions.v1.Query/Classes", path: "/classes", req: &emissionstypes.QueryClassesRequest{}},
		{rpc: "emissions.v1.Query/Rewards", path: "/rewards/" + h.beneficiary, req: &emissionstypes.QueryRewardsRequest{Beneficiary: h.beneficiary}},
		{rpc: "emissions.v1.Query/Invariants", path: "/invariants", req: &emissionstypes.QueryInvariantsRequest{}},
	}
	for _, class := range worktypes.Classes() {
		list = append(list, query{rpc: "work.v1.Query/Tallies", path: "/tallies/" + class.String(), req: &worktypes.QueryTalliesRequest{WorkClass: class}})
	}
	return append(list, hardware(h)...)
}

// hardware asks for a device's evidence. Without a TPM both doors refuse, in the same words.
func hardware(h there) []query {
	none, id := h.attested == "", h.attested
	if none {
		id = h.device
	}
	list := []query{
		{rpc: "device.v1.Query/Attestation", path: "/devices/" + id + "/attestation", req: &devicetypes.QueryAttestationRequest{DeviceId: id}, refused: none},
		{
			rpc: "device.v1.Query/AttestNonce", path: "/devices/" + id + "/attest-nonce?kind=EVIDENCE_KIND_TPM",
			req: &devicetypes.QueryAttestNonceRequest{DeviceId: id, Kind: devicetypes.EVIDENCE_KIND_TPM}, refused: none,
		},
	}
	if !none {
		list = append(list, query{rpc: "device.v1.Query/DeviceByChip", path: "/chips/" + h.chip, req: &devicetypes.QueryDeviceByChipRequest{ChipId: h.chip}})
	}
	return list
}
