package keeper

import (
	"context"

	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

var _ types.MsgServer = msgServer{}

type msgServer struct{ k *Keeper }

// NewMsgServer returns the module's message server.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// RegisterDevice implements types.MsgServer.
func (s msgServer) RegisterDevice(ctx context.Context, msg *types.MsgRegisterDevice) (*types.MsgRegisterDeviceResponse, error) {
	ids, err := s.k.register(ctx, msg.Owner, byOwner, []types.Registration{msg.Registration}, false)
	if err != nil {
		return nil, err
	}
	return &types.MsgRegisterDeviceResponse{DeviceId: ids[0]}, nil
}

// RegisterDevices implements types.MsgServer.
func (s msgServer) RegisterDevices(ctx context.Context, msg *types.MsgRegisterDevices) (*types.MsgRegisterDevicesResponse, error) {
	ids, err := s.k.register(ctx, msg.Owner, byOwner, msg.Registrations, true)
	if err != nil {
		return nil, err
	}
	return &types.MsgRegisterDevicesResponse{DeviceIds: ids}, nil
}

// SponsorDevices implements types.MsgServer.
func (s msgServer) SponsorDevices(ctx context.Context, msg *types.MsgSponsorDevices) (*types.MsgSponsorDevicesResponse, error) {
	ids, err := s.k.register(ctx, msg.Sponsor, bySponsor, msg.Registrations, true)
	if err != nil {
		return nil, err
	}
	return &types.MsgSponsorDevicesResponse{DeviceIds: ids}, nil
}

// AddBond implements types.MsgServer.
func (s msgServer) AddBond(ctx context.Context, msg *types.MsgAddBond) (*types.MsgAddBondResponse, error) {
	bond, err := s.k.addBond(ctx, msg.BondPayer, msg.DeviceId, msg.Amount)
	if err != nil {
		return nil, err
	}
	return &types.MsgAddBondResponse{Bond: bond}, nil
}

// SetBeneficiary implements types.MsgServer.
func (s msgServer) SetBeneficiary(ctx context.Context, msg *types.MsgSetBeneficiary) (*types.MsgSetBeneficiaryResponse, error) {
	if err := s.k.setBeneficiary(ctx, msg.Owner, msg.DeviceId, msg.Beneficiary); err != nil {
		return nil, err
	}
	return &types.MsgSetBeneficiaryResponse{}, nil
}

// SuspendDevice implements types.MsgServer.
func (s msgServer) SuspendDevice(ctx context.Context, msg *types.MsgSuspendDevice) (*types.MsgSuspendDeviceResponse, error) {
	if err := s.k.suspend(ctx, msg.Owner, msg.DeviceId); err != nil {
		return nil, err
	}
	return &types.MsgSuspendDeviceResponse{}, nil
}

// ResumeDevice implements types.MsgServer.
func (s msgServer) ResumeDevice(ctx context.Context, msg *types.MsgResumeDevice) (*types.MsgResumeDeviceResponse, error) {
	if err := s.k.resume(ctx, msg.Owner, msg.DeviceId); err != nil {
		return nil, err
	}
	return &types.MsgResumeDeviceResponse{}, nil
}

// OfferDevice implements types.MsgServer.
func (s msgServer) OfferDevice(ctx context.Context, msg *types.MsgOfferDevice) (*types.MsgOfferDeviceResponse, error) {
	if err := s.k.offer(ctx, msg.Owner, msg.DeviceId, msg.NewOwner); err != nil {
		return nil, err
	}
	return &types.MsgOfferDeviceResponse{}, nil
}

// AcceptDevice implements types.MsgServer.
func (s msgServer) AcceptDevice(ctx context.Context, msg *types.MsgAcceptDevice) (*types.MsgAcceptDeviceResponse, error) {
	if err := s.k.accept(ctx, msg); err != nil {
		return nil, err
	}
	return &types.MsgAcceptDeviceResponse{}, nil
}

// RetireDevice implements types.MsgServer.
func (s msgServer) RetireDevice(ctx context.Context, msg *types.MsgRetireDevice) (*types.MsgRetireDeviceResponse, error) {
	epoch, err := s.k.retire(ctx, msg.Owner, msg.DeviceId)
	if err != nil {
		return nil, err
	}
	return &types.MsgRetireDeviceResponse{UnbondingEpoch: epoch}, nil
}

// WithdrawBond implements types.MsgServer.
func (s msgServer) WithdrawBond(ctx context.Context, msg *types.MsgWithdrawBond) (*types.MsgWithdrawBondResponse, error) {
	if _, err := s.k.address("sender", msg.Sender); err != nil {
		return nil, err
	}
	amount, err := s.k.withdrawBond(ctx, msg.DeviceId)
	if err != nil {
		return nil, err
	}
	return &types.MsgWithdrawBondResponse{Amount: amount}, nil
}

// ReclaimBond implements types.MsgServer.
func (s msgServer) ReclaimBond(ctx context.Context, msg *types.MsgReclaimBond) (*types.MsgReclaimBondResponse, error) {
	return s.k.reclaim(ctx, msg.BondPayer, msg.DeviceId)
}

// KeepDevice implements types.MsgServer.
func (s msgServer) KeepDevice(ctx context.Context, msg *types.MsgKeepDevice) (*types.MsgKeepDeviceResponse, error) {
	if err := s.k.keep(ctx, msg.Owner, msg.DeviceId); err != nil {
		return nil, err
	}
	return &types.MsgKeepDeviceResponse{}, nil
}

// Attest implements types.MsgServer.
func (s msgServer) Attest(ctx context.Context, msg *types.MsgAttest) (*types.MsgAttestResponse, error) {
	a, err := s.k.attest(ctx, msg)
	if err != nil {
		return nil, err
	}
	return &types.MsgAttestResponse{ChipId: a.ChipId, FromEpoch: a.FromEpoch, ExpiresEpoch: a.ExpiresEpoch}, nil
}

// ReleaseChip implements types.MsgServer.
func (s msgServer) ReleaseChip(ctx context.Context, msg *types.MsgReleaseChip) (*types.MsgReleaseChipResponse, error) {
	if err := s.k.releaseChip(ctx, msg.Owner, msg.DeviceId); err != nil {
		return nil, err
	}
	return &types.MsgReleaseChipResponse{}, nil
}

// UpdateRevocations implements types.MsgServer.
func (s msgServer) UpdateRevocations(ctx context.Context, msg *types.MsgUpdateRevocations) (*types.MsgUpdateRevocationsResponse, error) {
	if msg.Authority != s.k.authority {
		return nil, types.ErrUnauthorized.Wrapf("authority is %s, want %s", msg.Authority, s.k.authority)
	}
	if err := s.k.updateRevocations(ctx, msg.Add, msg.Remove); err != nil {
		return nil, err
	}
	return &types.MsgUpdateRevocationsResponse{}, nil
}

// UpdateParams implements types.MsgServer.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.k.authority {
		return nil, types.ErrUnauthorized.Wrapf("authority is %s, want %s", msg.Authority, s.k.authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	current, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	// Bonds in two denominations would have no total.
	if current.BondDenom != msg.Params.BondDenom {
		return nil, types.ErrInvalidParams.Wrapf("bond_denom: %q cannot become %q after genesis", current.BondDenom, msg.Params.BondDenom)
	}
	return &types.MsgUpdateParamsResponse{}, s.k.Params.Set(ctx, msg.Params)
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
