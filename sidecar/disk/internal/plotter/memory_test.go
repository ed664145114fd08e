package plotter

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// TestMemoryLimit watches the heap while a plot is made within several limits: it stays below them, but for what the
// collector has not collected yet.
func TestMemoryLimit(t *testing.T) {
	if testing.Short() || !proof.Accelerated() {
		t.Skip("whole plots take a while")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	params := proof.Params{K: 20, Strength: 3}
	for _, limit := range []int{MinMemoryMiB(params, 2), 30, FullMemoryMiB(params, 2)} {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		stop, peak := make(chan struct{}), make(chan uint64)
		go func() {
			var most uint64
			for {
				select {
				case <-stop:
					peak <- most
					return
				case <-time.After(5 * time.Millisecond):
					var now runtime.MemStats
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}
			}
		}()
		var spilled uint64
		func() {
			result, err := Run(t.Context(), Config{ID: testID(9), Params: params, Threads: 2, MemoryMiB: limit, Spill: func() (Spill, error) { return TempFile(t.TempDir()) }})
			require.NoError(t, err)
			spilled = result.Spilled
			require.NoError(t, result.Each(t.Context(), func(int, []uint64) error { return nil }))
			require.NoError(t, result.Close())
		}()
		close(stop)
		used := int(<-peak-before.HeapAlloc) / mib
		t.Logf("limit %d MiB: heap %d MiB, %d MiB spilled, %d MiB foreseen", limit, used, spilled/mib, SpillBytes(params, 2, limit)/mib)
		require.LessOrEqual(t, used, limit+limit/10+2)
		require.LessOrEqual(t, spilled, 2*SpillBytes(params, 2, limit), "places in the temporary file are used again")
	}
}
