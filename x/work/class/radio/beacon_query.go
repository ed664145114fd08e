package radio

import (
	"context"
	"encoding/hex"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// Beacon answers Query/RadioBeacon.
func (q Queries) Beacon(ctx context.Context, req *types.QueryRadioBeaconRequest) (*types.QueryRadioBeaconResponse, error) {
	b, found, err := q.beaconOf(ctx, req.Epoch, req.Number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "radio %d has no record of a beacon of epoch %d; the newest %d epochs' are kept", req.Number, req.Epoch, types.RadioRecordEpochs)
	}
	return q.beaconResponse(ctx, b)
}

// BeaconByPayload answers Query/RadioBeaconByPayload.
func (q Queries) BeaconByPayload(ctx context.Context, req *types.QueryRadioBeaconByPayloadRequest) (*types.QueryRadioBeaconResponse, error) {
	hash, err := hex.DecodeString(req.PayloadHash)
	if err != nil || len(hash) != proof.HashSize {
		return nil, status.Errorf(codes.InvalidArgument, "payload_hash has %d characters; want %d hexadecimal digits", len(req.PayloadHash), 2*proof.HashSize)
	}
	at, err := q.Payloads.Get(ctx, hash)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Error(codes.NotFound, "no opened beacon has this payload; beacons are opened in the epoch after their own, and the newest 8 epochs' are kept")
	}
	if err != nil {
		return nil, err
	}
	b, err := q.Beacons.Get(ctx, collections.Join(uint32(at&0xff), uint32(at>>8)))
	if err != nil {
		return nil, err
	}
	return q.beaconResponse(ctx, b)
}

func (q Queries) beaconResponse(ctx context.Context, b types.RadioBeacon) (*types.QueryRadioBeaconResponse, error) {
	id, _, err := q.deviceOf(ctx, b.Number)
	if err != nil {
		return nil, err
	}
	hash := b.Beacon().PayloadHash()
	res := &types.QueryRadioBeaconResponse{
		Beacon: b, DeviceId: devicetypes.FormatDeviceID(id), PayloadHash: hex.EncodeToString(hash[:]), ReasonText: proof.Reason(b.Reason).String(),
	}
	for _, v := range b.Witnesses {
		view, err := q.witnessView(ctx, v)
		if err != nil {
			return nil, err
		}
		res.Witnesses = append(res.Witnesses, view)
	}
	return res, nil
}

func (q Queries) witnessView(ctx context.Context, v types.RadioWitness) (types.RadioWitnessView, error) {
	view := types.RadioWitnessView{Witness: v, ReasonText: proof.Reason(v.Reason).String()}
	id, found, err := q.deviceOf(ctx, v.Number)
	if err != nil {
		return view, err
	}
	if found {
		view.DeviceId = devicetypes.FormatDeviceID(id)
	}
	r, err := proof.UnmarshalReadings(v.Readings)
	if err != nil {
		return view, err
	}
	view.RssiDbm, view.SnrQuarters, view.Channel = -int32(r.Attenuation), int32(r.SNR), uint32(r.Channel)
	view.OffsetKhz, view.Millis = int32(r.Offset), r.Millis
	return view, nil
}
