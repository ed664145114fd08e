package disk

import (
	"encoding/csv"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/proofs.csv again")

// proofsFile holds proofs of plots that makePlot made: the columns of the shared vectors and the quality.
const proofsFile = "testdata/proofs.csv"

// ownParams are the plots behind proofsFile; the last one also covers the strength of mainnet.
var ownParams = []Params{{K: 18, Strength: 2}, {K: 18, Strength: 3}, {K: 18, Strength: 8}, {K: 20, Strength: 4}}

func testChallenge(n uint64) [32]byte {
	return DerivePlotID("joule-test", []byte("challenge"), 0, n)
}

// ownRows reads proofsFile.
func ownRows(tb testing.TB) (rows []vectorRow, qualities []string) {
	tb.Helper()
	file, err := os.Open(proofsFile)
	require.NoError(tb, err)
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(tb, err)
	require.NoError(tb, file.Close())
	for i, record := range records {
		rows = append(rows, parseRow(tb, fmt.Sprintf("%s:%d", proofsFile, i+1), record[:5]))
		qualities = append(qualities, record[5])
	}
	require.GreaterOrEqual(tb, len(rows), 3*len(ownParams))
	return rows, qualities
}

// TestOwnProofs checks the stored proofs and their qualities; with -update it makes them again.
func TestOwnProofs(t *testing.T) {
	if *update {
		writeOwnProofs(t)
	}
	rows, qualities := ownRows(t)
	for i, row := range rows {
		quality, err := row.verify()
		require.NoError(t, err, row.where)
		require.Equal(t, qualities[i], hex.EncodeToString(quality[:]), row.where)
	}
}

func writeOwnProofs(t *testing.T) {
	var out strings.Builder
	for i, params := range ownParams {
		id := DerivePlotID("joule-test", []byte("golden"), params.Strength, uint64(i))
		plot := makePlot(t, id, params)
		for n, found := uint64(0), 0; found < 3; n++ {
			challenge := testChallenge(n)
			for _, proof := range plot.prove(challenge) {
				values := strings.Trim(fmt.Sprint(proof.x), "[]")
				fmt.Fprintf(&out, "%x,%d,%d,%x,%s,%x\n", id, params.K, params.Strength, challenge, values, proof.quality)
				found++
			}
		}
	}
	require.NoError(t, os.WriteFile(proofsFile, []byte(out.String()), 0o644))
}

// TestPlotAndProve makes a whole plot, answers many challenges with it and verifies every proof. It checks what pay per
// share rests on: one chain a challenge on average, with the plot's own size allowed for, and qualities that are spread
// evenly.
func TestPlotAndProve(t *testing.T) {
	if testing.Short() || !Accelerated() {
		t.Skip("a whole plot takes a while without AES instructions or in short mode")
	}
	params := Params{K: 18, Strength: BaseStrength}
	id := testID(77)
	plot := makePlot(t, id, params)
	for table := 1; table <= 3; table++ {
		n := len(plot.tables[table])
		require.InEpsilon(t, 1<<params.K, n, 0.05, "table %d has %d entries", table, n)
	}
	const challenges = 300
	total, squares, within, seen := 0, 0, 0, map[Quality]bool{}
	for n := range uint64(challenges) {
		challenge := testChallenge(n)
		proofs := plot.prove(challenge)
		total, squares = total+len(proofs), squares+len(proofs)*len(proofs)
		for _, proof := range proofs {
			packed, err := Pack(params, &proof.x)
			require.NoError(t, err)
			quality, err := Verify(id, params, challenge, packed)
			require.NoError(t, err)
			require.Equal(t, proof.quality, quality)
			require.False(t, seen[quality])
			seen[quality] = true
			if quality.Within(10, 1) {
				within++
			}
		}
	}
	mean := float64(total) / challenges
	t.Logf("table sizes %d %d %d; %d chains in %d challenges, mean %.3f, variance %.3f; %d of them within a tenth",
		len(plot.tables[1]), len(plot.tables[2]), len(plot.tables[3]), total, challenges, mean,
		float64(squares)/challenges-mean*mean, within)
	// A chain has sixteen links, so a table 1 % above its expected size makes 17 % more chains: at k = 18 single plots
	// differ.
	require.InDelta(t, math.Pow(math.Ldexp(float64(len(plot.fragments)), -int(params.K)), Links), mean, 0.35)
	require.InDelta(t, 0.1, float64(within)/float64(total), 0.05)
}
