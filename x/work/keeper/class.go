package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// item is one piece of evidence with the state that judging it needs.
type item struct {
	index    int
	evidence types.Evidence
	device   devicetypes.Device
	window   types.Window
	record   types.DeviceWork
	// height is where the item would execute.
	height int64
	// tier multiplies a GPU commitment's units, in millionths, 0 for one; set by its check.
	tier uint32
	// changed is what a radio's item did to units, its own and others', for its event.
	changed unitChanges
	// stale is why the state skips the item; nil for a live one. A stale item's window and record may be missing.
	stale error
}

// arithmetic is the pure part of judging an item.
type arithmetic struct {
	// run computes the verdict from copied bytes, in any goroutine.
	run func() error
	// challenge are the bytes that decide the verdict beyond the evidence and the device's key: the verifier's version,
	// the parameters, what was asked. Never empty unless run always succeeds.
	challenge []byte
	// cost bounds run, in microseconds on the reference machine.
	cost uint64
}

// class is the seam of a work class: what its evidence must be in the state, what there is to compute, and what it
// changes. It is registered in classOf, its payloads' shapes and costs in types. A proof without a commitment
// (PHASE_PROVE) is judged and credited by the same three calls; windows of cohorts are windows with ids of their own.
type class interface {
	// check judges an item by the state alone; its errors are state errors.
	check(ctx sdk.Context, it *item) error
	// proof returns the arithmetic of an item that check has passed.
	proof(ctx sdk.Context, it *item) (arithmetic, error)
	// apply changes the record of an item that was checked and verified in this call, and returns the units it earned
	// for the window's epoch. On an error the record is as it was. The caller stores the record. What other devices
	// earn by the item, and their records, the class stores itself: then its errors fail the batch.
	apply(ctx sdk.Context, it *item) (units uint64, err error)
}

func (k *Keeper) classOf(c devicetypes.WorkClass) (class, error) {
	switch c {
	case devicetypes.WORK_CLASS_GPU:
		return gpuClass{k}, nil
	case devicetypes.WORK_CLASS_DISK:
		return diskClass{k}, nil
	case devicetypes.WORK_CLASS_RADIO:
		return radioClass{k}, nil
	}
	return nil, types.ErrUnsupportedClass.Wrapf("work_class is %d; evidence is taken for %s, %s and %s", c,
		devicetypes.WORK_CLASS_GPU, devicetypes.WORK_CLASS_DISK, devicetypes.WORK_CLASS_RADIO)
}
