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
	// ErrListRoot: the opened (seed, root) pairs are not the committed ones.
	ErrListRoot = errors.New("gpu: rounds do not match the committed list root")
	// ErrLink: an opened round's seed does not follow from the round before.
	ErrLink = errors.New("gpu: round seed does not follow from the previous round")
	// ErrTile: the recomputed tile does not lead to the round's root.
	ErrTile = errors.New("gpu: recomputed tile does not match the round root")
	// ErrAssemble: the prover's inputs do not fit the challenge.
	ErrAssemble = errors.New("gpu: cannot assemble opening")
)
