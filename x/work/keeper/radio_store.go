package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/joulechain/joule/x/work/types"
)

// radioStore is the state of the radio class.
type radioStore struct {
	// Radios are by device id; RadioNumbers gives the device id of a number, RadioCount the newest number.
	Radios       collections.Map[[]byte, types.Radio]
	RadioNumbers collections.Map[uint32, []byte]
	RadioCount   collections.Item[uint32]
	// RadioPlaces are the cells of resolution 10 with the numbers of the radios whose newest assertion they hold.
	RadioPlaces collections.KeySet[collections.Pair[uint64, uint32]]
	// RadioCells are the densities by cell.
	RadioCells collections.Map[uint64, types.RadioCell]
	// RadioBeacons are the records by types.RadioRecordSlot and number; RadioPayloads finds them by payload hash:
	// number · 2^8 + slot.
	RadioBeacons  collections.Map[collections.Pair[uint32, uint32], types.RadioBeacon]
	RadioPayloads collections.Map[[]byte, uint64]
	// RadioEdges are by the beaconer's number.
	RadioEdges collections.Map[uint32, types.RadioEdges]
	// DeniedRadios and DeniedRadioEdges are governance's lists, DeniedCounts their sizes by kind.
	DeniedRadios     collections.KeySet[uint32]
	DeniedRadioEdges collections.KeySet[collections.Pair[uint32, uint32]]
	DeniedCounts     collections.Map[uint32, uint32]
}

// Kinds of DeniedCounts.
const (
	deniedNodes uint32 = 0
	deniedEdges uint32 = 1
)

func newRadioStore(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) radioStore {
	pair := collections.PairKeyCodec(collections.Uint32Key, collections.Uint32Key)
	return radioStore{
		Radios:           collections.NewMap(sb, types.RadiosPrefix, "radios", collections.BytesKey, codec.CollValue[types.Radio](cdc)),
		RadioNumbers:     collections.NewMap(sb, types.RadioNumbersPrefix, "radio_numbers", collections.Uint32Key, collections.BytesValue),
		RadioCount:       collections.NewItem(sb, types.RadioCountKey, "radio_count", collections.Uint32Value),
		RadioPlaces:      collections.NewKeySet(sb, types.RadioPlacesPrefix, "radio_places", collections.PairKeyCodec(collections.Uint64Key, collections.Uint32Key)),
		RadioCells:       collections.NewMap(sb, types.RadioCellsPrefix, "radio_cells", collections.Uint64Key, codec.CollValue[types.RadioCell](cdc)),
		RadioBeacons:     collections.NewMap(sb, types.RadioBeaconsPrefix, "radio_beacons", pair, codec.CollValue[types.RadioBeacon](cdc)),
		RadioPayloads:    collections.NewMap(sb, types.RadioPayloadsPrefix, "radio_payloads", collections.BytesKey, collections.Uint64Value),
		RadioEdges:       collections.NewMap(sb, types.RadioEdgesPrefix, "radio_edges", collections.Uint32Key, codec.CollValue[types.RadioEdges](cdc)),
		DeniedRadios:     collections.NewKeySet(sb, types.DeniedRadiosPrefix, "denied_radios", collections.Uint32Key),
		DeniedRadioEdges: collections.NewKeySet(sb, types.DeniedRadioEdgesPrefix, "denied_radio_edges", pair),
		DeniedCounts:     collections.NewMap(sb, types.DeniedCountKey, "denied_counts", collections.Uint32Key, collections.Uint32Value),
	}
}

// radioOf is a device's radio; false before its first assertion.
func (s radioStore) radioOf(ctx context.Context, id []byte) (types.Radio, bool, error) {
	r, err := s.Radios.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Radio{DeviceId: id}, false, nil
	}
	return r, err == nil, err
}

// deviceOf is the id of the device with a number.
func (s radioStore) deviceOf(ctx context.Context, number uint32) ([]byte, bool, error) {
	id, err := s.RadioNumbers.Get(ctx, number)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, false, nil
	}
	return id, err == nil, err
}

// beaconOf is a radio's record of an epoch.
func (s radioStore) beaconOf(ctx context.Context, epoch uint64, number uint32) (types.RadioBeacon, bool, error) {
	b, err := optional(s.RadioBeacons.Get(ctx, collections.Join(types.RadioRecordSlot(epoch), number)))
	return b, err == nil && b.Number == number && b.Epoch == epoch && epoch > 0, err
}

// setBeacon stores a record in place of that of eight epochs before, whose payload is forgotten with it.
func (s radioStore) setBeacon(ctx context.Context, b types.RadioBeacon) error {
	slot := types.RadioRecordSlot(b.Epoch)
	key := collections.Join(slot, b.Number)
	old, err := optional(s.RadioBeacons.Get(ctx, key))
	if err != nil {
		return err
	}
	if old.Number > 0 && old.Epoch != b.Epoch {
		hash := old.Beacon().PayloadHash()
		if err := s.RadioPayloads.Remove(ctx, hash[:]); err != nil {
			return err
		}
	}
	if old.Epoch != b.Epoch {
		hash := b.Beacon().PayloadHash()
		if err := s.RadioPayloads.Set(ctx, hash[:], uint64(b.Number)<<8|uint64(slot)); err != nil {
			return err
		}
	}
	return s.RadioBeacons.Set(ctx, key, b)
}

// edgesOf are a beaconer's edges in its week of an epoch, or a later one that has begun.
func (s radioStore) edgesOf(ctx context.Context, epoch uint64, number uint32, weekEpochs uint32) (types.RadioEdges, error) {
	e, err := optional(s.RadioEdges.Get(ctx, number))
	e.Number = number
	e.Turn(types.RadioEdgeWeek(epoch, number, weekEpochs))
	return e, err
}
