package device

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the module's commands, one for every message and query.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{Query: queryCommands(), Tx: txCommands()}
}

func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	out := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, f := range fields {
		out[i] = &autocliv1.PositionalArgDescriptor{ProtoField: f}
	}
	return out
}

func varargs(field string) []*autocliv1.PositionalArgDescriptor {
	return []*autocliv1.PositionalArgDescriptor{{ProtoField: field, Varargs: true}}
}

func queryCommands() *autocliv1.ServiceCommandDescriptor {
	const paging = "Pages hold 100 devices unless --page-limit says otherwise, at most 200; go on with --page-key and the next_key of the page before, while there is one: a page with a filter may be short or empty."
	return &autocliv1.ServiceCommandDescriptor{
		Service: "joule.device.v1.Query",
		RpcCommandOptions: []*autocliv1.RpcCommandOptions{
			{
				RpcMethod: "Params", Use: "params", Short: "Show the parameters: classes, bonds, unbonding time, batch size",
				Example: "jouled query device params",
			},
			{
				RpcMethod: "Device", Use: "device [device-id]", Alias: []string{"show"}, Short: "Show one device by its id, jouledev1…",
				Example: "jouled query device device jouledev1…", PositionalArgs: args("device_id"),
			},
			{
				RpcMethod: "Devices", Use: "devices", Alias: []string{"list"}, Short: "List all devices, or those of a class", Long: paging,
				Example: "jouled query device devices --work-class gpu --page-limit 50",
			},
			{
				RpcMethod: "DevicesByOwner", Use: "by-owner [owner]", Short: "List an account's devices, or those of a class", Long: paging,
				Example: "jouled query device by-owner joule1… --work-class gpu", PositionalArgs: args("owner"),
			},
			{
				RpcMethod: "DevicesByBeneficiary", Use: "by-beneficiary [beneficiary]", Short: "List the devices that pay an account", Long: paging,
				Example: "jouled query device by-beneficiary joule1…", PositionalArgs: args("beneficiary"),
			},
			{
				RpcMethod: "Attestation", Use: "attestation [device-id]", Short: "Show a device's last accepted hardware evidence and whether it counts",
				Example: "jouled query device attestation jouledev1…", PositionalArgs: args("device_id"),
			},
			{
				RpcMethod: "DeviceByChip", Use: "by-chip [chip-id]", Short: "Show the device that a chip (64 hex digits) was last proven for",
				Example: "jouled query device by-chip 3f2a…", PositionalArgs: args("chip_id"),
			},
			{
				RpcMethod: "AttestNonce", Use: "attest-nonce [device-id] [kind]", Short: "Show the nonce that a device's chip must answer now",
				Long:    "kind is nvidia or tpm. The answer goes into \"tx device attest\" before valid_until_height.",
				Example: "jouled query device attest-nonce jouledev1… tpm", PositionalArgs: args("device_id", "kind"),
			},
			{
				RpcMethod: "Revocations", Use: "revocations", Short: "List the keys and firmware ids that are no longer trusted",
				Example: "jouled query device revocations",
			},
		},
	}
}

const registrationHelp = `A registration is signed by the device's own key; "joule-sidecar register --help" tells how to write one. Its fields:

  {
    "owner": "joule1…",
    "public_key": {"type": "KEY_TYPE_ED25519", "key": "<base64>"},
    "work_class": "WORK_CLASS_GPU",
    "capability": {"gpu": {"model": "Name of the card", "memory_mib": 16384}},
    "beneficiary": "",
    "bond": {"denom": "ujoule", "amount": "10000000"},
    "bond_payer": "",
    "generation": "1",
    "expiry_height": "12345",
    "signature": "<base64, 64 bytes>"
  }

Every field is under the signature, so the file works for the one owner, payer and chain that it was signed for. The argument is a
file whose name ends in .json, or the JSON text itself.`

const attestHelp = `The sidecar makes the evidence ("joule-sidecar attest --help"); its fields are

  {"nvidia": {"certificates": ["<base64 DER>", … five, leaf first], "report": "<base64>"}}
  {"tpm": {"certificates": ["<base64 DER>", …], "public": "<base64>", "attest": "<base64>", "signature": "<base64>"}}

Without certificates it renews the device's last attestation. The nonce comes from "query device attest-nonce" and is good for a few minutes.
It counts from the next epoch on. The argument is a file whose name ends in .json, or the JSON text itself.`

func txCommands() *autocliv1.ServiceCommandDescriptor {
	options := append(registerCommands(), deviceCommands()...)
	return &autocliv1.ServiceCommandDescriptor{Service: "joule.device.v1.Msg", RpcCommandOptions: options}
}

func registerCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "RegisterDevice", Use: "register [registration.json]", Short: "Register a device of yours and pay its bond",
			Long: registrationHelp, Example: "jouled tx device register registration.json --from owner",
			PositionalArgs: args("registration"),
		},
		{
			RpcMethod: "RegisterDevices", Use: "register-batch [registration.json]...", Short: "Register several devices of yours, all or none",
			Long: registrationHelp, Example: "jouled tx device register-batch a.json b.json --from owner",
			PositionalArgs: varargs("registrations"),
		},
		{
			RpcMethod: "SponsorDevices", Use: "sponsor [registration.json]...", Short: "Register devices of other accounts and pay their bonds, all or none",
			Long:    registrationHelp + "\n\nThe registrations name your account as bond_payer; the bonds return to you alone. The beneficiary is the owner.",
			Example: "jouled tx device sponsor customer.json --from maker", PositionalArgs: varargs("registrations"),
		},
	}
}

