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
}

// class is the seam of a work class: what its evidence must be in the state, what there is to compute, and what it changes.
// It is registered in classOf.
type class interface {
	// check judges an item by the state alone; every error of it is a state error.
	check(ctx sdk.Context, it *item) error
	// proof returns the item's arithmetic and the bytes that decide it beyond the evidence and the device's key:
	// the verifier's version, the parameters and the challenge.
	proof(ctx sdk.Context, it *item) (run func() error, challenge []byte, err error)
	// apply changes the record of an item that was checked and verified in this call, and returns the units it earned for the window's epoch.
	// The caller stores the record.
	apply(ctx sdk.Context, it *item) (units uint64, err error)
}

func (k *Keeper) classOf(c devicetypes.WorkClass) (class, error) {
	if c == devicetypes.WORK_CLASS_GPU {
		return gpuClass{k}, nil
	}
	return nil, types.ErrUnsupportedClass.Wrapf("work_class is %d; evidence is taken for %s", c, devicetypes.WORK_CLASS_GPU)
}
