// Package keeper holds the beacon's state: epochs, keys, mixes and miss counters.
package keeper

import (
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/joulechain/joule/x/beacon/types"
)

// Keeper reads and writes the beacon's state.
type Keeper struct {
	operators address.Codec
	staking   types.StakingKeeper
	authority string

	Schema collections.Schema
	params collections.Item[types.Params]
	epoch  collections.Item[types.Epoch]
	// keys holds each operator's record; owners reserves every key ever registered for the operator that did.
	keys   collections.Map[[]byte, types.ValidatorKey]
	owners collections.Map[[]byte, []byte]
	misses collections.Map[[]byte, types.MissRecord]
	// mixes is the recent history; lastMix its newest entry, read by every block.
	mixes   collections.Map[int64, types.Mix]
	lastMix collections.Item[types.Mix]
	// genesisOpen exists until the first block: keys that gentxs register are active at once.
	genesisOpen collections.Item[bool]
}

// NewKeeper returns a keeper. operators turns operator addresses into text and back; authority is the account that may
// change the parameters.
func NewKeeper(cdc codec.BinaryCodec, store corestore.KVStoreService, operators address.Codec, staking types.StakingKeeper, authority string) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	k := &Keeper{
		operators: operators, staking: staking, authority: authority,
		params:      collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		epoch:       collections.NewItem(sb, types.EpochKey, "epoch", codec.CollValue[types.Epoch](cdc)),
		keys:        collections.NewMap(sb, types.ValidatorKeysPrefix, "validator_keys", collections.BytesKey, codec.CollValue[types.ValidatorKey](cdc)),
		owners:      collections.NewMap(sb, types.KeyOwnersPrefix, "key_owners", collections.BytesKey, collections.BytesValue),
		misses:      collections.NewMap(sb, types.MissesPrefix, "misses", collections.BytesKey, codec.CollValue[types.MissRecord](cdc)),
		mixes:       collections.NewMap(sb, types.MixesPrefix, "mixes", collections.Int64Key, codec.CollValue[types.Mix](cdc)),
		lastMix:     collections.NewItem(sb, types.LastMixKey, "last_mix", codec.CollValue[types.Mix](cdc)),
		genesisOpen: collections.NewItem(sb, types.GenesisOpenKey, "genesis_open", collections.BoolValue),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("beacon: schema: %w", err))
	}
	k.Schema = schema
	return k
}

// Authority is the account that may change the parameters.
func (k *Keeper) Authority() string { return k.authority }

// FormatOperator returns an operator address in text.
func (k *Keeper) FormatOperator(operator []byte) (string, error) {
	return k.operators.BytesToString(operator)
}
