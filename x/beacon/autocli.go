package beacon

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the module's commands. MsgReveal has none: only a proposer makes it.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	arg := func(field string) *autocliv1.PositionalArgDescriptor {
		return &autocliv1.PositionalArgDescriptor{ProtoField: field}
	}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.beacon.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the beacon's parameters"},
				{RpcMethod: "Epoch", Use: "epoch", Short: "Show the current epoch"},
				{
					RpcMethod: "Mix", Use: "mix [height]", Short: "Show the mix of a recent height; 0 is the newest",
					Example: "jouled query beacon mix 0", PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("height")},
				},
				{RpcMethod: "Mixes", Use: "mixes", Short: "List the recent mixes, newest first"},
				{
					RpcMethod: "ValidatorKey", Use: "validator-key [operator]", Short: "Show an operator's beacon keys and miss counters",
					Example: "jouled query beacon validator-key joulevaloper1...", PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("operator_address")},
				},
				{RpcMethod: "ValidatorKeys", Use: "validator-keys", Short: "List all beacon keys"},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.beacon.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "RegisterKey", Use: "register-key [key] [proof]", Short: "Register or rotate the operator's beacon key",
					Long:    "Register or rotate the beacon key of the sender's operator address. Key and proof are hex or base64; they are made from the key file by \"jouled beacon-key register\", which sends this message itself.",
					Example: "jouled tx beacon register-key $KEY $PROOF --from operator", PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("key"), arg("proof")},
				},
				{RpcMethod: "UpdateParams", Use: "update-params-proposal [params]", Short: "Propose new parameters; all of them must be given", PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("params")}, GovProposal: true},
			},
		},
	}
}
