package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterLegacyAminoCodec names the messages for Ledger's amino JSON, as the proto annotations do.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgClaim{}, "joule/emissions/MsgClaim")
	legacy.RegisterAminoMsg(cdc, &MsgBurn{}, "joule/emissions/MsgBurn")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "joule/emissions/MsgUpdateParams")
	cdc.RegisterConcrete(Params{}, "joule/x/emissions/Params", nil)
}

// RegisterInterfaces registers the module's messages.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil), &MsgClaim{}, &MsgBurn{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
