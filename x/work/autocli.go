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
				{RpcMethod: "Radio", Use: "radio [device-id]", Short: "Show a radio: number, antenna, slot, what keeps it from being paid", Example: "jouled query work radio jouledev1…", PositionalArgs: args("device_id")},
				{RpcMethod: "RadioByNumber", Use: "radio-number [number]", Short: "Show a radio by the number that receipts carry", Example: "jouled query work radio-number 17", PositionalArgs: args("number")},
				{RpcMethod: "Radios", Use: "radios", Short: "List the radios, or with --cell those that an H3 cell holds", Example: "jouled query work radios --cell 85283473fffffff"},
				{RpcMethod: "RadioBeacon", Use: "radio-beacon [epoch] [number]", Short: "Show a beacon and why each witness was paid or not", Example: "jouled query work radio-beacon 812 17", PositionalArgs: args("epoch", "number")},
				{RpcMethod: "RadioBeaconByPayload", Use: "radio-payload [payload-hash]", Short: "Show the beacon that a witness heard, by the hash of its payload in hexadecimal", Example: "jouled query work radio-payload 9f86…", PositionalArgs: args("payload_hash")},
				{RpcMethod: "RadioVerdicts", Use: "radio-verdicts [device-id]", Short: "Show what a radio's newest receipts came to, in words", Example: "jouled query work radio-verdicts jouledev1…", PositionalArgs: args("device_id")},
				{RpcMethod: "RadioCell", Use: "radio-cell [cell]", Short: "Show an H3 cell's density", Example: "jouled query work radio-cell 8828308281fffff", PositionalArgs: args("cell")},
				{RpcMethod: "DeniedRadios", Use: "denied-radios", Short: "List the radios that governance denies", Example: "jouled query work denied-radios"},
				{RpcMethod: "DeniedRadioEdges", Use: "denied-radio-edges", Short: "List the pairs of radios that governance denies", Example: "jouled query work denied-radio-edges"},
				{RpcMethod: "Tally", Use: "tally [class] [epoch]", Short: "Show a class's units, pool and payments of one epoch", Example: "jouled query work tally gpu 7", PositionalArgs: args("work_class", "epoch")},
				{RpcMethod: "Tallies", Use: "tallies [class]", Short: "List a class's epochs", Example: "jouled query work tallies gpu --page-limit 50 --page-reverse", PositionalArgs: args("work_class")},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "joule.work.v1.Msg", EnhanceCustomCommand: true,
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
					RpcMethod: "AssertRadio", Use: "assert-radio [device-id] [latitude-e7] [longitude-e7] [gain] [region] [anchor-epoch] [anchor]", Short: "Say where a radio's antenna stands and which hash chain its beacons follow",
					Long: `Say where a radio's antenna stands, in 1e-7 degrees, with its gain in tenths of dBi, its region (1 EU868, 2 US915, 3 AS923, 4 AU915, 5 IN865, 6 KR920) and a
value of its hash chain; the sidecar does this by itself. Only the device's owner may. It holds from the epoch after the next one on. A first assertion and every move pay assert_fee to the
community pool, and a moved position counts after move_epochs; the same antenna with a new anchor renews the chain alone. Before a negative number write --, and all flags
before that.`,
					Example:        "jouled tx work assert-radio --from owner -- jouledev1… 462000000 -61500000 30 1 812 \"$(cat anchor.b64)\"",
					PositionalArgs: args("device_id", "latitude_e7", "longitude_e7", "gain", "region", "anchor_epoch", "anchor"),
				},
				{
					RpcMethod: "ReleaseRadio", Use: "release-radio [device-id]", Short: "Take a retired or idle radio out of its cell's density", Example: "jouled tx work release-radio jouledev1… --from anybody",
					PositionalArgs: args("device_id"),
				},
				// The generator's flags know no lists of 32-bit numbers: this command is client/cli's.
				{
					RpcMethod: "UpdateRadioDenylist", Use: "update-radio-denylist", Short: "Propose to deny radios and pairs of radios, or to allow them again",
					Example: "jouled tx work update-radio-denylist --deny 17,23 --deny-edges 4:9 --title … --summary … --deposit 10000000ujoule --from voter", Skip: true,
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
