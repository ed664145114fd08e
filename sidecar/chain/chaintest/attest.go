package chaintest

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Attestation: no device of this chain has shown hardware evidence.
func (*devices) Attestation(_ context.Context, r *devicetypes.QueryAttestationRequest) (*devicetypes.QueryAttestationResponse, error) {
	return nil, status.Errorf(codes.NotFound, "device %s has shown no hardware evidence", r.DeviceId)
}

// AttestNonce: there is none, as between a real chain's GPU windows.
func (*devices) AttestNonce(context.Context, *devicetypes.QueryAttestNonceRequest) (*devicetypes.QueryAttestNonceResponse, error) {
	return nil, status.Error(codes.FailedPrecondition, devicetypes.ErrNonceHeight.Error())
}
