package types

import errorsmod "cosmossdk.io/errors"

// Errors of the work module. Those of shape, signature and proof fail a batch, and so does a key that was never registered;
// those of state (from ErrDeviceNotActive on) skip the item, so that a relayer cannot be griefed by an item that another one
// landed first.
var (
	ErrInvalidParams    = errorsmod.Register(ModuleName, 2, "invalid parameters")
	ErrInvalidGenesis   = errorsmod.Register(ModuleName, 3, "invalid genesis")
	ErrEmptyBatch       = errorsmod.Register(ModuleName, 4, "empty batch")
	ErrTooManyItems     = errorsmod.Register(ModuleName, 5, "too many items")
	ErrDuplicateItem    = errorsmod.Register(ModuleName, 6, "duplicate item")
	ErrInvalidEvidence  = errorsmod.Register(ModuleName, 7, "invalid evidence")
	ErrUnsupportedClass = errorsmod.Register(ModuleName, 8, "unsupported work class")
	ErrWrongPhase       = errorsmod.Register(ModuleName, 9, "wrong phase")
	ErrPayloadSize      = errorsmod.Register(ModuleName, 10, "wrong payload size")
	ErrBadSignature     = errorsmod.Register(ModuleName, 11, "bad device signature")
	ErrBadProof         = errorsmod.Register(ModuleName, 12, "bad proof")
	ErrNothingNew       = errorsmod.Register(ModuleName, 13, "nothing new in the batch")
	ErrInvalidRequest   = errorsmod.Register(ModuleName, 14, "invalid request")
	ErrNotFound         = errorsmod.Register(ModuleName, 15, "not found")
	ErrInvalidAuthority = errorsmod.Register(ModuleName, 16, "invalid authority")
	ErrAccounting       = errorsmod.Register(ModuleName, 17, "accounting broken")
	ErrUnknownDevice    = errorsmod.Register(ModuleName, 18, "unknown device")
	ErrInvalidClaim     = errorsmod.Register(ModuleName, 19, "invalid disk claim")
	ErrUnauthorized     = errorsmod.Register(ModuleName, 20, "unauthorized")

	ErrDeviceNotActive   = errorsmod.Register(ModuleName, 31, "device not active")
	ErrWrongClass        = errorsmod.Register(ModuleName, 32, "wrong work class")
	ErrUnknownWindow     = errorsmod.Register(ModuleName, 33, "unknown window")
	ErrWindowNotOpen     = errorsmod.Register(ModuleName, 34, "window not open")
	ErrWindowClosed      = errorsmod.Register(ModuleName, 35, "window closed")
	ErrRounds            = errorsmod.Register(ModuleName, 36, "rounds out of range")
	ErrNotLarger         = errorsmod.Register(ModuleName, 37, "replacement is not larger")
	ErrBondTooSmall      = errorsmod.Register(ModuleName, 38, "bond too small")
	ErrNoCommitment      = errorsmod.Register(ModuleName, 39, "opening without commitment")
	ErrAlreadyOpened     = errorsmod.Register(ModuleName, 40, "already opened")
	ErrTooEarly          = errorsmod.Register(ModuleName, 41, "opening too early")
	ErrTooLate           = errorsmod.Register(ModuleName, 42, "opening too late")
	ErrProofTooLarge     = errorsmod.Register(ModuleName, 43, "proof too large")
	ErrUnits             = errorsmod.Register(ModuleName, 44, "units out of range")
	ErrEpochFrozen       = errorsmod.Register(ModuleName, 45, "epoch frozen")
	ErrTooManyUnsettled  = errorsmod.Register(ModuleName, 46, "too many unsettled epochs")
	ErrTooManyPending    = errorsmod.Register(ModuleName, 47, "too many pending commitments")
	ErrAlreadyInProposal = errorsmod.Register(ModuleName, 48, "already in this proposal")
	ErrSuspended         = errorsmod.Register(ModuleName, 49, "suspended for faults")
	ErrWrongCohort       = errorsmod.Register(ModuleName, 50, "window of another cohort")
	ErrNoClaim           = errorsmod.Register(ModuleName, 51, "no claim in effect")
	ErrClaimMismatch     = errorsmod.Register(ModuleName, 52, "evidence does not fit the claim")
	ErrTooManyProofs     = errorsmod.Register(ModuleName, 53, "too many proofs")
	ErrAlreadyProven     = errorsmod.Register(ModuleName, 54, "already proven in this epoch")
	ErrPlotIndex         = errorsmod.Register(ModuleName, 55, "plot index beyond the claim")
)

// IsStateError reports whether the error skips its item instead of failing the batch.
func IsStateError(err error) bool {
	space, code, _ := errorsmod.ABCIInfo(err, false)
	return space == ModuleName && code >= ErrDeviceNotActive.ABCICode()
}
