package chain

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Attestation returns a device's last accepted hardware evidence; false if it has shown none.
func (c *Client) Attestation(ctx context.Context, id []byte) (devicetypes.QueryAttestationResponse, bool, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*devicetypes.QueryAttestationResponse, error) {
		return devicetypes.NewQueryClient(conn).Attestation(ctx, &devicetypes.QueryAttestationRequest{DeviceId: devicetypes.FormatDeviceID(id)})
	})
	if status.Code(err) == codes.NotFound {
		return devicetypes.QueryAttestationResponse{}, false, nil
	}
	if err != nil {
		return devicetypes.QueryAttestationResponse{}, false, err
	}
	return *r, true, nil
}

// AttestNonce returns the nonce that a device's chip must answer, of a block or of the newest (height 0); ErrNoNonce
// while there is none.
func (c *Client) AttestNonce(ctx context.Context, id []byte, kind devicetypes.EvidenceKind, height int64) (devicetypes.QueryAttestNonceResponse, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*devicetypes.QueryAttestNonceResponse, error) {
		return devicetypes.NewQueryClient(conn).AttestNonce(ctx, &devicetypes.QueryAttestNonceRequest{
			DeviceId: devicetypes.FormatDeviceID(id), Kind: kind, NonceHeight: height,
		})
	})
	if err != nil && strings.Contains(err.Error(), devicetypes.ErrNonceHeight.Error()) {
		return devicetypes.QueryAttestNonceResponse{}, fmt.Errorf("%w: %s", ErrNoNonce, status.Convert(err).Message())
	}
	if err != nil {
		return devicetypes.QueryAttestNonceResponse{}, err
	}
	return *r, nil
}