func deviceCommands() []*autocliv1.RpcCommandOptions {
	return []*autocliv1.RpcCommandOptions{
		{
			RpcMethod: "AddBond", Use: "add-bond [device-id] [amount]", Short: "Raise the bond of a device whose bond you paid",
			Long:    "A larger bond lets more work in one window count: bond / bond_per_unit units.",
			Example: "jouled tx device add-bond jouledev1… 5000000ujoule --from payer", PositionalArgs: args("device_id", "amount"),
		},
		{
			RpcMethod: "SetBeneficiary", Use: "set-beneficiary [device-id] [beneficiary]", Short: "Name the account that a device of yours pays",
			Long:    "What the device has accrued is paid to the old beneficiary first.",
			Example: "jouled tx device set-beneficiary jouledev1… joule1… --from owner", PositionalArgs: args("device_id", "beneficiary"),
		},
		{
			RpcMethod: "SuspendDevice", Use: "suspend [device-id]", Short: "Suspend a device of yours for maintenance",
			Example: "jouled tx device suspend jouledev1… --from owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "ResumeDevice", Use: "resume [device-id]", Short: "Resume a suspended device of yours",
			Long:    "After maintenance at any time; after faults from the epoch that the device's suspended_until_epoch names.",
			Example: "jouled tx device resume jouledev1… --from owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "OfferDevice", Use: "offer [device-id] [new-owner]", Short: "Offer a device of yours to another account, or take the offer back",
			Long:           "Without a new owner the open offer is taken back; another offer replaces it. Only the account that it names may accept it.",
			Example:        "jouled tx device offer jouledev1… joule1… --from owner\njouled tx device offer jouledev1… --from owner",
			PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "device_id"}, {ProtoField: "new_owner", Optional: true}},
		},
		{
			RpcMethod: "AcceptDevice", Use: "accept [device-id]", Short: "Take a device that was offered to you",
			Long:    "What the device has accrued is paid to the old beneficiary first. With --replace-bond you pay the same bond and the old payer gets theirs back.",
			Example: "jouled tx device accept jouledev1… --beneficiary joule1… --replace-bond --from new-owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "RetireDevice", Use: "retire [device-id]", Short: "End a device's work and start the unbonding of its bond",
			Long:    "What the device has earned stays claimable. The bond is free after unbonding_epochs: see withdraw-bond.",
			Example: "jouled tx device retire jouledev1… --from owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "WithdrawBond", Use: "withdraw-bond [device-id]", Short: "Return a retired device's unbonded bond to the account that paid it",
			Example: "jouled tx device withdraw-bond jouledev1… --from anyone", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "ReclaimBond", Use: "reclaim-bond [device-id]", Short: "Get the bond of a device that you sponsored back from an owner who is gone",
			Long: "The first time it gives the owner notice. Sent again from the epoch that the device's reclaim_epoch names (reclaim_epochs later,\n" +
				"180 days by default), it retires the device; after unbonding, withdraw-bond pays the bond. Any message of the owner ends the notice.",
			Example: "jouled tx device reclaim-bond jouledev1… --from sponsor", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "KeepDevice", Use: "keep [device-id]", Short: "Answer the notice of your device's sponsor, who wants the bond back",
			Example: "jouled tx device keep jouledev1… --from owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "Attest", Use: "attest [device-id] [nonce-height] [evidence.json]", Short: "Prove a device's hardware; anyone may send it",
			Long:    attestHelp,
			Example: "jouled tx device attest jouledev1… 12345 evidence.json --gas auto --from anyone", PositionalArgs: args("device_id", "nonce_height", "evidence"),
		},
		{
			RpcMethod: "ReleaseChip", Use: "release-chip [device-id]", Short: "End the hardware attestation of a device of yours, so that another may use its chip",
			Example: "jouled tx device release-chip jouledev1… --from owner", PositionalArgs: args("device_id"),
		},
		{
			RpcMethod: "UpdateRevocations", Use: "update-revocations", Short: "Propose to governance which keys and firmware are no longer trusted",
			Long:    "Hashes are SHA-256 of public keys in DER (32 bytes) or NVIDIA firmware ids (48 bytes), in hex; each flag may be repeated.",
			Example: "jouled tx device update-revocations --add 9f86… --deposit 1000000ujoule --title … --summary … --from proposer", GovProposal: true,
		},
		{
			RpcMethod: "UpdateParams", Use: "update-params [params.json]", Short: "Propose new parameters to governance",
			Long:    "Replaces all parameters; bond_denom cannot change. The message is wrapped into a governance proposal.",
			Example: "jouled tx device update-params params.json --deposit 1000000ujoule --title … --summary … --from proposer", PositionalArgs: args("params"),
			GovProposal: true,
		},
	}
}
