package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	collcodec "cosmossdk.io/collections/codec"

	"github.com/joulechain/joule/x/device/types"
)

// deviceIndex keeps one key a device in a key set. Unlike indexes.Multi it writes nothing when the key stays the same,
// so that a suspension writes the device alone.
type deviceIndex[K any] struct {
	set   collections.KeySet[K]
	keyOf func(id []byte, d types.Device) (K, error)
}

func newDeviceIndex[K any](
	sb *collections.SchemaBuilder, prefix collections.Prefix, name string, kc collcodec.KeyCodec[K],
	keyOf func(id []byte, d types.Device) (K, error),
) *deviceIndex[K] {
	return &deviceIndex[K]{set: collections.NewKeySet(sb, prefix, name, kc, collections.WithKeySetSecondaryIndex()), keyOf: keyOf}
}

// Reference implements collections.Index.
func (i *deviceIndex[K]) Reference(ctx context.Context, id []byte, d types.Device, old func() (types.Device, error)) error {
	key, err := i.keyOf(id, d)
	if err != nil {
		return err
	}
	before, err := old()
	switch {
	case errors.Is(err, collections.ErrNotFound):
		return i.set.Set(ctx, key)
	case err != nil:
		return err
	}
	oldKey, err := i.keyOf(id, before)
	if err != nil {
		return err
	}
	same, err := i.equal(oldKey, key)
	if err != nil || same {
		return err
	}
	if err := i.set.Remove(ctx, oldKey); err != nil {
		return err
	}
	return i.set.Set(ctx, key)
}

// Unreference implements collections.Index.
func (i *deviceIndex[K]) Unreference(ctx context.Context, id []byte, old func() (types.Device, error)) error {
	before, err := old()
	if err != nil {
		return err
	}
	key, err := i.keyOf(id, before)
	if err != nil {
		return err
	}
	return i.set.Remove(ctx, key)
}

func (i *deviceIndex[K]) equal(a, b K) (bool, error) {
	ab, err := collections.EncodeKeyWithPrefix(nil, i.set.KeyCodec(), a)
	if err != nil {
		return false, err
	}
	bb, err := collections.EncodeKeyWithPrefix(nil, i.set.KeyCodec(), b)
	return bytes.Equal(ab, bb), err
}

func (i *deviceIndex[K]) has(ctx context.Context, d types.Device) (bool, error) {
	key, err := i.keyOf(d.Id, d)
	if err != nil {
		return false, err
	}
	return i.set.Has(ctx, key)
}

func (i *deviceIndex[K]) size(ctx context.Context) (n int, err error) {
	err = i.set.Walk(ctx, nil, func(K) (bool, error) {
		n++
		return false, nil
	})
	return n, err
}

type (
	ownerKey       = collections.Triple[[]byte, uint32, []byte]
	classKey       = collections.Pair[uint32, []byte]
	beneficiaryKey = collections.Pair[[]byte, []byte]
)

// DeviceIndexes are the secondary indexes of the devices.
type DeviceIndexes struct {
	// Owner is owner ‖ class ‖ device id.
	Owner *deviceIndex[ownerKey]
	// Class is class ‖ device id.
	Class *deviceIndex[classKey]
	// Beneficiary is beneficiary ‖ device id.
	Beneficiary *deviceIndex[beneficiaryKey]
}

// IndexesList implements collections.Indexes.
func (i DeviceIndexes) IndexesList() []collections.Index[[]byte, types.Device] {
	return []collections.Index[[]byte, types.Device]{i.Owner, i.Class, i.Beneficiary}
}
