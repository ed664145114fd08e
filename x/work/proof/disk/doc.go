// Package disk verifies proofs of space, the evidence of the disk work class. It
// is pure: no SDK, no I/O, no clock, no floats, no goroutines. The chain calls it
// inside consensus and the sidecar calls it before it submits, so both reach the
// same verdict from the same bytes.
//
// The construction is Chia's second-generation proof of space, frozen at one
// commit of its reference, with plot ids of our own. A device fills a plot with
// 2k-bit fragments that are costly to make again, and answers a challenge with
// a chain of sixteen of them, opened as 128 x-values. SPEC.md describes it step by
// step, with the soundness argument, the measurements and what a proof does not
// show.
//
// The calls, in the order in which evidence lives:
//
//	DerivePlotID       names plot number i of one device on one chain
//	NewPlot            a plot's keyed functions
//	G, Target, Pair, Fragment
//	                   what a plotter computes; Hash takes many states at once
//	Challenge, Link    what a scan computes over stored fragments
//	Quality            a found chain's lot, before the x-values are solved
//	Within             whether a claim's threshold lets it count
//	Decode             what the solver starts from
//	Pack               the prover's encoder
//	Verify             the validator's check of one proof
//	DeriveChallenge    what a window asks
//	EncodeEvidence     a device's shares of one window, as it signs them
//	VerifyEvidence     the validator's check of a claim's shares
//	Units              what they earn
//
// Hashing uses AESENC on amd64 and AESE on arm64 where the processor has them
// (Accelerated), and portable code with the same results elsewhere or with the
// build tag purego.
package disk
