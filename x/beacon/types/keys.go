package types

import "cosmossdk.io/collections"

const (
	// ModuleName is the module's name.
	ModuleName = "beacon"
	// StoreKey is the name of its store.
	StoreKey = ModuleName
)

var (
	// ParamsKey holds the parameters.
	ParamsKey = collections.NewPrefix(0)
	// EpochKey holds the current epoch.
	EpochKey = collections.NewPrefix(1)
	// ValidatorKeysPrefix maps an operator to its keys.
	ValidatorKeysPrefix = collections.NewPrefix(2)
	// KeyOwnersPrefix maps every key ever registered to its operator.
	KeyOwnersPrefix = collections.NewPrefix(3)
	// MissesPrefix maps an operator to its counters.
	MissesPrefix = collections.NewPrefix(4)
	// MixesPrefix maps a height to its mix.
	MixesPrefix = collections.NewPrefix(5)
	// LastMixKey holds the newest mix.
	LastMixKey = collections.NewPrefix(6)
	// GenesisOpenKey exists from InitGenesis to the first block.
	GenesisOpenKey = collections.NewPrefix(7)
)
