package gpu

import "errors"

// Sentinel errors. Every error of this package wraps exactly one of them.
var (
	// ErrParams: a parameter is out of range; the text names the field.
	ErrParams = errors.New("gpu: invalid parameters")
	// ErrUnits: the work of a commitment does not fit 64 bits of units.
	ErrUnits = errors.New("gpu: units out of range")
	// ErrCommitment: a commitment has the wrong length or declares zero or too
	// many rounds.
	ErrCommitment = errors.New("gpu: invalid commitment")
	// ErrTooLarge: the proof exceeds MaxProofSize, refused before any work.
	ErrTooLarge = errors.New("gpu: proof too large")
	// ErrTruncated: the proof is shorter than its challenge demands.
	ErrTruncated = errors.New("gpu: proof truncated")
	// ErrTrailing: the proof has bytes after its last field.
	ErrTrailing = errors.New("gpu: trailing bytes after proof")
	// ErrListRoot: the opened tiles, their paths and the carried nodes do not lead to the committed list root. Nothing
	// in a proof is redundant, so this one error stands for a wrong tile, a wrong path and a wrong round before alike.
	ErrListRoot = errors.New("gpu: opening does not lead to the committed list root")
	// ErrAssemble: the prover's inputs do not fit the challenge.
	ErrAssemble = errors.New("gpu: cannot assemble opening")
)
