// Package types holds the emissions module's messages, parameters and pure arithmetic.
package types

import "cosmossdk.io/collections"

const (
	// ModuleName is the module's name and the name of the account that mints, holds unclaimed rewards and burns.
	ModuleName = "emissions"
	// StoreKey is the module's store.
	StoreKey = ModuleName
	// EscrowName is the account that holds the validators' share until it is released. It has no permissions.
	EscrowName = "emissions_escrow"
	// FeesName is the account that holds a block's fees until its end, when a part is burned and validators get the
	// rest. Between blocks it is empty.
	FeesName = "emissions_fees"
)

// Store prefixes.
var (
	ParamsKey         = collections.NewPrefix(0)
	SupplyKey         = collections.NewPrefix(1)
	ClassesPrefix     = collections.NewPrefix(2)
	EpochsPrefix      = collections.NewPrefix(3)
	NextCloseKey      = collections.NewPrefix(4)
	EscrowEndKey      = collections.NewPrefix(5)
	VestingAccsPrefix = collections.NewPrefix(6)
)

const (
	// MaxClosesPerBoundary bounds the claim windows that one epoch boundary closes.
	MaxClosesPerBoundary = 8
	// MaxClasses bounds the classes of the parameters.
	MaxClasses = 16
	// MaxPageSize bounds the pages of queries.
	MaxPageSize = 200
	// MaxGenesisVestingAccounts bounds the accounts that the unvested sum is computed over.
	MaxGenesisVestingAccounts = 10_000
)
