package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/joulechain/joule/x/work/types"
)

// DeviceRecords are the devices' records by types.DeviceWorkKey. A stored record has neither the device's id nor its
// class; both are in the key, and who reads one gets them.
type DeviceRecords struct {
	stored collections.Map[[]byte, types.DeviceWork]
}

func newDeviceRecords(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) DeviceRecords {
	return DeviceRecords{stored: collections.NewMap(sb, types.DevicesPrefix, "devices", collections.BytesKey, types.NewDeviceWorkCodec(cdc))}
}

// Get returns a record; collections.ErrNotFound where there is none.
func (r DeviceRecords) Get(ctx context.Context, key []byte) (types.DeviceWork, error) {
	d, err := r.stored.Get(ctx, key)
	if err != nil {
		return types.DeviceWork{}, err
	}
	return named(key, d)
}

// Has tells whether there is a record.
func (r DeviceRecords) Has(ctx context.Context, key []byte) (bool, error) {
	return r.stored.Has(ctx, key)
}

// Set stores a record under its own class and id.
func (r DeviceRecords) Set(ctx context.Context, d types.DeviceWork) error {
	return r.stored.Set(ctx, types.DeviceWorkKey(d.WorkClass, d.DeviceId), d)
}

// Walk visits every record by key until fn returns true.
func (r DeviceRecords) Walk(ctx context.Context, fn func(d types.DeviceWork) (stop bool, err error)) error {
	return r.stored.Walk(ctx, nil, func(key []byte, d types.DeviceWork) (bool, error) {
		d, err := named(key, d)
		if err != nil {
			return true, err
		}
		return fn(d)
	})
}

func named(key []byte, d types.DeviceWork) (_ types.DeviceWork, err error) {
	d.WorkClass, d.DeviceId, err = types.DeviceOfWorkKey(key)
	return d, err
}
