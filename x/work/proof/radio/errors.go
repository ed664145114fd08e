package radio

import "errors"

// Sentinel errors. Every error of this package wraps exactly one of them. What concerns a single witness is a Reason,
// not an error.
var (
	// ErrPosition: a position is off the map, too near a pole or not canonical.
	ErrPosition = errors.New("radio: invalid position")
	// ErrParams: a parameter is out of range; the text names the field.
	ErrParams = errors.New("radio: invalid parameters")
	// ErrCell: a number is no H3 cell, or has no such relative.
	ErrCell = errors.New("radio: invalid H3 cell")
	// ErrRegion: a region is unknown or its plan is inconsistent.
	ErrRegion = errors.New("radio: invalid region")
	// ErrChain: a preimage is not the one that its epoch fixes in the device's hash chain.
	ErrChain = errors.New("radio: invalid hash chain preimage")
	// ErrReceipt: a receipt has the wrong length.
	ErrReceipt = errors.New("radio: invalid receipt")
	// ErrEvidence: evidence is malformed, too large or not canonical.
	ErrEvidence = errors.New("radio: invalid evidence")
	// ErrKey: a public key is malformed, not canonical or of a type that radios do not use.
	ErrKey = errors.New("radio: invalid public key")
	// ErrFacts: the facts do not fit the evidence.
	ErrFacts = errors.New("radio: facts do not fit the evidence")
)
