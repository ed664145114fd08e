package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/emissions/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServerImpl returns the module's transaction service.
func NewMsgServerImpl(k *Keeper) types.MsgServer { return msgServer{k} }

// Claim settles and pays named devices, or a page of the beneficiary's. A claim with nothing to pay succeeds and pays
// zero.
func (s msgServer) Claim(ctx context.Context, msg *types.MsgClaim) (*types.MsgClaimResponse, error) {
	claimer, err := s.address("beneficiary", msg.Beneficiary)
	if err != nil {
		return nil, err
	}
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if n := uint32(min(len(msg.DeviceIds), types.MaxClaimDevicesLimit+1)); n > params.MaxClaimDevices || msg.Limit > params.MaxClaimDevices {
		return nil, types.ErrTooManyDevices.Wrapf("device_ids has %d entries, limit is %d: at most %d devices in one claim",
			len(msg.DeviceIds), msg.Limit, params.MaxClaimDevices)
	}
	if len(msg.DeviceIds) > 0 && (msg.StartAfter != "" || msg.Limit != 0) {
		return nil, types.ErrInvalidClaim.Wrap("start_after and limit page over all devices: leave them empty when device_ids names some")
	}
	if s.k.bank.BlockedAddr(claimer) {
		return nil, types.ErrBlockedRecipient.Wrapf("beneficiary %s is a module's account: name another beneficiary for the devices", msg.Beneficiary)
	}
	ids, next, err := s.claimed(ctx, claimer, msg, params)
	if err != nil {
		return nil, err
	}
	paid, err := s.k.payDevices(ctx, claimer, ids)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimResponse{Amount: sdk.NewCoin(types.Denom, paid), Devices: uint32(len(ids)), Next: next}, nil
}

func (s msgServer) claimed(ctx context.Context, claimer sdk.AccAddress, msg *types.MsgClaim, params types.Params) ([][]byte, string, error) {
	if len(msg.DeviceIds) > 0 {
		ids, err := s.k.namedDevices(ctx, claimer, msg.DeviceIds)
		return ids, "", err
	}
	limit := msg.Limit
	if limit == 0 {
		limit = params.MaxClaimDevices
	}
	return s.k.devicePage(ctx, claimer, msg.StartAfter, int(limit))
}

// Burn destroys the sender's coins and refills the reserve.
func (s msgServer) Burn(ctx context.Context, msg *types.MsgBurn) (*types.MsgBurnResponse, error) {
	sender, err := s.address("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	if msg.Amount.Denom != types.Denom {
		return nil, types.ErrDenomMismatch.Wrapf("amount is in %q: only %s can be burned", msg.Amount.Denom, types.Denom)
	}
	if msg.Amount.Amount.IsNil() || !msg.Amount.Amount.IsPositive() {
		return nil, types.ErrInvalidAmount.Wrap("amount must be at least 1ujoule")
	}
	if err := s.k.burn(ctx, sender, msg.Amount); err != nil {
		return nil, err
	}
	return &types.MsgBurnResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBurned{
		Sender: msg.Sender, Amount: msg.Amount.Amount.String(),
	})
}

// UpdateParams replaces the parameters; they take effect with the next epoch. The cap and the decay are no fields of
// the message.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.k.authority {
		return nil, types.ErrUnauthorized.Wrapf("authority is %q: only %s may replace the parameters", msg.Authority, s.k.authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, types.ErrInvalidParams.Wrap(err.Error())
	}
	return &types.MsgUpdateParamsResponse{}, s.k.Params.Set(ctx, msg.Params)
}

func (s msgServer) address(field, text string) (sdk.AccAddress, error) {
	addr, err := s.k.addresses.StringToBytes(text)
	if err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("%s %q: %s", field, text, err)
	}
	return addr, nil
}
