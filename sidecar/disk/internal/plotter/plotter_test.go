package plotter

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

func testID(n uint64) proof.PlotID {
	return proof.DerivePlotID("joule-test", []byte("plotter"), 0, n)
}

// collect runs a plot and returns all fragments in order.
func collect(tb testing.TB, c Config) []uint64 {
	tb.Helper()
	result, err := Run(context.Background(), c)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, result.Close()) }()
	var mu sync.Mutex
	parts := make([][]uint64, result.Buckets())
	require.NoError(tb, result.Each(context.Background(), func(bucket int, fragments []uint64) error {
		mu.Lock()
		defer mu.Unlock()
		parts[bucket] = slices.Clone(fragments)
		return nil
	}))
	all := slices.Concat(parts...)
	require.Len(tb, all, int(result.Count()))
	return all
}

// slowEntry is an entry of slowPlot's tables.
type slowEntry struct {
	info   uint32
	meta   uint64
	halves uint64
}

// slowPlot is the specification written down: no buckets, no batches.
func slowPlot(tb testing.TB, id proof.PlotID, params proof.Params) (fragments []uint64) {
	p, err := proof.NewPlot(id, params)
	require.NoError(tb, err)
	k := uint(params.K)
	below := make([]slowEntry, 1<<k)
	for x := range below {
		below[x] = slowEntry{p.G(uint32(x)), uint64(x), uint64(x) >> (k / 2)}
	}
	for table := 1; table <= 3; table++ {
		byInfo := make([][]int, 1<<k)
		for i, e := range below {
			byInfo[e.info] = append(byInfo[e.info], i)
		}
		var out []slowEntry
		sectionShift := k - params.SectionBits()
		for _, e := range below {
			section := params.MatchingSection(e.info>>sectionShift) << sectionShift
			for key := range uint32(1) << params.KeyBits(table) {
				for _, j := range byInfo[section|key<<params.TargetBits(table)|p.Target(table, key, e.meta)] {
					if info, meta, ok := p.Pair(table, e.meta, below[j].meta); ok {
						halves := e.halves // table 1: the first value of the two
						if table > 1 {
							halves = e.halves<<(k/2<<(table-2)) | below[j].halves
						}
						out = append(out, slowEntry{info, meta, halves})
					}
				}
			}
		}
		below = out
	}
	for _, e := range below {
		fragments = append(fragments, p.Encode(e.halves))
	}
	slices.Sort(fragments)
	return fragments
}

// TestAgainstSlowPlot: every fragment, at several strengths, thread counts and memory limits.
func TestAgainstSlowPlot(t *testing.T) {
	if !proof.Accelerated() {
		t.Skip("whole plots take a while without AES instructions")
	}
	for _, strength := range []uint8{2, 3, 5} {
		params := proof.Params{K: 18, Strength: strength}
		id := testID(uint64(strength))
		want := slowPlot(t, id, params)
		require.InEpsilon(t, 1<<18, len(want), 0.05)
		for _, threads := range []int{1, 2, 5} {
			require.Equal(t, want, collect(t, Config{ID: id, Params: params, Threads: threads}), "strength %d, %d threads", strength, threads)
			least := MinMemoryMiB(params, threads)
			spilled := false
			got := collect(t, Config{ID: id, Params: params, Threads: threads, MemoryMiB: least, Spill: func() (Spill, error) {
				spilled = true
				return TempFile(t.TempDir())
			}})
			require.Equal(t, want, got, "strength %d, %d threads, %d MiB", strength, threads, least)
			t.Logf("strength %d, %d threads: %d MiB at least (spilled %t), %d MiB for all", strength, threads, least, spilled, FullMemoryMiB(params, threads))
		}
	}
}

func TestTooLittleMemory(t *testing.T) {
	params := proof.Params{K: 28, Strength: 4}
	least := MinMemoryMiB(params, 2)
	_, err := plan(params, 2, uint64(least-1)*mib)
	require.ErrorIs(t, err, ErrMemory)
	_, err = plan(params, 2, uint64(least)*mib)
	require.NoError(t, err)
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	cancel(reason)
	_, err := Run(ctx, Config{ID: testID(1), Params: proof.Params{K: 18, Strength: 2}, Threads: 2})
	require.ErrorIs(t, err, reason)
}

// TestSpillErrors: what the temporary file returns reaches the caller.
func TestSpillErrors(t *testing.T) {
	full := errors.New("no space left")
	_, err := Run(context.Background(), Config{
		ID: testID(1), Params: proof.Params{K: 20, Strength: 2}, Threads: 1, MemoryMiB: MinMemoryMiB(proof.Params{K: 20, Strength: 2}, 1),
		Spill: func() (Spill, error) { return nil, full },
	})
	require.ErrorIs(t, err, full)
}

func TestLayouts(t *testing.T) {
	for k := uint8(proof.MinK); k <= 32; k += 2 {
		for _, strength := range []uint8{2, 4, 8} {
			params := proof.Params{K: k, Strength: strength}
			l := cut(params, 2)
			require.GreaterOrEqual(t, l.records(4), 32)
			t.Logf("k %d s %d: bits %d result %d chunk %d keys %v piece %v, memory %d…%d MiB", k, strength, l.bits, l.resultBits, l.chunkBytes, l.keys, l.piece, MinMemoryMiB(params, 2), FullMemoryMiB(params, 2))
		}
	}
}
