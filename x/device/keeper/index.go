package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// accountKey is account ‖ device id.
type accountKey = collections.Pair[[]byte, []byte]

// accountIndex has one entry for a device's beneficiary, and one for its owner where that is another account. It serves
// both: who reads it looks at the device, which it reads anyway. It writes nothing when the accounts stay the same, so
// that a suspension writes the device alone.
type accountIndex struct {
	set       collections.KeySet[accountKey]
	addresses address.Codec
}

func newAccountIndex(sb *collections.SchemaBuilder, addresses address.Codec) *accountIndex {
	keys := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	set := collections.NewKeySet(sb, types.DevicesByAccountPrefix, "devices_by_account", keys, collections.WithKeySetSecondaryIndex())
	return &accountIndex{set: set, addresses: addresses}
}

// accountsOf are the accounts under which a device is found, the beneficiary first.
func (i *accountIndex) accountsOf(d types.Device) ([]sdk.AccAddress, error) {
	beneficiary, err := i.addresses.StringToBytes(d.Beneficiary)
	if err != nil || d.Owner == d.Beneficiary {
		return []sdk.AccAddress{beneficiary}, err
	}
	owner, err := i.addresses.StringToBytes(d.Owner)
	return []sdk.AccAddress{beneficiary, owner}, err
}

// Reference implements collections.Index.
func (i *accountIndex) Reference(ctx context.Context, id []byte, d types.Device, old func() (types.Device, error)) error {
	accounts, err := i.accountsOf(d)
	if err != nil {
		return err
	}
	before, err := i.accountsBefore(old)
	if err != nil {
		return err
	}
	for _, account := range before {
		if !among(accounts, account) {
			if err := i.set.Remove(ctx, collections.Join[[]byte, []byte](account, id)); err != nil {
				return err
			}
		}
	}
	for _, account := range accounts {
		if !among(before, account) {
			if err := i.set.Set(ctx, collections.Join[[]byte, []byte](account, id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unreference implements collections.Index.
func (i *accountIndex) Unreference(ctx context.Context, id []byte, old func() (types.Device, error)) error {
	before, err := i.accountsBefore(old)
	if err != nil {
		return err
	}
	for _, account := range before {
		if err := i.set.Remove(ctx, collections.Join[[]byte, []byte](account, id)); err != nil {
			return err
		}
	}
	return nil
}

func (i *accountIndex) accountsBefore(old func() (types.Device, error)) ([]sdk.AccAddress, error) {
	before, err := old()
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return i.accountsOf(before)
}

func among(accounts []sdk.AccAddress, account sdk.AccAddress) bool {
	for _, a := range accounts {
		if bytes.Equal(a, account) {
			return true
		}
	}
	return false
}

// missing counts the entries that a device should have and has not; wanted is how many it should have.
func (i *accountIndex) missing(ctx context.Context, d types.Device) (missing, wanted int, err error) {
	accounts, err := i.accountsOf(d)
	if err != nil {
		return 0, 0, err
	}
	for _, account := range accounts {
		has, err := i.set.Has(ctx, collections.Join[[]byte, []byte](account, d.Id))
		if err != nil {
			return 0, 0, err
		}
		if !has {
			missing++
		}
	}
	return missing, len(accounts), nil
}

func (i *accountIndex) size(ctx context.Context) (n int, err error) {
	err = i.set.Walk(ctx, nil, func(accountKey) (bool, error) {
		n++
		return false, nil
	})
	return n, err
}

// DeviceIndexes are the secondary indexes of the devices.
type DeviceIndexes struct {
	// Account finds an account's devices: those that pay it and those that it owns.
	Account *accountIndex
}

// IndexesList implements collections.Indexes.
func (i DeviceIndexes) IndexesList() []collections.Index[[]byte, types.Device] {
	return []collections.Index[[]byte, types.Device]{i.Account}
}
