// Package gpu verifies committed matrix products, the evidence of the GPU work
// class. It is pure: no SDK, no I/O, no clock, no floats, no goroutines. The
// chain calls it inside consensus and the sidecar calls it before it submits,
// so both reach the same verdict from the same bytes.
//
// A device multiplies n×n int8 matrices that are expanded from a seed chain,
// commits to the Merkle roots of all products it finished in a window, and
// later opens t tiles at (round, row, column) positions that nobody could know
// while the work was done. SPEC.md describes the construction byte by byte,
// the measurements behind the parameters, the soundness argument and what the
// proof does not show.
//
// The calls, in the order in which evidence lives:
//
//	Seed0              the window's seed of one device
//	ExpandRow, ExpandColumn, LeafHash, NodeHash, NextSeed
//	                   what a prover computes per round
//	ListRoot           the commitment over all rounds
//	Commitment         what the device signs inside the window
//	Positions          which tiles two later beacon mixes ask for
//	AssembleOpening    the prover's encoder
//	VerifyOpening      the validator's check
//	Units              what a verified commitment is worth
package gpu
