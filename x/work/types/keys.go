// Package types holds the work module's messages, parameters and the rules of evidence that read no state.
package types

import (
	"encoding/binary"

	"cosmossdk.io/collections"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

const (
	// ModuleName is the module's name.
	ModuleName = "work"
	// StoreKey is the module's store.
	StoreKey = ModuleName
	// TransientStoreKey holds the marks of items that a proposal already carries.
	TransientStoreKey = "transient_work"
	// ObjectStoreKey holds the block's contributions, one value per transaction.
	ObjectStoreKey = "object:work"
)

// Store prefixes.
var (
	ParamsKey       = collections.NewPrefix(0)
	WindowsPrefix   = collections.NewPrefix(1)
	DevicesPrefix   = collections.NewPrefix(2)
	TalliesPrefix   = collections.NewPrefix(3)
	AccruedTotalKey = collections.NewPrefix(4)
	PoolsUnpaidKey  = collections.NewPrefix(5)
	NextFreezeKey   = collections.NewPrefix(6)
	DiskScheduleKey = collections.NewPrefix(7)

	RadiosPrefix           = collections.NewPrefix(8)
	RadioNumbersPrefix     = collections.NewPrefix(9)
	RadioCountKey          = collections.NewPrefix(10)
	RadioPlacesPrefix      = collections.NewPrefix(11)
	RadioCellsPrefix       = collections.NewPrefix(12)
	RadioBeaconsPrefix     = collections.NewPrefix(13)
	RadioPayloadsPrefix    = collections.NewPrefix(14)
	RadioEdgesPrefix       = collections.NewPrefix(15)
	DeniedRadiosPrefix     = collections.NewPrefix(16)
	DeniedRadioEdgesPrefix = collections.NewPrefix(17)
	DeniedCountKey         = collections.NewPrefix(18)
)

const (
	// MaxUnsettledEpochs bounds the unsettled epochs of a device's record.
	MaxUnsettledEpochs = 16
	// MaxFreezesPerBoundary bounds the epochs that one boundary freezes.
	MaxFreezesPerBoundary = 8
	// MaxLiveDiskWindows bounds the disk windows that live at once; max_live_windows bounds the GPU's.
	MaxLiveDiskWindows = 64
	// MaxPageSize bounds the pages of queries.
	MaxPageSize = 200
	// DrawGap is how many blocks lie between the two draws of openings (protocol section 3.1).
	DrawGap = 7
)

// deviceWorkKeySize is the size of DeviceWorkKey.
const deviceWorkKeySize = 1 + 2 + devicetypes.DeviceIDSize

// DeviceWorkKey is class u8 ‖ lot u16 ‖ device id: one block's writes are neighbours in the tree. All GPUs share their
// windows, so their lot is 0; a disk's is DiskLot, whose order the cohorts follow.
func DeviceWorkKey(class devicetypes.WorkClass, deviceID []byte) []byte {
	var lot uint16
	if rules, err := chainRules.Of(class); err == nil {
		lot = rules.Lot(deviceID)
	}
	key := binary.BigEndian.AppendUint16([]byte{byte(class)}, lot)
	return append(key, deviceID...)
}
