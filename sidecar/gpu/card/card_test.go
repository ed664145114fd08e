package card_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/card/cardfake"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func params(n, b uint32) proofgpu.Params {
	return proofgpu.Params{Version: proofgpu.Version2, N: n, B: b, T: 5, MaxRounds: 1 << 10}
}

func TestRoundsAndPathsAreTheReferences(t *testing.T) {
	reference := gpu.NewCPU(0)
	for _, p := range []proofgpu.Params{params(64, 4), params(64, 8), params(128, 4), params(512, 4)} {
		d := &cardfake.Device{}
		b := card.New(d)
		seed := proofgpu.Seed{byte(p.N), byte(p.B)}
		last := p.Grid() - 1
		tiles := []gpu.Tile{{}, {Row: last, Col: last}, {Row: 0, Col: last}, {Row: 3, Col: 5}, {Row: last / 2, Col: last/2 + 1}}
		wantRoot, wantPaths, err := reference.Paths(context.Background(), p, seed, tiles)
		require.NoError(t, err)
		for range 2 { // narrow strips first, then as wide as the speed allows
			root, err := b.Round(context.Background(), p, seed)
			require.NoError(t, err)
			require.Equal(t, wantRoot, root, "n=%d b=%d", p.N, p.B)
			root, paths, err := b.Paths(context.Background(), p, seed, tiles)
			require.NoError(t, err)
			require.Equal(t, wantRoot, root)
			require.Equal(t, wantPaths, paths)
		}
		require.NoError(t, b.Close())
		require.True(t, d.Closed)
	}
}

func TestPathsRefuseTilesOutside(t *testing.T) {
	b := card.New(&cardfake.Device{})
	_, _, err := b.Paths(context.Background(), params(64, 4), proofgpu.Seed{}, []gpu.Tile{{Row: 16}})
	require.ErrorContains(t, err, "outside the grid of 16")
	_, err = b.Round(context.Background(), params(65, 4), proofgpu.Seed{})
	require.ErrorIs(t, err, proofgpu.ErrParams)
}

// TestLittleMemory: a smaller card works in narrower strips, with the same root; one
// that does not hold the narrowest says how much it needs.
func TestLittleMemory(t *testing.T) {
	p := params(512, 4)
	want, err := gpu.NewCPU(0).Round(context.Background(), p, proofgpu.Seed{1})
	require.NoError(t, err)
	for name, d := range map[string]*cardfake.Device{
		"at allocation": {MemoryLimit: 600_000},
		"at the launch": {LateLimit: 256},
	} {
		b := card.New(d)
		card.AssumeFast(b)
		root, err := b.Round(context.Background(), p, proofgpu.Seed{1})
		require.NoError(t, err, name)
		require.Equal(t, want, root, name)
		require.GreaterOrEqual(t, d.Launches[d.Products()[0].Kernel], 2, name)
		require.NoError(t, b.Close())
	}
	d := &cardfake.Device{MemoryLimit: 1 << 18}
	b := card.New(d)
	_, err = b.Round(context.Background(), p, proofgpu.Seed{1})
	require.ErrorIs(t, err, gpu.ErrOutOfMemory)
	require.ErrorContains(t, err, "n=512 needs 1 MiB")
	require.Zero(t, d.Used(), "nothing stays allocated")
	// Memory that a tenant gives back is used again.
	d.MemoryLimit = 0
	root, err := b.Round(context.Background(), p, proofgpu.Seed{1})
	require.NoError(t, err)
	require.Equal(t, want, root)
}

func TestEveryDriverErrorSurfaces(t *testing.T) {
	for _, kernel := range []string{kernels.Expand, kernels.Product64, kernels.Reduce, kernels.Place} {
		d := &cardfake.Device{Fail: func(k string) error {
			if k == kernel {
				return fmt.Errorf("%w: test", gpu.ErrLost)
			}
			return nil
		}}
		b := card.New(d)
		_, err := b.Round(context.Background(), params(64, 4), proofgpu.Seed{})
		require.ErrorIs(t, err, gpu.ErrLost, kernel)
		d.Fail = nil
		_, err = b.Round(context.Background(), params(64, 4), proofgpu.Seed{})
		require.NoError(t, err, "the same device may recover")
		require.NoError(t, b.Close())
	}
}

