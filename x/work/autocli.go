package work

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the module's commands, one for every message and query.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.work.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the parameters: windows, kernels, the lane, faults", Example: "jouled query work params"},
				{RpcMethod: "Windows", Use: "windows", Short: "List the live windows, oldest first", Example: "jouled query work windows"},
				{RpcMethod: "Window", Use: "window [id]", Short: "Show a live window by its id: the height whose mix opened it, or for disks the epoch times 65536 plus the cohort", Example: "jouled query work window 1234", PositionalArgs: args("id")},
				{RpcMethod: "DeviceWork", Use: "device [device-id]", Short: "Show a device's commitments or disk claims, unsettled units and what a claim would pay", Example: "jouled query work device jouledev1…", PositionalArgs: args("device_id")},
				{
					RpcMethod: "DiskSchedule", Use: "disk-schedule", Short: "Show the epoch's disk windows, and with --device-id a disk's own window, claim and next window",
					Example: "jouled query work disk-schedule --device-id jouledev1…",
				},
				{RpcMethod: "Tally", Use: "tally [class] [epoch]", Short: "Show a class's units, pool and payments of one epoch", Example: "jouled query work tally gpu 7", PositionalArgs: args("work_class", "epoch")},
				{RpcMethod: "Tallies", Use: "tallies [class]", Short: "List a class's epochs", Example: "jouled query work tallies gpu --page-limit 50 --page-reverse", PositionalArgs: args("work_class")},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.work.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "SubmitWork", Use: "submit [evidence-json ...]", Short: "Relay evidence that devices have signed",
					Long: `Relay evidence that devices have signed; the sidecar does this by itself. Each argument is one item as JSON:

  {"device_id": "<base64, 20 bytes>", "work_class": "WORK_CLASS_GPU", "window": "1234", "phase": "PHASE_COMMIT", "payload": "<base64>", "signature": "<base64, 64 bytes>"}

The transaction is free if it has no fee, no memo and exactly the gas of the formula in x/work/README.md.`,
					Example:        "jouled tx work submit \"$(cat evidence.json)\" --from relayer --gas 45234",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "evidence", Varargs: true}},
				},
				{
					RpcMethod: "SetDiskClaim", Use: "set-disk-claim [device-id] [plots] [k] [strength]", Short: "Claim that a disk stores plots 0 to plots-1; 0 0 0 ends the claim",
					Long: `Claim that a disk device stores its plots 0 to plots-1, all of the same k and strength; the sidecar does this by itself. Only the device's owner may. The claim
holds from the epoch after the next one on, and the device's bond must cover it. Each epoch pays about what is stored whatever is claimed: a claim above it only spreads the pay more.`,
					Example:        "jouled tx work set-disk-claim jouledev1… 1000 28 4 --from owner",
					PositionalArgs: args("device_id", "plots", "k", "strength"),
				},
				{
					RpcMethod: "UpdateParams", Use: "update-params [params-json]", Short: "Propose new parameters; live windows keep theirs",
					Long:           "Propose new parameters to governance. Give all of them, as `jouled query work params --output json` shows them under \"params\".",
					Example:        "jouled tx work update-params \"$(cat params.json)\" --title \"Two windows an hour\" --summary \"…\" --deposit 10000000ujoule --from voter",
					PositionalArgs: args("params"), GovProposal: true,
				},
			},
		},
	}
}

func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	out := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, f := range fields {
		out[i] = &autocliv1.PositionalArgDescriptor{ProtoField: f}
	}
	return out
}
