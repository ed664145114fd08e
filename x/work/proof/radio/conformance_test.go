package radio

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// vectorRows reads one file of $JOULE_VECTORS/radio (default ../shared/vectors beside the repository), its header left
// out.
func vectorRows(t *testing.T, name string) [][]string {
	t.Helper()
	root, set := os.LookupEnv("JOULE_VECTORS")
	if !set || root == "" {
		set, root = false, filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
		if _, err := os.Stat(root); err != nil {
			t.Skip("no vectors: set JOULE_VECTORS, or put them at ../shared/vectors beside the repository")
		}
	}
	file, err := os.Open(filepath.Join(root, "radio", name))
	require.NoError(t, err, "JOULE_VECTORS is %q (set: %t) but holds no radio/%s", root, set, name)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 1, "radio/%s has no rows", name)
	return rows[1:]
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return n
}

func TestConformanceRadioPathLoss(t *testing.T) {
	rows, worst := vectorRows(t, "fspl.csv"), int64(0)
	for _, row := range rows {
		got := PathLoss(uint32(number(t, row[0])), uint64(number(t, row[1])))
		off := got - number(t, row[2])
		worst = max(worst, off, -off)
		require.LessOrEqual(t, max(off, -off), int64(20), "%v: got %d", row, got)
	}
	t.Logf("checked %d rows of fspl.csv, worst error %d thousandths of a dB", len(rows), worst)
}

func TestConformanceRadioDistance(t *testing.T) {
	rows, worst := vectorRows(t, "distance.csv"), 0.0
	for _, row := range rows {
		var e7 [4]int32
		for i := range e7 {
			e7[i] = int32(number(t, row[i]))
		}
		exact, err := strconv.ParseFloat(row[4], 64)
		require.NoError(t, err)
		got := float64(Distance(Position{e7[0], e7[1]}, Position{e7[2], e7[3]})) / 1000
		off := math.Abs(got-exact) / exact
		worst = max(worst, off)
		require.LessOrEqual(t, math.Abs(got-exact), exact*0.0005+0.005, "%v: got %f", row, got) // the file rounds to 0.01 m
	}
	t.Logf("checked %d rows of distance.csv, worst error %.4f %%", len(rows), worst*100)
}
