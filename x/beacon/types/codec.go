package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces registers the module's messages. MsgReveal is a message, so that transaction 0 decodes, but of no
// service, so that no router runs it.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil), &MsgRegisterKey{}, &MsgUpdateParams{}, &MsgReveal{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}

// RegisterLegacyAminoCodec registers the messages that an account can sign with amino JSON.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgRegisterKey{}, "joule/beacon/MsgRegisterKey")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "joule/beacon/MsgUpdateParams")
}
