package app

import (
	"slices"
	"strings"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/joulechain/joule/app/ante"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// storeKeys are all stores that the app mounts. Everything that consensus depends on is in kv (IAVL): snapshots cover
// nothing else. transient is cleared at every commit; object holds per-transaction Go values that EndBlock folds.
type storeKeys struct {
	kv        map[string]*storetypes.KVStoreKey
	transient map[string]*storetypes.TransientStoreKey
	object    map[string]*storetypes.ObjectStoreKey
}

func newStoreKeys() storeKeys {
	return storeKeys{
		kv: storetypes.NewKVStoreKeys(
			authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, distrtypes.StoreKey, slashingtypes.StoreKey,
			govtypes.StoreKey, consensustypes.StoreKey, upgradetypes.StoreKey, feegrant.StoreKey, evidencetypes.StoreKey,
			authzkeeper.StoreKey, beacontypes.StoreKey, devicetypes.StoreKey, worktypes.StoreKey, emissionstypes.StoreKey,
		),
		transient: storetypes.NewTransientStoreKeys(worktypes.TransientStoreKey),
		object:    storetypes.NewObjectStoreKeys(banktypes.ObjectStoreKey, worktypes.ObjectStoreKey, ante.ObjectStoreKey),
	}
}

// all lists every mounted store, sorted by name: blockexec.Apply must receive each of them, since a store that
// Block-STM does not know silently aliases another one.
func (s storeKeys) all() []storetypes.StoreKey {
	keys := make([]storetypes.StoreKey, 0, len(s.kv)+len(s.transient)+len(s.object))
	for _, k := range s.kv {
		keys = append(keys, k)
	}
	for _, k := range s.transient {
		keys = append(keys, k)
	}
	for _, k := range s.object {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b storetypes.StoreKey) int { return strings.Compare(a.Name(), b.Name()) })
	return keys
}
