package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterLegacyAminoCodec registers the names that Ledger signing uses.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	legacy.RegisterAminoMsg(cdc, &MsgSubmitWork{}, "joule/work/MsgSubmitWork")
	legacy.RegisterAminoMsg(cdc, &MsgSetDiskClaim{}, "joule/work/MsgSetDiskClaim")
	legacy.RegisterAminoMsg(cdc, &MsgAssertRadio{}, "joule/work/MsgAssertRadio")
	legacy.RegisterAminoMsg(cdc, &MsgReleaseRadio{}, "joule/work/MsgReleaseRadio")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateRadioDenylist{}, "joule/work/MsgUpdateRadioDenylist")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "joule/work/MsgUpdateParams")
}

// RegisterInterfaces registers the messages.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil), &MsgSubmitWork{}, &MsgSetDiskClaim{}, &MsgAssertRadio{}, &MsgReleaseRadio{},
		&MsgUpdateRadioDenylist{}, &MsgUpdateParams{})
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
