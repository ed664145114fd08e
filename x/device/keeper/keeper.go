// Package keeper holds the registered devices and their bonds (protocol section 2).
package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// Keeper holds the module's state. Bonds lie in the module's account; nothing here ever loops over all devices but
// genesis and the invariants.
type Keeper struct {
	addresses address.Codec
	bank      types.BankKeeper
	accounts  types.AccountKeeper
	beacon    types.BeaconKeeper
	windows   types.WindowSeeds
	hooks     types.DeviceHooks
	authority string

	// Schema describes the module's store.
	Schema collections.Schema
	// Params are the parameters.
	Params collections.Item[types.Params]
	// Devices are the devices by id.
	Devices *collections.IndexedMap[[]byte, types.Device, DeviceIndexes]
	// Attestations are the devices' last accepted hardware evidence, Chips the device of each chip: one entry in each
	// for the other.
	Attestations collections.Map[[]byte, types.Attestation]
	Chips        collections.Map[[]byte, []byte]
	// Revocations are hashes of keys and firmware that are no longer trusted.
	Revocations collections.KeySet[[]byte]
}

// NewKeeper returns the module's keeper. It panics when the authority is no address or the module's account is unknown,
// both mistakes in the app's wiring.
func NewKeeper(
	cdc codec.BinaryCodec, store corestore.KVStoreService, addresses address.Codec, bank types.BankKeeper, accounts types.AccountKeeper,
	beacon types.BeaconKeeper, authority string,
) *Keeper {
	if _, err := addresses.StringToBytes(authority); err != nil {
		panic(fmt.Errorf("device: authority %q: %w", authority, err))
	}
	if accounts.GetModuleAddress(types.ModuleName) == nil {
		panic(fmt.Errorf("device: module account %q is not among the account permissions", types.ModuleName))
	}
	sb := collections.NewSchemaBuilder(store)
	k := &Keeper{
		addresses: addresses, bank: bank, accounts: accounts, beacon: beacon, authority: authority,
		Params: collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		Devices: collections.NewIndexedMap(sb, types.DevicesPrefix, "devices", collections.BytesKey, types.NewDeviceCodec(cdc, addresses),
			DeviceIndexes{Account: newAccountIndex(sb, addresses)}),
		Attestations: collections.NewMap(sb, types.AttestationsPrefix, "attestations", collections.BytesKey, codec.CollValue[types.Attestation](cdc)),
		Chips:        collections.NewMap(sb, types.ChipsPrefix, "chips", collections.BytesKey, collections.BytesValue),
		Revocations:  collections.NewKeySet(sb, types.RevocationsPrefix, "revocations", collections.BytesKey),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// SetHooks sets the hooks, once, while the app is wired; every holder of this pointer sees them. A second call panics.
func (k *Keeper) SetHooks(hooks types.DeviceHooks) {
	if k.hooks != nil {
		panic("device: hooks are already set")
	}
	k.hooks = hooks
}

// SetWindowSeeds tells the keeper who knows the seeds of GPU windows, once, while the app is wired. A second call
// panics.
func (k *Keeper) SetWindowSeeds(windows types.WindowSeeds) {
	if k.windows != nil {
		panic("device: window seeds are already set")
	}
	k.windows = windows
}

// Authority is the account that may update the parameters.
func (k *Keeper) Authority() string { return k.authority }

// CurrentEpoch is the current epoch's number, by which suspensions and unbonding are counted.
func (k *Keeper) CurrentEpoch(ctx context.Context) (uint64, error) { return k.beacon.EpochNumber(ctx) }

// address reads an account address that a message or a genesis names; only the codec's own text is accepted, so that
// equal accounts have equal texts. Errors are ErrInvalidAddress with the field's name.
func (k *Keeper) address(field, text string) (sdk.AccAddress, error) {
	addr, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("%s %q: %s", field, text, err)
	}
	canonical, err := k.addresses.BytesToString(addr)
	if err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("%s %q: %s", field, text, err)
	}
	if canonical != text {
		return nil, types.ErrInvalidAddress.Wrapf("%s %q is not canonical, want %q", field, text, canonical)
	}
	return addr, nil
}

// receiver is address, and refuses one that the bank would never pay: coins meant for it would be stuck.
func (k *Keeper) receiver(field, text string) (sdk.AccAddress, error) {
	addr, err := k.address(field, text)
	if err != nil {
		return nil, err
	}
	if k.bank.BlockedAddr(addr) {
		return nil, types.ErrBlockedAddress.Wrapf("%s %s is a module account or blocked; name an ordinary account", field, text)
	}
	return addr, nil
}

// beforePayeeChanged pays out what the old beneficiary is owed and returns the device as it is afterwards.
func (k *Keeper) beforePayeeChanged(ctx context.Context, d types.Device) (types.Device, error) {
	if k.hooks == nil {
		return d, nil
	}
	if err := k.hooks.BeforePayeeChanged(ctx, d); err != nil {
		return types.Device{}, err
	}
	return k.GetDevice(ctx, d.Id)
}
