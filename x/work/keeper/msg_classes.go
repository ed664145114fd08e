package keeper

import (
	"context"

	"github.com/joulechain/joule/x/work/types"
)

// The messages that only one class has are that class's.

// SetDiskClaim implements types.MsgServer.
func (s msgServer) SetDiskClaim(ctx context.Context, msg *types.MsgSetDiskClaim) (*types.MsgSetDiskClaimResponse, error) {
	return s.Disk.SetClaim(ctx, msg)
}

// AssertRadio implements types.MsgServer.
func (s msgServer) AssertRadio(ctx context.Context, msg *types.MsgAssertRadio) (*types.MsgAssertRadioResponse, error) {
	return s.Radio.Assert(ctx, msg)
}

// ReleaseRadio implements types.MsgServer.
func (s msgServer) ReleaseRadio(ctx context.Context, msg *types.MsgReleaseRadio) (*types.MsgReleaseRadioResponse, error) {
	return s.Radio.Release(ctx, msg)
}

// UpdateRadioDenylist implements types.MsgServer.
func (s msgServer) UpdateRadioDenylist(ctx context.Context, msg *types.MsgUpdateRadioDenylist) (*types.MsgUpdateRadioDenylistResponse, error) {
	return s.Radio.UpdateDenylist(ctx, msg)
}
