package disk

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs/vfstest"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

func TestCheckWhole(t *testing.T) {
	s := testStore(t, testDisks(t))
	for _, index := range []uint64{0, 3, 5, 7} {
		var last uint64
		r, err := s.Check(context.Background(), index, CheckOptions{Progress: func(done, total uint64) { require.LessOrEqual(t, done, total); last = done }})
		require.NoError(t, err)
		require.True(t, r.Whole(), "%+v", r)
		require.Positive(t, r.Proofs)
		require.Positive(t, last)
		require.Equal(t, index, r.Plot.Index)
	}
	_, err := s.Check(context.Background(), 55, CheckOptions{})
	require.ErrorIs(t, err, ErrNoPlot)
	_, err = s.Check(context.Background(), 5, CheckOptions{Params: proof.Params{K: 20, Strength: 2}})
	require.ErrorIs(t, err, ErrNoPlot)
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("stop")
	cancel(reason)
	_, err = s.Check(ctx, 5, CheckOptions{})
	require.ErrorIs(t, err, reason)
}

// TestCheckFindsFlips: a flipped byte anywhere in the file is found.
func TestCheckFindsFlips(t *testing.T) {
	m := testDisks(t)
	s := testStore(t, m)
	f, _ := s.file(5, func(*plotFile) bool { return true })
	header := int(f.bytes) - int(f.header.Tiles())*int(f.header.SlotBytes)
	header /= 2
	for _, at := range []int{0, 9, 100, header - 1, header, header + 3, header + 5000, int(f.bytes) / 2, int(f.bytes) - header - 1, int(f.bytes) - header, int(f.bytes) - 1} {
		m.Spoil(f.path, func(b []byte) []byte { b[at] ^= 16; return b })
		require.NoError(t, s.Refresh(context.Background()))
		r, err := s.Check(context.Background(), 5, CheckOptions{Challenges: 1})
		require.NoError(t, err, "byte %d", at)
		require.False(t, r.Whole(), "byte %d of %d", at, f.bytes)
		m.Spoil(f.path, func(b []byte) []byte { b[at] ^= 16; return b })
		s = testStore(t, m) // which remembers no damage
	}
}

// TestCheckFindsFakes: fragments that are not the plot's, under right checksums, are found by proving.
func TestCheckFindsFakes(t *testing.T) {
	m := vfstest.New("/a")
	fake := func(ctx context.Context, c plotter.Config) (fragments, error) {
		c.ID[0] ^= 1 // another plot's
		return recall(ctx, c)
	}
	_, err := createPlots(context.Background(), m, fake, testOptions("/a", 1, 1))
	require.NoError(t, err)
	s := testStore(t, m, "/a")
	r, err := s.Check(context.Background(), 0, CheckOptions{})
	require.NoError(t, err)
	require.Positive(t, r.Unsolved)
	require.False(t, r.Whole())
}

// TestScrubFindsDamage: a scrub that reads everything a few times comes across a flipped bit, tells it once and goes
// on.
func TestScrubFindsDamage(t *testing.T) {
	m := testDisks(t)
	s := testStore(t, m)
	f, _ := s.file(6, func(*plotFile) bool { return true })
	at := f.header.TileOffset(1) + 5000
	m.Spoil(f.path, func(b []byte) []byte { b[at] ^= 1; return b })
	gone, _ := s.file(4, func(*plotFile) bool { return true })
	require.NoError(t, m.Remove(gone.path))
	var found []Plot
	var read uint64
	err := s.Scrub(context.Background(), ScrubOptions{
		BytesPerSecond: 1 << 40, Tiles: 400, Found: func(p Plot) { found = append(found, p) }, Step: func(n uint64) { read += n },
	})
	require.NoError(t, err)
	require.Len(t, found, 2)
	slices.SortFunc(found, func(a, b Plot) int { return int(a.Index) - int(b.Index) })
	require.Equal(t, Missing, found[0].Status)
	require.Equal(t, uint64(4), found[0].Index)
	require.Equal(t, Damaged, found[1].Status)
	require.Contains(t, found[1].Problem, "checksum")
	require.Positive(t, read)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, s.Scrub(ctx, ScrubOptions{}))
	empty := testStore(t, vfstest.New("/a"), "/a")
	require.NoError(t, empty.Scrub(context.Background(), ScrubOptions{BytesPerSecond: 1 << 30, Tiles: 1}))
}

// TestHeaderIsWhatWasAsked: the header's fields are those of the options.
func TestHeaderIsWhatWasAsked(t *testing.T) {
	s := testStore(t, testDisks(t))
	f, place := s.file(2, func(*plotFile) bool { return true })
	require.Equal(t, 2, place)
	require.Equal(t, testOwner.DeviceID, f.header.DeviceID)
	require.Equal(t, uint64(0), f.header.First)
	require.Equal(t, 4, f.header.Plots)
	require.Equal(t, plotfile.Choose(testParams, 4).RunBits, f.header.RunBits)
}
