package testutil

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// Beacon stands in for x/beacon: epochs of equal length, and mixes that open GPU windows at the heights that a test
// wants.
type Beacon struct {
	// EpochBlocks is the epochs' length; block 1 begins epoch 1.
	EpochBlocks uint64
	// Ppm is the probability under which Opens holds: the parameters' window_probability_ppm.
	Ppm uint32
	// Opens tells whether a height's mix opens a window. Nil leaves it to chance.
	Opens func(height int64) bool
	// Salt tells chains apart.
	Salt byte
	// Fixed are the mixes of some heights, whatever windows they open.
	Fixed map[int64][32]byte
}

// Mix implements types.BeaconKeeper for the heights up to the context's.
func (b *Beacon) Mix(ctx context.Context, height int64) ([]byte, error) {
	if now := sdk.UnwrapSDKContext(ctx).BlockHeight(); height < 1 || height > now {
		return nil, fmt.Errorf("no mix of height %d at height %d", height, now)
	}
	if mix, ok := b.Fixed[height]; ok {
		return mix[:], nil
	}
	for attempt := uint64(0); ; attempt++ {
		buf := binary.BigEndian.AppendUint64([]byte{b.Salt}, uint64(height))
		mix := sha256.Sum256(binary.BigEndian.AppendUint64(buf, attempt))
		if b.Opens == nil || b.Opens(height) == types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix[:], b.Ppm) {
			return mix[:], nil
		}
	}
}

// CurrentEpoch implements types.BeaconKeeper.
func (b *Beacon) CurrentEpoch(ctx context.Context) (beacontypes.Epoch, error) {
	number := uint64(sdk.UnwrapSDKContext(ctx).BlockHeight()-1)/b.EpochBlocks + 1
	return beacontypes.Epoch{Number: number, StartHeight: int64((number-1)*b.EpochBlocks) + 1, Blocks: b.EpochBlocks}, nil
}

// IsEpochEnd tells whether the block is the last of its epoch.
func (b *Beacon) IsEpochEnd(ctx context.Context) bool {
	return uint64(sdk.UnwrapSDKContext(ctx).BlockHeight())%b.EpochBlocks == 0
}
