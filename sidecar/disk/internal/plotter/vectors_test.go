package plotter

import (
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// TestOthersPlots plots the ids of proofs that another program made ($JOULE_VECTORS/disk): every fragment of its proofs
// is in our plots. k = 18 and 20; larger ones take too long here.
func TestOthersPlots(t *testing.T) {
	if testing.Short() || !proof.Accelerated() {
		t.Skip("whole plots take a while")
	}
	root := os.Getenv("JOULE_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
	}
	names, err := filepath.Glob(filepath.Join(root, "disk", "*.csv"))
	require.NoError(t, err)
	if len(names) == 0 && os.Getenv("JOULE_VECTORS") == "" {
		t.Skip("no vectors: set JOULE_VECTORS, or put them at ../shared/vectors beside the repository")
	}
	require.NotEmpty(t, names)
	plots := map[string][]uint64{}
	fragments := 0
	for _, name := range names {
		file, err := os.Open(name)
		require.NoError(t, err)
		records, err := csv.NewReader(file).ReadAll()
		require.NoError(t, err)
		require.NoError(t, file.Close())
		for _, record := range records {
			k, err := strconv.Atoi(record[1])
			require.NoError(t, err)
			strength, err := strconv.Atoi(record[2])
			require.NoError(t, err)
			if k > 20 {
				continue
			}
			id, err := hex.DecodeString(record[0])
			require.NoError(t, err)
			params := proof.Params{K: uint8(k), Strength: uint8(strength)}
			key := strings.Join(record[:3], " ")
			if plots[key] == nil {
				plots[key] = collect(t, Config{ID: proof.PlotID(id), Params: params, Threads: 2})
			}
			p, err := proof.NewPlot(proof.PlotID(id), params)
			require.NoError(t, err)
			var x [proof.Values]uint32
			for i, text := range strings.Fields(record[4]) {
				v, err := strconv.ParseUint(text, 10, 32)
				require.NoError(t, err)
				x[i] = uint32(v)
			}
			for i := 0; i < proof.Values; i += 8 {
				_, found := slices.BinarySearch(plots[key], p.Fragment((*[8]uint32)(x[i:])))
				require.True(t, found, "%s: fragment %d", filepath.Base(name), i/8)
				fragments++
			}
		}
	}
	t.Logf("%d fragments of other people's proofs are in our %d plots", fragments, len(plots))
}
