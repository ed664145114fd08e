// Package keeper holds the work module's state and rules: windows, evidence, tallies and settlement.
package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/class/all"
	"github.com/joulechain/joule/x/work/types"
)

// Keeper judges evidence and keeps its account. Amounts are in ujoule.
type Keeper struct {
	addresses address.Codec
	beacon    types.BeaconKeeper
	devices   types.DeviceKeeper
	community types.CommunityPool
	authority string
	// marks is the transient store of items that a proposal carries; contributions the object store of the block's
	// sums.
	marks         storetypes.StoreKey
	contributions storetypes.StoreKey
	verifier      types.Verifier

	Schema collections.Schema
	Params collections.Item[types.Params]
	// Windows are the live windows by class and id; each class bounds its own.
	Windows collections.Map[collections.Pair[int32, uint64], types.Window]
	// Devices are the records by types.DeviceWorkKey.
	Devices DeviceRecords
	// Tallies are the sums by class and epoch.
	Tallies collections.Map[collections.Pair[int32, uint64], types.Tally]
	// AccruedTotal is the sum of the records' accrued amounts; PoolsUnpaid that of open tallies' unpaid pools.
	AccruedTotal collections.Item[math.Int]
	PoolsUnpaid  collections.Item[math.Int]
	// NextFreeze is the oldest epoch that is not frozen.
	NextFreeze collections.Item[uint64]

	// Classes are the chain's classes by name, for what only one of them has.
	all.Classes
	// classes are all of them, ascending, and rules their rules without state.
	classes []class.Class
	rules   types.RuleSet
}

// NewKeeper returns a keeper of the chain's classes. marks is a transient and contributions an object store key; both
// must be mounted. more are classes beside the chain's, with numbers above theirs: tests try the seam with them.
func NewKeeper(cdc codec.BinaryCodec, store corestore.KVStoreService, marks, contributions storetypes.StoreKey, addresses address.Codec,
	beacon types.BeaconKeeper, devices types.DeviceKeeper, community types.CommunityPool, authority string, more ...class.New,
) *Keeper {
	if _, err := addresses.StringToBytes(authority); err != nil {
		panic(fmt.Errorf("work authority %q: %w", authority, err))
	}
	sb := collections.NewSchemaBuilder(store)
	classAndNumber := collections.PairKeyCodec(collections.Int32Key, collections.Uint64Key)
	k := &Keeper{
		addresses: addresses, beacon: beacon, devices: devices, community: community, authority: authority, marks: marks, contributions: contributions,
		verifier:     types.DirectVerifier{},
		Params:       collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		Windows:      collections.NewMap(sb, types.WindowsPrefix, "windows", classAndNumber, codec.CollValue[types.Window](cdc)),
		Devices:      newDeviceRecords(sb, cdc),
		Tallies:      collections.NewMap(sb, types.TalliesPrefix, "tallies", classAndNumber, codec.CollValue[types.Tally](cdc)),
		AccruedTotal: collections.NewItem(sb, types.AccruedTotalKey, "accrued_total", sdk.IntValue),
		PoolsUnpaid:  collections.NewItem(sb, types.PoolsUnpaidKey, "pools_unpaid", sdk.IntValue),
		NextFreeze:   collections.NewItem(sb, types.NextFreezeKey, "next_freeze", collections.Uint64Value),
	}
	k.register(class.Env{Codec: cdc, Schema: sb, Ledger: k.ledgerOf}, more)
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("work: schema: %w", err))
	}
	k.Schema = schema
	return k
}

// SetVerifier gives a verifier that remembers verdicts; app wiring calls it once.
func (k *Keeper) SetVerifier(v types.Verifier) { k.verifier = v }

// Authority is the account that may replace the parameters.
func (k *Keeper) Authority() string { return k.authority }

// GetParams returns the parameters.
func (k *Keeper) GetParams(ctx context.Context) (types.Params, error) { return k.Params.Get(ctx) }

// tally returns a class's sum of an epoch, empty when there is none.
func (k *Keeper) tally(ctx context.Context, class devicetypes.WorkClass, epoch uint64) (types.Tally, error) {
	t, err := k.Tallies.Get(ctx, collections.Join(int32(class), epoch))
	if errors.Is(err, collections.ErrNotFound) {
		return types.NewTally(class, epoch), nil
	}
	return t, err
}

func (k *Keeper) setTally(ctx context.Context, t types.Tally) error {
	return k.Tallies.Set(ctx, collections.Join(int32(t.WorkClass), t.Epoch), t)
}

func (k *Keeper) setWindow(ctx context.Context, w types.Window) error {
	return k.Windows.Set(ctx, collections.Join(int32(w.WorkClass), w.Id), w)
}

// record returns a device's record; found tells whether it is stored.
func (k *Keeper) record(ctx context.Context, class devicetypes.WorkClass, id []byte) (d types.DeviceWork, found bool, err error) {
	d, err = k.Devices.Get(ctx, types.DeviceWorkKey(class, id))
	if errors.Is(err, collections.ErrNotFound) {
		return types.NewDeviceWork(class, id), false, nil
	}
	return d, err == nil, err
}

func (k *Keeper) setRecord(ctx context.Context, d types.DeviceWork) error {
	return k.Devices.Set(ctx, d)
}

// Device is a registered device; known tells whether its key ever was.
func (k *Keeper) Device(ctx context.Context, id []byte) (d devicetypes.Device, known bool, err error) {
	if known, err = k.devices.HasDevice(ctx, id); err != nil || !known {
		return d, false, err
	}
	d, err = k.devices.GetDevice(ctx, id)
	return d, true, err
}

func intOrZero(v math.Int, err error) (math.Int, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return math.ZeroInt(), nil
	}
	return v, err
}
