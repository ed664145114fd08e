package types

import (
	"google.golang.org/grpc/codes"

	errorsmod "cosmossdk.io/errors"
)

// Errors of the device module. 0 means success and 1 is internal, so codes start at 2; a code is never reused.
var (
	ErrInvalidParams       = errorsmod.Register(ModuleName, 2, "invalid device params")
	ErrUnauthorized        = errorsmod.Register(ModuleName, 3, "unauthorized")
	ErrDeviceNotFound      = errorsmod.RegisterWithGRPCCode(ModuleName, 4, codes.NotFound, "device not found")
	ErrInvalidDeviceID     = errorsmod.RegisterWithGRPCCode(ModuleName, 5, codes.InvalidArgument, "invalid device id")
	ErrInvalidPublicKey    = errorsmod.Register(ModuleName, 6, "invalid device public key")
	ErrInvalidSignature    = errorsmod.Register(ModuleName, 7, "invalid device signature")
	ErrInvalidRegistration = errorsmod.Register(ModuleName, 8, "invalid registration")
	ErrInvalidCapability   = errorsmod.Register(ModuleName, 9, "invalid capability")
	ErrClassNotOpen        = errorsmod.Register(ModuleName, 10, "work class is not open for registration")
	ErrInvalidBond         = errorsmod.Register(ModuleName, 11, "invalid bond")
	ErrBondTooSmall        = errorsmod.Register(ModuleName, 12, "bond too small")
	ErrBondDenom           = errorsmod.Register(ModuleName, 13, "wrong bond denomination")
	ErrWrongGeneration     = errorsmod.Register(ModuleName, 14, "wrong generation")
	ErrAlreadyRegistered   = errorsmod.Register(ModuleName, 15, "device is already registered")
	ErrBondNotWithdrawn    = errorsmod.Register(ModuleName, 16, "the retired registration's bond is not withdrawn")
	ErrRegistrationExpired = errorsmod.Register(ModuleName, 17, "registration expired")
	ErrExpiryTooFar        = errorsmod.Register(ModuleName, 18, "registration expires too late")
	ErrBatchSize           = errorsmod.Register(ModuleName, 19, "wrong batch size")
	ErrDuplicateDevice     = errorsmod.Register(ModuleName, 20, "device appears twice in the batch")
	ErrInvalidAddress      = errorsmod.RegisterWithGRPCCode(ModuleName, 21, codes.InvalidArgument, "invalid address")
	ErrBlockedAddress      = errorsmod.Register(ModuleName, 22, "address cannot receive funds")
	ErrDeviceRetired       = errorsmod.Register(ModuleName, 23, "device is retired")
	ErrNotRetired          = errorsmod.Register(ModuleName, 24, "device is not retired")
	ErrNotActive           = errorsmod.Register(ModuleName, 25, "device is not active")
	ErrNotSuspended        = errorsmod.Register(ModuleName, 26, "device is not suspended")
	ErrSuspended           = errorsmod.Register(ModuleName, 27, "suspension is not over")
	ErrNoOffer             = errorsmod.Register(ModuleName, 28, "device is not offered")
	ErrInvalidOffer        = errorsmod.Register(ModuleName, 29, "invalid offer")
	ErrUnbonding           = errorsmod.Register(ModuleName, 30, "bond is still unbonding")
	ErrNoBond              = errorsmod.Register(ModuleName, 31, "no bond is left")
	ErrClassChanged        = errorsmod.Register(ModuleName, 32, "a key keeps its work class")
	ErrInvalidPage         = errorsmod.RegisterWithGRPCCode(ModuleName, 33, codes.InvalidArgument, "invalid query request")
	ErrUnchanged           = errorsmod.Register(ModuleName, 34, "nothing to change")
	ErrInvalidGenesis      = errorsmod.Register(ModuleName, 35, "invalid device genesis")
	ErrEpochOverflow       = errorsmod.Register(ModuleName, 36, "epoch number overflows")
)
