package emissions

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

func arg(field string) *autocliv1.PositionalArgDescriptor {
	return &autocliv1.PositionalArgDescriptor{ProtoField: field}
}

// AutoCLIOptions describes the module's commands.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	type args = []*autocliv1.PositionalArgDescriptor
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.emissions.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Query the emissions parameters"},
				{RpcMethod: "Supply", Use: "supply", Short: "Query the supply, the reserve and what circulates, in ujoule"},
				{RpcMethod: "Epoch", Use: "epoch [epoch]", Short: "Query an epoch's account; 0 is the newest frozen one", PositionalArgs: args{arg("epoch")}},
				{RpcMethod: "Epochs", Use: "epochs", Short: "List the epochs' accounts"},
				{RpcMethod: "Classes", Use: "classes", Short: "Query the work classes' baselines and carries"},
				{RpcMethod: "Rewards", Use: "rewards [beneficiary]", Short: "List a beneficiary's devices and what a claim would pay for each", PositionalArgs: args{arg("beneficiary")}},
				{RpcMethod: "Invariants", Use: "invariants", Short: "Recompute the accounting from the whole state (a node without a query gas limit)"},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.emissions.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Claim", Use: "claim [device-id]...", Short: "Claim the rewards of devices that pay the sender; without ids a page of all of them",
					Example:        "jouled tx emissions claim --from alice\njouled tx emissions claim jouledev1… --from alice",
					PositionalArgs: args{{ProtoField: "device_ids", Varargs: true}},
				},
				{
					RpcMethod: "Burn", Use: "burn [amount]", Short: "Destroy coins of the sender; they refill the reserve",
					Example: "jouled tx emissions burn 1000000ujoule --from alice", PositionalArgs: args{arg("amount")},
				},
				{
					RpcMethod: "UpdateParams", Use: "update-params-proposal [params]", Short: "Submit a proposal to replace the emissions parameters; params is JSON, all fields set",
					PositionalArgs: args{arg("params")}, GovProposal: true,
				},
			},
		},
	}
}
