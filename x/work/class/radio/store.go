package radio

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// store is the state of the radio class.
type store struct {
	// Radios are by device id; Numbers gives the device id of a number, Count the newest number.
	Radios  collections.Map[[]byte, types.Radio]
	Numbers collections.Map[uint32, []byte]
	Count   collections.Item[uint32]
	// Places are the cells of resolution 10 with the numbers of the radios whose newest assertion they hold.
	Places collections.KeySet[collections.Pair[uint64, uint32]]
	// Cells are the densities by cell.
	Cells collections.Map[uint64, types.RadioCell]
	// Beacons are the records by types.RadioRecordSlot and number; Payloads finds them by payload hash:
	// number · 2^8 + slot.
	Beacons  collections.Map[collections.Pair[uint32, uint32], types.RadioBeacon]
	Payloads collections.Map[[]byte, uint64]
	// Edges are by the beaconer's number.
	Edges collections.Map[uint32, types.RadioEdges]
	// Denied and DeniedEdges are governance's lists, DeniedCounts their sizes by kind.
	Denied       collections.KeySet[uint32]
	DeniedEdges  collections.KeySet[collections.Pair[uint32, uint32]]
	DeniedCounts collections.Map[uint32, uint32]
}

// Kinds of DeniedCounts.
const (
	deniedNodes uint32 = 0
	deniedEdges uint32 = 1
)

func newStore(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) store {
	pair := collections.PairKeyCodec(collections.Uint32Key, collections.Uint32Key)
	return store{
		Radios:       collections.NewMap(sb, types.RadiosPrefix, "radios", collections.BytesKey, codec.CollValue[types.Radio](cdc)),
		Numbers:      collections.NewMap(sb, types.RadioNumbersPrefix, "radio_numbers", collections.Uint32Key, collections.BytesValue),
		Count:        collections.NewItem(sb, types.RadioCountKey, "radio_count", collections.Uint32Value),
		Places:       collections.NewKeySet(sb, types.RadioPlacesPrefix, "radio_places", collections.PairKeyCodec(collections.Uint64Key, collections.Uint32Key)),
		Cells:        collections.NewMap(sb, types.RadioCellsPrefix, "radio_cells", collections.Uint64Key, codec.CollValue[types.RadioCell](cdc)),
		Beacons:      collections.NewMap(sb, types.RadioBeaconsPrefix, "radio_beacons", pair, codec.CollValue[types.RadioBeacon](cdc)),
		Payloads:     collections.NewMap(sb, types.RadioPayloadsPrefix, "radio_payloads", collections.BytesKey, collections.Uint64Value),
		Edges:        collections.NewMap(sb, types.RadioEdgesPrefix, "radio_edges", collections.Uint32Key, codec.CollValue[types.RadioEdges](cdc)),
		Denied:       collections.NewKeySet(sb, types.DeniedRadiosPrefix, "denied_radios", collections.Uint32Key),
		DeniedEdges:  collections.NewKeySet(sb, types.DeniedRadioEdgesPrefix, "denied_radio_edges", pair),
		DeniedCounts: collections.NewMap(sb, types.DeniedCountKey, "denied_counts", collections.Uint32Key, collections.Uint32Value),
	}
}

// radioOf is a device's radio; false before its first assertion.
func (s store) radioOf(ctx context.Context, id []byte) (types.Radio, bool, error) {
	r, err := s.Radios.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Radio{DeviceId: id}, false, nil
	}
	return r, err == nil, err
}

// deviceOf is the id of the device with a number.
func (s store) deviceOf(ctx context.Context, number uint32) ([]byte, bool, error) {
	id, err := s.Numbers.Get(ctx, number)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, false, nil
	}
	return id, err == nil, err
}

// beaconOf is a radio's record of an epoch.
func (s store) beaconOf(ctx context.Context, epoch uint64, number uint32) (types.RadioBeacon, bool, error) {
	b, err := class.OrZero(s.Beacons.Get(ctx, collections.Join(types.RadioRecordSlot(epoch), number)))
	return b, err == nil && b.Number == number && b.Epoch == epoch && epoch > 0, err
}

// setBeacon stores a record in place of that of eight epochs before, whose payload is forgotten with it.
func (s store) setBeacon(ctx context.Context, b types.RadioBeacon) error {
	slot := types.RadioRecordSlot(b.Epoch)
	key := collections.Join(slot, b.Number)
	old, err := class.OrZero(s.Beacons.Get(ctx, key))
	if err != nil {
		return err
	}
	if old.Number > 0 && old.Epoch != b.Epoch {
		hash := old.Beacon().PayloadHash()
		if err := s.Payloads.Remove(ctx, hash[:]); err != nil {
			return err
		}
	}
	if old.Epoch != b.Epoch {
		hash := b.Beacon().PayloadHash()
		if err := s.Payloads.Set(ctx, hash[:], uint64(b.Number)<<8|uint64(slot)); err != nil {
			return err
		}
	}
	return s.Beacons.Set(ctx, key, b)
}

// edgesOf are a beaconer's edges in its week of an epoch, or a later one that has begun.
func (s store) edgesOf(ctx context.Context, epoch uint64, number uint32, weekEpochs uint32) (types.RadioEdges, error) {
	e, err := class.OrZero(s.Edges.Get(ctx, number))
	e.Number = number
	e.Turn(types.RadioEdgeWeek(epoch, number, weekEpochs))
	return e, err
}
