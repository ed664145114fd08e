package chain

import (
	"context"
	"encoding/hex"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// found asks for something that may not be there.
func found[Resp any](ctx context.Context, c *Client, call func(context.Context, worktypes.QueryClient) (*Resp, error)) (Resp, bool, error) {
	r, err := ask(ctx, c, func(ctx context.Context, conn *grpc.ClientConn) (*Resp, error) {
		return call(ctx, worktypes.NewQueryClient(conn))
	})
	var none Resp
	if status.Code(err) == codes.NotFound {
		return none, false, nil
	}
	if err != nil {
		return none, false, err
	}
	return *r, true, nil
}

// Radio returns what the chain holds of a device's radio; false if it has asserted nothing.
func (c *Client) Radio(ctx context.Context, device []byte) (worktypes.QueryRadioResponse, bool, error) {
	return found(ctx, c, func(ctx context.Context, q worktypes.QueryClient) (*worktypes.QueryRadioResponse, error) {
		return q.Radio(ctx, &worktypes.QueryRadioRequest{DeviceId: devicetypes.FormatDeviceID(device)})
	})
}

// RadioByNumber returns the radio with a number; false if there is none.
func (c *Client) RadioByNumber(ctx context.Context, number uint32) (worktypes.QueryRadioResponse, bool, error) {
	return found(ctx, c, func(ctx context.Context, q worktypes.QueryClient) (*worktypes.QueryRadioResponse, error) {
		return q.RadioByNumber(ctx, &worktypes.QueryRadioByNumberRequest{Number: number})
	})
}

// RadioBeacon returns the record of a radio's beacon; false if it was not opened or is too old.
func (c *Client) RadioBeacon(ctx context.Context, epoch uint64, number uint32) (worktypes.QueryRadioBeaconResponse, bool, error) {
	return found(ctx, c, func(ctx context.Context, q worktypes.QueryClient) (*worktypes.QueryRadioBeaconResponse, error) {
		return q.RadioBeacon(ctx, &worktypes.QueryRadioBeaconRequest{Epoch: epoch, Number: number})
	})
}

// RadioBeaconByPayload returns the record of the beacon with a payload's hash; false if none was opened.
func (c *Client) RadioBeaconByPayload(ctx context.Context, hash [proof.HashSize]byte) (worktypes.QueryRadioBeaconResponse, bool, error) {
	return found(ctx, c, func(ctx context.Context, q worktypes.QueryClient) (*worktypes.QueryRadioBeaconResponse, error) {
		return q.RadioBeaconByPayload(ctx, &worktypes.QueryRadioBeaconByPayloadRequest{PayloadHash: hex.EncodeToString(hash[:])})
	})
}

// RadioVerdicts returns what a radio's newest receipts came to, oldest first.
func (c *Client) RadioVerdicts(ctx context.Context, device []byte) ([]worktypes.RadioVerdictView, error) {
	r, _, err := found(ctx, c, func(ctx context.Context, q worktypes.QueryClient) (*worktypes.QueryRadioVerdictsResponse, error) {
		return q.RadioVerdicts(ctx, &worktypes.QueryRadioVerdictsRequest{DeviceId: devicetypes.FormatDeviceID(device)})
	})
	return r.Verdicts, err
}