// TestCancelledBetweenStrips: a long round ends soon after its deadline.
func TestCancelledBetweenStrips(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	products := 0
	d := &cardfake.Device{Fail: func(k string) error {
		if k == kernels.Product64 {
			if products++; products == 1 {
				cancel()
			}
		}
		return nil
	}}
	_, err := card.New(d).Round(ctx, params(1024, 4), proofgpu.Seed{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, products, "no second strip")
}

func TestCheckRoundFindsOneWrongPatch(t *testing.T) {
	d := &cardfake.Device{}
	b := card.New(d)
	require.NoError(t, gpu.CheckRound(context.Background(), b, params(256, 4), proofgpu.Seed{2}))
	require.NoError(t, gpu.CheckRound(context.Background(), b, params(512, 8), proofgpu.Seed{2}))
	d.WrongPatch = func(_, row, col uint32) bool { return row == 17 && col == 30 }
	err := gpu.CheckRound(context.Background(), b, params(256, 4), proofgpu.Seed{2})
	require.ErrorIs(t, err, gpu.ErrWrong)
	require.ErrorContains(t, err, "tree of the right product")
	// The same where the product itself is wrong.
	wrong := &bent{Backend: card.New(&cardfake.Device{})}
	err = gpu.CheckRound(context.Background(), wrong, params(256, 4), proofgpu.Seed{2})
	require.ErrorIs(t, err, gpu.ErrWrong)
	require.ErrorContains(t, err, "row 64 of the product")
}

// bent changes one entry of C by one.
type bent struct{ *card.Backend }

func (b *bent) Stream(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, emit func(gpu.Band) error) error {
	return b.Backend.Stream(ctx, p, seed, func(band gpu.Band) error {
		if band.Row == 64 {
			band.Entries[11]++
		}
		return emit(band)
	})
}

func TestSelfTest(t *testing.T) {
	d := &cardfake.Device{}
	b := card.New(d)
	require.NoError(t, gpu.SelfTest(context.Background(), b, params(256, 4)))
	// Wrong in one patch, and only at the size of the window.
	d.WrongPatch = func(n, row, col uint32) bool { return n == 1024 && row == 100 && col == 7 }
	require.ErrorIs(t, gpu.SelfTest(context.Background(), b, params(1024, 4)), gpu.ErrWrong)
	d.WrongPatch = func(n, row, col uint32) bool { return n == 128 && row == 15 && col == 15 }
	require.ErrorIs(t, gpu.SelfTest(context.Background(), b, params(256, 4)), gpu.ErrWrong)
	d.WrongPatch = nil
	d.Fail = func(string) error { return fmt.Errorf("%w: test", gpu.ErrDriver) }
	err := gpu.SelfTest(context.Background(), b, params(256, 4))
	require.ErrorIs(t, err, gpu.ErrDriver)
	require.False(t, errors.Is(err, gpu.ErrWrong))
}

// TestPathsNoticeAWrongDigest: an opening never leaves with a digest that is not
// that of its entries.
func TestPathsNoticeAWrongDigest(t *testing.T) {
	d := &cardfake.Device{WrongPatch: func(_, row, col uint32) bool { return row == 1 && col == 2 }}
	_, _, err := card.New(d).Paths(context.Background(), params(64, 4), proofgpu.Seed{}, []gpu.Tile{{Row: 2, Col: 5}})
	require.ErrorIs(t, err, gpu.ErrWrong)
}

func TestProfile(t *testing.T) {
	s, err := card.New(&cardfake.Device{}).Profile(context.Background(), params(64, 4), 2)
	require.NoError(t, err)
	require.EqualValues(t, 2, s.Rounds)
	require.Positive(t, s.Product+s.Hash+s.Expansion+s.Transfer)
	require.GreaterOrEqual(t, s.Hash, time.Duration(0))
}
