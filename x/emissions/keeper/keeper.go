// Package keeper holds the emissions module's state and rules.
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
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// Keeper mints each epoch's emission, keeps its account and pays claims. Amounts are in ujoule.
type Keeper struct {
	cdc       codec.BinaryCodec
	addresses address.Codec
	accounts  types.AccountKeeper
	bank      types.BankKeeper
	authority string

	pool    types.CommunityPool
	epochs  types.EpochSource
	devices types.DeviceKeeper
	work    types.WorkKeeper

	Schema collections.Schema
	Params collections.Item[types.Params]
	// Supply are the explicit counters of genesis, minted and burned coins.
	Supply collections.Item[types.Supply]
	// Classes are the work classes' running states, by class.
	Classes collections.Map[int32, types.ClassState]
	// Epochs are the epochs' accounts, kept for good: anybody can recompute them.
	Epochs collections.Map[uint64, types.EpochEmission]
	// NextClose is the oldest epoch whose claim window may still be open.
	NextClose collections.Item[uint64]
	// EscrowEnd is the last height over which the validators' escrow is released.
	EscrowEnd collections.Item[int64]
	// VestingAccounts are the accounts whose unvested coins do not circulate.
	VestingAccounts collections.KeySet[[]byte]
}

// NewKeeper returns a keeper over the bank itself (not a BurnCountingBank, which would count the module's own burns
// twice). SetKeepers completes it before the first block.
func NewKeeper(cdc codec.BinaryCodec, store corestore.KVStoreService, addresses address.Codec,
	accounts types.AccountKeeper, bank types.BankKeeper, authority string,
) *Keeper {
	if _, err := addresses.StringToBytes(authority); err != nil {
		panic(fmt.Errorf("emissions authority %q: %w", authority, err))
	}
	for _, name := range []string{types.ModuleName, types.EscrowName, types.FeesName} {
		if accounts.GetModuleAddress(name) == nil {
			panic(fmt.Sprintf("the %s module account has not been set", name))
		}
	}
	if _, counting := bank.(*BurnCountingBank); counting {
		panic("emissions needs the bank itself: a BurnCountingBank would count its burns twice")
	}
	sb := collections.NewSchemaBuilder(store)
	k := &Keeper{
		cdc: cdc, addresses: addresses, accounts: accounts, bank: bank, authority: authority,
		Params:          collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		Supply:          collections.NewItem(sb, types.SupplyKey, "supply", codec.CollValue[types.Supply](cdc)),
		Classes:         collections.NewMap(sb, types.ClassesPrefix, "classes", collections.Int32Key, codec.CollValue[types.ClassState](cdc)),
		Epochs:          collections.NewMap(sb, types.EpochsPrefix, "epochs", collections.Uint64Key, codec.CollValue[types.EpochEmission](cdc)),
		NextClose:       collections.NewItem(sb, types.NextCloseKey, "next_close", collections.Uint64Value),
		EscrowEnd:       collections.NewItem(sb, types.EscrowEndKey, "escrow_end", collections.Int64Value),
		VestingAccounts: collections.NewKeySet(sb, types.VestingAccsPrefix, "vesting_accounts", collections.BytesKey),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// SetKeepers gives the modules that are built after this one; app wiring calls it once.
func (k *Keeper) SetKeepers(pool types.CommunityPool, epochs types.EpochSource, devices types.DeviceKeeper, work types.WorkKeeper) {
	k.pool, k.epochs, k.devices, k.work = pool, epochs, devices, work
}

// Authority is the account that may replace the parameters.
func (k *Keeper) Authority() string { return k.authority }

// moduleBalance is what a module account holds, in ujoule.
func (k *Keeper) moduleBalance(ctx context.Context, name string) math.Int {
	return k.bank.GetBalance(ctx, k.accounts.GetModuleAddress(name), types.Denom).Amount
}

// classStates are all classes' states, by class ascending.
func (k *Keeper) classStates(ctx context.Context) ([]types.ClassState, error) {
	states := []types.ClassState{}
	err := k.Classes.Walk(ctx, nil, func(_ int32, s types.ClassState) (bool, error) {
		states = append(states, s)
		return false, nil
	})
	return states, err
}

// optional turns a missing item into its zero value.
func optional[T any](v T, err error) (T, error) {
	if errors.Is(err, collections.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return v, err
}

// coins wraps an amount of ujoule; empty when it is zero.
func coins(amount math.Int) sdk.Coins { return sdk.NewCoins(sdk.NewCoin(types.Denom, amount)) }
