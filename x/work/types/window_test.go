package types_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func mixes(n int, visit func(mix []byte)) {
	for i := range n {
		mix := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("window test"), uint64(i)))
		visit(mix[:])
	}
}

// TestWindowsOpenAtTheRate counts openings over many mixes: within four standard deviations of ppm/10^6, and just as
// often after a block that opened one, or after none in the last ten.
func TestWindowsOpenAtTheRate(t *testing.T) {
	const blocks = 200_000
	for _, ppm := range []uint32{1_667, 50_000, 500_000, 999_999} {
		p := float64(ppm) / types.MaxProbabilityPpm
		var all, afterOne, afterQuiet struct{ blocks, opened int }
		quiet := 0
		opened := false
		mixes(blocks, func(mix []byte) {
			opens := types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, ppm)
			count := func(c *struct{ blocks, opened int }) {
				c.blocks++
				if opens {
					c.opened++
				}
			}
			count(&all)
			if opened {
				count(&afterOne)
			}
			if quiet >= 10 {
				count(&afterQuiet)
			}
			opened = opens
			if quiet++; opens {
				quiet = 0
			}
		})
		for name, c := range map[string]struct{ blocks, opened int }{"all": all, "after a window": afterOne, "after ten quiet blocks": afterQuiet} {
			n := float64(c.blocks)
			require.InDelta(t, p*n, float64(c.opened), 4*math.Sqrt(n*p*(1-p))+1, "%d ppm, %s", ppm, name)
		}
	}
}

// TestWindowOpens writes the rule down once more, and its ends.
func TestWindowOpens(t *testing.T) {
	mixes(1_000, func(mix []byte) {
		sum := sha256.Sum256(append([]byte("joule/work/window/v1\x00\x00\x00\x01"), mix...))
		share := float64(binary.BigEndian.Uint64(sum[:8])) / (1 << 64)
		require.Equal(t, share < 0.25, types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, 250_000))
		require.True(t, types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, 1_000_000))
		require.False(t, types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, 0))
	})
	agree := 0
	mixes(1_000, func(mix []byte) {
		if types.WindowOpens(devicetypes.WORK_CLASS_GPU, mix, 500_000) == types.WindowOpens(devicetypes.WORK_CLASS_DISK, mix, 500_000) {
			agree++
		}
	})
	require.InDelta(t, 500, agree, 64, "classes decide for themselves")
}

func TestNewGpuWindow(t *testing.T) {
	p := types.DefaultParams().Gpu
	w := types.NewGpuWindow(1_000, 2, p)
	require.EqualValues(t, 1_002, w.OpenHeight)
	require.EqualValues(t, 1_006, w.CloseHeight)
	require.EqualValues(t, 1_007, w.DrawAHeight)
	require.EqualValues(t, 1_014, w.DrawBHeight)
	require.EqualValues(t, 1_614, w.DeadlineHeight, "an hour of 6 s blocks")
	require.NoError(t, w.Validate())
	longest := testutil.Params().Gpu
	longest.WindowBlocks, longest.OpeningBlocks = types.MaxWindowBlocks, types.MaxOpeningBlocks
	require.NoError(t, types.NewGpuWindow(1, 1, longest).Validate())
}

func TestWindowChecks(t *testing.T) {
	w := types.NewGpuWindow(5, 1, testutil.Params().Gpu)
	require.ErrorIs(t, w.CheckCommit(7), types.ErrWindowNotOpen, "no seed, whatever the height")
	require.ErrorIs(t, w.CheckOpen(18), types.ErrTooEarly, "no draws, whatever the height")
	w.SeedMix, w.DrawAMix, w.DrawBMix = make([]byte, 32), make([]byte, 32), make([]byte, 32)
	for height, want := range map[int64]error{6: types.ErrWindowNotOpen, 7: nil, 9: nil, 10: types.ErrWindowClosed} {
		require.ErrorIs(t, w.CheckCommit(height), want, height)
	}
	for height, want := range map[int64]error{17: types.ErrTooEarly, 18: nil, 22: nil, 23: types.ErrTooLate} {
		require.ErrorIs(t, w.CheckOpen(height), want, height)
	}
}
