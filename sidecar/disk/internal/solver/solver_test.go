package solver

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// given is somebody's proof: what a solver must find again.
type given struct {
	where     string
	id        proof.PlotID
	params    proof.Params
	challenge [32]byte
	x         [proof.Values]uint32
}

// givenProofs reads the proofs that x/work/proof/disk keeps and, where they are, the shared vectors.
func givenProofs(tb testing.TB) (out []given) {
	tb.Helper()
	root := os.Getenv("JOULE_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
	}
	names, err := filepath.Glob(filepath.Join(root, "disk", "*.csv"))
	require.NoError(tb, err)
	names = append(names, filepath.Join("..", "..", "..", "..", "x", "work", "proof", "disk", "testdata", "proofs.csv"))
	for _, name := range names {
		file, err := os.Open(name)
		require.NoError(tb, err)
		records, err := csv.NewReader(file).ReadAll()
		require.NoError(tb, err)
		require.NoError(tb, file.Close())
		for i, record := range records {
			g := given{where: fmt.Sprintf("%s:%d", filepath.Base(name), i+1)}
			for text, into := range map[string][]byte{record[0]: g.id[:], record[3]: g.challenge[:]} {
				b, err := hex.DecodeString(text)
				require.NoError(tb, err)
				copy(into, b)
			}
			number := func(text string) uint32 {
				n, err := strconv.ParseUint(text, 10, 32)
				require.NoError(tb, err)
				return uint32(n)
			}
			g.params = proof.Params{K: uint8(number(record[1])), Strength: uint8(number(record[2]))}
			for j, text := range strings.Fields(record[4]) {
				g.x[j] = number(text)
			}
			out = append(out, g)
		}
	}
	return out
}

// fragments are those of a proof.
func (g *given) fragments(tb testing.TB) (proof.Plot, []uint64) {
	plot, err := proof.NewPlot(g.id, g.params)
	require.NoError(tb, err)
	var out []uint64
	for i := 0; i < proof.Values; i += 8 {
		out = append(out, plot.Fragment((*[8]uint32)(g.x[i:])))
	}
	return plot, out
}

// verify packs and verifies solved values.
func (g *given) verify(tb testing.TB, x [][8]uint32) {
	var flat [proof.Values]uint32
	copy(flat[:], slices.Concat(toSlices(x)...))
	packed, err := proof.Pack(g.params, &flat)
	require.NoError(tb, err)
	_, err = proof.Verify(g.id, g.params, g.challenge, packed)
	require.NoError(tb, err, g.where)
}

func toSlices(x [][8]uint32) (out [][]uint32) {
	for i := range x {
		out = append(out, x[i][:])
	}
	return out
}

// TestSolvesOthersProofs takes fragments from proofs that other programs made and solves them: what comes out verifies.
func TestSolvesOthersProofs(t *testing.T) {
	if !proof.Accelerated() {
		t.Skip("solving takes a while without AES instructions")
	}
	seen := map[string]int{}
	for _, g := range givenProofs(t) {
		key := fmt.Sprint(g.params)
		if seen[key]++; seen[key] > 3 {
			continue
		}
		plot, fragments := g.fragments(t)
		x, err := Solve(context.Background(), &plot, fragments, runtime.GOMAXPROCS(0))
		require.NoError(t, err, g.where)
		g.verify(t, x)
		for i := range x {
			require.Equal(t, fragments[i], plot.Fragment(&x[i]))
		}
	}
	t.Log(seen)
}

// TestSeveralChains solves two chains of one plot in one pass, and one thread finds what two do.
func TestSeveralChains(t *testing.T) {
	proofs := givenProofs(t)
	a := proofs[len(proofs)-15]
	b := proofs[len(proofs)-14]
	require.Equal(t, a.id, b.id)
	plot, fa := a.fragments(t)
	_, fb := b.fragments(t)
	x, err := Solve(context.Background(), &plot, append(slices.Clone(fa), fb...), 1)
	require.NoError(t, err)
	a.verify(t, x[:proof.Links])
	b.verify(t, x[proof.Links:])
}

// TestUnsolvable: a fragment that is not in the plot has no solution, and a stopped solver says why.
func TestUnsolvable(t *testing.T) {
	proofs := givenProofs(t)
	g := proofs[len(proofs)-15]
	plot, fragments := g.fragments(t)
	fragments[3] ^= 1
	_, err := Solve(context.Background(), &plot, fragments, 2)
	require.ErrorIs(t, err, ErrUnsolved)
	reason := errors.New("too late")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	_, err = Solve(ctx, &plot, fragments, 2)
	require.ErrorIs(t, err, reason)
}

// BenchmarkSolve measures one chain per k and strength of the proofs at hand.
func BenchmarkSolve(b *testing.B) {
	seen := map[proof.Params]bool{}
	for _, g := range givenProofs(b) {
		if seen[g.params] {
			continue
		}
		seen[g.params] = true
		plot, fragments := g.fragments(b)
		b.Run(fmt.Sprintf("k=%d/strength=%d", g.params.K, g.params.Strength), func(b *testing.B) {
			for b.Loop() {
				_, err := Solve(context.Background(), &plot, fragments, runtime.GOMAXPROCS(0))
				require.NoError(b, err)
			}
		})
	}
	// The time depends on k and not on whether there is a solution, so larger plots need no plotting.
	for _, params := range []proof.Params{{K: 28, Strength: 4}} {
		plot, err := proof.NewPlot(proof.PlotID{1}, params)
		require.NoError(b, err)
		fragments := make([]uint64, proof.Links)
		for i := range fragments {
			fragments[i] = uint64(i) * 0x9e3779b97f4a7c15 >> 8
		}
		b.Run(fmt.Sprintf("k=%d/strength=%d", params.K, params.Strength), func(b *testing.B) {
			for b.Loop() {
				_, err := Solve(context.Background(), &plot, fragments, runtime.GOMAXPROCS(0))
				require.ErrorIs(b, err, ErrUnsolved)
			}
		})
	}
}
