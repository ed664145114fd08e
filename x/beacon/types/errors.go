package types

import errorsmod "cosmossdk.io/errors"

var (
	// ErrInvalidParams refuses a parameter out of range.
	ErrInvalidParams = errorsmod.Register(ModuleName, 2, "invalid beacon parameters")
	// ErrInvalidKey refuses a key that RFC 9381 validation rejects.
	ErrInvalidKey = errorsmod.Register(ModuleName, 3, "invalid beacon key")
	// ErrInvalidPossession refuses a registration without a proof that its sender holds the secret.
	ErrInvalidPossession = errorsmod.Register(ModuleName, 4, "invalid proof of possession")
	// ErrKeyInUse refuses a key that an operator registered before.
	ErrKeyInUse = errorsmod.Register(ModuleName, 5, "beacon key already registered")
	// ErrKeyPending refuses a second rotation while one is pending.
	ErrKeyPending = errorsmod.Register(ModuleName, 6, "a beacon key is already pending")
	// ErrNoKey says that an operator has no key.
	ErrNoKey = errorsmod.Register(ModuleName, 7, "no beacon key")
	// ErrMixUnknown says that a height's mix is not in state.
	ErrMixUnknown = errorsmod.Register(ModuleName, 8, "mix unknown")
	// ErrRevealMissing refuses a block without the reveal that its proposer owes.
	ErrRevealMissing = errorsmod.Register(ModuleName, 9, "reveal missing")
	// ErrRevealUnexpected refuses a reveal where none belongs.
	ErrRevealUnexpected = errorsmod.Register(ModuleName, 10, "reveal not allowed")
	// ErrRevealMalformed refuses a reveal that is not the canonical encoding of its fields.
	ErrRevealMalformed = errorsmod.Register(ModuleName, 11, "malformed reveal")
	// ErrRevealInvalid refuses a reveal of another proposer, height or mix, or with a proof that fails.
	ErrRevealInvalid = errorsmod.Register(ModuleName, 12, "invalid reveal")
	// ErrInvalidGenesis refuses a genesis state.
	ErrInvalidGenesis = errorsmod.Register(ModuleName, 13, "invalid beacon genesis")
)
