package types

import (
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/legacy"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterLegacyAminoCodec registers the messages' amino JSON names, which Ledger devices show and sign.
func RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	cdc.RegisterInterface((*isCapability_Kind)(nil), nil)
	cdc.RegisterConcrete(&Capability_Gpu{}, "joule/device/GpuCapability", nil)
	cdc.RegisterConcrete(&Capability_Disk{}, "joule/device/DiskCapability", nil)
	cdc.RegisterConcrete(&Capability_Radio{}, "joule/device/RadioCapability", nil)
	legacy.RegisterAminoMsg(cdc, &MsgRegisterDevice{}, "joule/device/MsgRegisterDevice")
	legacy.RegisterAminoMsg(cdc, &MsgRegisterDevices{}, "joule/device/MsgRegisterDevices")
	legacy.RegisterAminoMsg(cdc, &MsgSponsorDevices{}, "joule/device/MsgSponsorDevices")
	legacy.RegisterAminoMsg(cdc, &MsgAddBond{}, "joule/device/MsgAddBond")
	legacy.RegisterAminoMsg(cdc, &MsgSetBeneficiary{}, "joule/device/MsgSetBeneficiary")
	legacy.RegisterAminoMsg(cdc, &MsgSuspendDevice{}, "joule/device/MsgSuspendDevice")
	legacy.RegisterAminoMsg(cdc, &MsgResumeDevice{}, "joule/device/MsgResumeDevice")
	legacy.RegisterAminoMsg(cdc, &MsgOfferDevice{}, "joule/device/MsgOfferDevice")
	legacy.RegisterAminoMsg(cdc, &MsgAcceptDevice{}, "joule/device/MsgAcceptDevice")
	legacy.RegisterAminoMsg(cdc, &MsgRetireDevice{}, "joule/device/MsgRetireDevice")
	legacy.RegisterAminoMsg(cdc, &MsgWithdrawBond{}, "joule/device/MsgWithdrawBond")
	legacy.RegisterAminoMsg(cdc, &MsgReclaimBond{}, "joule/device/MsgReclaimBond")
	legacy.RegisterAminoMsg(cdc, &MsgKeepDevice{}, "joule/device/MsgKeepDevice")
	cdc.RegisterInterface((*isHardwareEvidence_Kind)(nil), nil)
	cdc.RegisterConcrete(&HardwareEvidence_Nvidia{}, "joule/device/NvidiaEvidence", nil)
	cdc.RegisterConcrete(&HardwareEvidence_Tpm{}, "joule/device/TpmEvidence", nil)
	legacy.RegisterAminoMsg(cdc, &MsgAttest{}, "joule/device/MsgAttest")
	legacy.RegisterAminoMsg(cdc, &MsgReleaseChip{}, "joule/device/MsgReleaseChip")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateRevocations{}, "joule/device/MsgUpdateRevocations")
	legacy.RegisterAminoMsg(cdc, &MsgUpdateParams{}, "joule/device/MsgUpdateParams")
	cdc.RegisterConcrete(&Params{}, "joule/x/device/Params", nil)
}

// RegisterInterfaces registers the module's messages.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgRegisterDevice{}, &MsgRegisterDevices{}, &MsgSponsorDevices{}, &MsgAddBond{}, &MsgSetBeneficiary{}, &MsgSuspendDevice{},
		&MsgResumeDevice{}, &MsgOfferDevice{}, &MsgAcceptDevice{}, &MsgRetireDevice{}, &MsgWithdrawBond{}, &MsgReclaimBond{}, &MsgKeepDevice{}, &MsgUpdateParams{}, &MsgAttest{}, &MsgReleaseChip{}, &MsgUpdateRevocations{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
