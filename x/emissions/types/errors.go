package types

import errorsmod "cosmossdk.io/errors"

// Errors of the module; the texts that wrap them name the field, the limit and what would be right.
var (
	ErrInvalidParams     = errorsmod.Register(ModuleName, 2, "invalid parameters")
	ErrDenomMismatch     = errorsmod.Register(ModuleName, 3, "wrong denomination")
	ErrNotBeneficiary    = errorsmod.Register(ModuleName, 4, "the device pays another account")
	ErrDuplicateDevice   = errorsmod.Register(ModuleName, 5, "device named twice")
	ErrTooManyDevices    = errorsmod.Register(ModuleName, 6, "too many devices in one claim")
	ErrInvalidClaim      = errorsmod.Register(ModuleName, 7, "invalid claim")
	ErrInvalidAmount     = errorsmod.Register(ModuleName, 8, "invalid amount")
	ErrUnauthorized      = errorsmod.Register(ModuleName, 9, "not the module's authority")
	ErrInvalidGenesis    = errorsmod.Register(ModuleName, 10, "invalid genesis")
	ErrSupplyMismatch    = errorsmod.Register(ModuleName, 11, "supply counters disagree with the bank")
	ErrUnknownEpoch      = errorsmod.Register(ModuleName, 12, "unknown epoch")
	ErrQueryLimit        = errorsmod.Register(ModuleName, 13, "page too large")
	ErrQueryRefused      = errorsmod.Register(ModuleName, 14, "query refused by this node")
	ErrBlockedRecipient  = errorsmod.Register(ModuleName, 15, "account may not receive coins")
	ErrInvalidAddress    = errorsmod.Register(ModuleName, 16, "invalid address")
	ErrAccountingBroken  = errorsmod.Register(ModuleName, 17, "accounting broken")
	ErrInvalidDeviceName = errorsmod.Register(ModuleName, 18, "invalid device id")
)
