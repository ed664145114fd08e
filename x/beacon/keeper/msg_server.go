package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/x/beacon/types"
)

// possessionGas is charged for the verification of a proof of possession: about 0.3 ms, five times a signature.
const possessionGas = 5_000

type msgServer struct{ *Keeper }

var _ types.MsgServer = msgServer{}

// NewMsgServerImpl returns the Msg server.
func NewMsgServerImpl(k *Keeper) types.MsgServer { return msgServer{k} }

// RegisterKey implements types.MsgServer.
func (m msgServer) RegisterKey(ctx context.Context, msg *types.MsgRegisterKey) (*types.MsgRegisterKeyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	operator, err := m.operators.StringToBytes(msg.OperatorAddress)
	if err != nil {
		return nil, sdkerrors.ErrInvalidAddress.Wrapf("operator_address: %s", err)
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sdkCtx.GasMeter().ConsumeGas(possessionGas, "beacon key possession")
	if err := msg.VerifyPossession(sdkCtx.ChainID(), operator); err != nil {
		return nil, err
	}
	height, err := m.register(ctx, operator, msg.Key)
	if err != nil {
		return nil, err
	}
	err = sdkCtx.EventManager().EmitTypedEvent(&types.EventKeyRegistered{
		OperatorAddress: msg.OperatorAddress, Key: msg.Key, ActivationHeight: height,
	})
	return &types.MsgRegisterKeyResponse{ActivationHeight: height}, err
}

// UpdateParams implements types.MsgServer.
func (m msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != m.authority {
		return nil, errorsmod.Wrapf(sdkerrors.ErrUnauthorized, "authority is %s; want %s", msg.Authority, m.authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, m.params.Set(ctx, msg.Params)
}
