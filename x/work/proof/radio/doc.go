// Package radio judges radio coverage: one gateway transmits a beacon that nobody could know before, other gateways
// sign what they heard, and the rules of SPEC.md decide which of them count. It is pure: no SDK, no I/O, no clock, no
// floats, no goroutines. The chain calls it inside consensus and the sidecar calls it before it transmits, signs or
// submits, so both reach the same verdict from the same bytes.
//
// The calls, in the order in which a beacon lives:
//
//	CellOf             the H3 cell that holds a position, which a radio registers with
//	ChainValue         the hash chain that a device registers, and each epoch's preimage
//	SlotOf             when the device transmits in an epoch
//	DeriveBeacon       payload, channel and power of the beacon
//	ReceiptSignBytes   what a witness signs; BeaconSignBytes what the beaconer signs
//	Evidence           the encoding of preimage, signature and receipts
//	VerifyPreimage, VerifySignatures
//	                   the part of the check that reads no state: its verdict can be cached
//	Judge              the rules over facts that the chain supplies, one Reason per witness
//	RewardCurve, Scale what the verdicts are worth
package radio
