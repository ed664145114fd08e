package disk

import "errors"

// Sentinel errors. Every error of this package wraps exactly one of them.
var (
	// ErrParams: k or strength is out of range; the text names the field.
	ErrParams = errors.New("disk: invalid parameters")
	// ErrLength: a packed proof is not exactly 16·k bytes, or evidence has no such length or number of proofs.
	ErrLength = errors.New("disk: wrong proof length")
	// ErrValue: an x-value does not fit k bits (packing only).
	ErrValue = errors.New("disk: x-value out of range")
	// ErrSet: a fragment lies outside the set that the challenge selects for its link.
	ErrSet = errors.New("disk: fragment outside the challenged set")
	// ErrChain: a link's hash does not pass the chain's filter.
	ErrChain = errors.New("disk: chain filter not passed")
	// ErrMatch: two neighbouring entries of a table do not match.
	ErrMatch = errors.New("disk: entries do not match")
	// ErrVersion: evidence of a version that nobody knows.
	ErrVersion = errors.New("disk: unknown evidence version")
	// ErrIndex: a plot's number is not below the claimed plots.
	ErrIndex = errors.New("disk: plot index out of range")
	// ErrThreshold: a proof's quality is not below lambda/plots.
	ErrThreshold = errors.New("disk: quality above the threshold")
	// ErrOrder: evidence's proofs are not in strictly ascending quality.
	ErrOrder = errors.New("disk: proofs out of order")
	// ErrPair: two matching entries fail their table's pairing filter.
	ErrPair = errors.New("disk: pairing filter not passed")
)
