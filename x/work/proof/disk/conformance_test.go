package disk

import (
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// vectorRow is a proof that another program made.
type vectorRow struct {
	where     string
	id        PlotID
	params    Params
	challenge [32]byte
	proof     []byte
}

// vectorRows reads $JOULE_VECTORS/disk (default ../shared/vectors beside the repository). It
// fails where the variable is set and the folder has no rows, and skips where
// neither exists.
func vectorRows(tb testing.TB) (rows []vectorRow) {
	tb.Helper()
	root := os.Getenv("JOULE_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
		if _, err := os.Stat(root); err != nil {
			tb.Skip("no vectors: set JOULE_VECTORS, or put them at ../shared/vectors beside the repository")
		}
	}
	names, err := filepath.Glob(filepath.Join(root, "disk", "*.csv"))
	require.NoError(tb, err)
	for _, name := range names {
		file, err := os.Open(name)
		require.NoError(tb, err)
		records, err := csv.NewReader(file).ReadAll()
		require.NoError(tb, err)
		require.NoError(tb, file.Close())
		for i, record := range records {
			rows = append(rows, parseRow(tb, filepath.Base(name)+":"+strconv.Itoa(i+1), record))
		}
	}
	require.NotEmpty(tb, rows, "%s/disk holds no rows", root)
	return rows
}

func parseRow(tb testing.TB, where string, record []string) vectorRow {
	tb.Helper()
	require.Len(tb, record, 5, where)
	row := vectorRow{where: where}
	for text, into := range map[string][]byte{record[0]: row.id[:], record[3]: row.challenge[:]} {
		b, err := hex.DecodeString(text)
		require.NoError(tb, err, where)
		require.Equal(tb, len(into), copy(into, b), where)
	}
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 10, 32)
		require.NoError(tb, err, where)
		return n
	}
	row.params = Params{K: uint8(number(record[1])), Strength: uint8(number(record[2]))}
	var x [Values]uint32
	texts := strings.Fields(record[4])
	require.Len(tb, texts, Values, where)
	for i, text := range texts {
		x[i] = uint32(number(text))
	}
	var err error
	row.proof, err = Pack(row.params, &x)
	require.NoError(tb, err, where)
	return row
}

func (r *vectorRow) verify() (Quality, error) { return Verify(r.id, r.params, r.challenge, r.proof) }

func TestConformanceDisk(t *testing.T) {
	rows := vectorRows(t)
	seen, files := map[Quality]bool{}, map[Params]int{}
	for _, row := range rows {
		quality, err := row.verify()
		require.NoError(t, err, row.where)
		require.False(t, seen[quality], "%s: two rows have one quality", row.where)
		seen[quality] = true
		files[row.params]++
	}
	t.Logf("checked %d rows of other people's proofs, accelerated %t, by k and strength %v", len(rows), Accelerated(), files)
}

// TestConformanceDiskTampered flips every bit of every input of real proofs: of all rows, or of
// one in twelve where no AES instructions help.
func TestConformanceDiskTampered(t *testing.T) {
	flips := 0
	refused := func(row vectorRow, bit int, what string) {
		_, err := row.verify()
		require.Error(t, err, "%s: bit %d of %s", row.where, bit, what)
		flips++
	}
	for i, row := range vectorRows(t) {
		if i%12 != 0 && !Accelerated() {
			continue
		}
		for bit := range 8 * len(row.proof) {
			changed := row
			changed.proof = append([]byte(nil), row.proof...)
			changed.proof[bit/8] ^= 1 << (bit % 8)
			refused(changed, bit, "proof")
		}
		for bit := range 256 {
			changed := row
			changed.challenge[bit/8] ^= 1 << (bit % 8)
			refused(changed, bit, "challenge")
			changed = row
			changed.id[bit/8] ^= 1 << (bit % 8)
			refused(changed, bit, "plot id")
		}
		x, err := Unpack(row.params, row.proof)
		require.NoError(t, err)
		for bit := range 8 {
			changed := row
			changed.params.Strength ^= 1 << bit
			refused(changed, bit, "strength")
			changed = row
			changed.params.K ^= 1 << bit
			refused(changed, bit, "k")
			// The same x-values packed for the other k get past the length.
			if packed, err := Pack(changed.params, &x); err == nil {
				changed.proof = packed
				refused(changed, bit, "k, packed again")
			}
		}
	}
	t.Logf("%d one-bit changes refused", flips)
}
