package radio

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func cell(t testing.TB, text string) Cell {
	t.Helper()
	n, err := strconv.ParseUint(text, 16, 64)
	require.NoError(t, err)
	return Cell(n)
}

// TestCellsOfTheReference compares with testdata/h3.csv, which Uber's h3-go v4.1.0 wrote: random places at every
// resolution, pentagons, and pentagons' descendants.
func TestCellsOfTheReference(t *testing.T) {
	file, err := os.Open("testdata/h3.csv")
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 300)
	for _, row := range rows[1:] {
		c := cell(t, row[0])
		require.NoError(t, c.Validate(), row[0])
		require.Equal(t, row[1], strconv.Itoa(c.Resolution()), row[0])
		require.Equal(t, row[2], strconv.Itoa(c.BaseCell()), row[0])
		require.Equal(t, row[3] == "1", c.Pentagon(), row[0])
		parents := strings.Fields(row[4])
		require.Len(t, parents, c.Resolution())
		last := c
		for i, text := range parents {
			parent, err := c.Parent(c.Resolution() - 1 - i)
			require.NoError(t, err)
			require.Equal(t, cell(t, text), parent, "%s at %d", row[0], parent.Resolution())
			children, err := parent.Children()
			require.NoError(t, err)
			require.Contains(t, children, last)
			last = parent
		}
		self, err := c.Parent(c.Resolution())
		require.NoError(t, err)
		require.Equal(t, c, self)
	}
	t.Logf("checked %d cells", len(rows)-1)
}

func TestKnownCells(t *testing.T) {
	for _, k := range []struct {
		text             string
		resolution, base int
		pentagon         bool
	}{
		{"85283473fffffff", 5, 20, false},
		{"8928308280fffff", 9, 20, false},
		{"8009fffffffffff", 0, 4, true},
		{"801dfffffffffff", 0, 14, true},
		{"8001fffffffffff", 0, 0, false},
		{"80f3fffffffffff", 0, 121, false},
	} {
		c := cell(t, k.text)
		require.NoError(t, c.Validate(), k.text)
		require.Equal(t, k.resolution, c.Resolution(), k.text)
		require.Equal(t, k.base, c.BaseCell(), k.text)
		require.Equal(t, k.pentagon, c.Pentagon(), k.text)
	}
	parent, err := cell(t, "85283473fffffff").Parent(4)
	require.NoError(t, err)
	require.Equal(t, cell(t, "8428347ffffffff"), parent)
}

func TestInvalidCells(t *testing.T) {
	for name, text := range map[string]string{
		"zero":                    "0",
		"all bits":                "ffffffffffffffff",
		"reserved top bit":        "885283473fffffff",
		"mode of an edge":         "115283473fffffff",
		"mode zero":               "5283473fffffff",
		"reserved bits":           "95283473fffffff",
		"base cell 122":           "80f5fffffffffff",
		"digit 7 in use":          "8528347ffffffff",
		"digit used beyond":       "85283473ffffffe",
		"resolution too small":    "84283473fffffff",
		"resolution too large":    "86283473fffffff",
		"pentagon's deleted part": "81087ffffffffff",
		"deleted part, deeper":    "82080ffffffffff",
	} {
		c := cell(t, text)
		require.ErrorIs(t, c.Validate(), ErrCell, name)
		_, err := c.Parent(0)
		require.ErrorIs(t, err, ErrCell, name)
		_, err = c.Children()
		require.ErrorIs(t, err, ErrCell, name)
	}
	_, err := cell(t, "85283473fffffff").Parent(6)
	require.ErrorIs(t, err, ErrCell)
	_, err = cell(t, "85283473fffffff").Parent(-1)
	require.ErrorIs(t, err, ErrCell)
}

// TestCountOfCells counts the whole grid down to resolution 3 by children: 2 + 120·7^r cells, twelve pentagons at each
// resolution.
func TestCountOfCells(t *testing.T) {
	var level []Cell
	for base := range baseCells {
		level = append(level, Cell(uint64(cellMode)<<cellModeShift|uint64(base)<<cellBaseShift|1<<cellDigitsBits-1))
	}
	want := 122
	for r := 0; ; r++ {
		require.Len(t, level, want, "resolution %d", r)
		pentagons, next := 0, make([]Cell, 0, 7*len(level))
		for _, c := range level {
			require.NoError(t, c.Validate())
			if c.Pentagon() {
				pentagons++
			}
			children, err := c.Children()
			require.NoError(t, err)
			next = append(next, children...)
		}
		require.Equal(t, 12, pentagons)
		if r == 3 {
			return
		}
		level, want = next, (want-2)*7+2
	}
}

// FuzzCell: a number is a cell exactly where walking down from its base cell by children reaches it.
func FuzzCell(f *testing.F) {
	for _, text := range []string{"85283473fffffff", "8f0800000000001", "8009fffffffffff", "81087ffffffffff", "80f5fffffffffff", "0"} {
		f.Add(uint64(cell(f, text)))
	}
	f.Fuzz(func(t *testing.T, n uint64) {
		c := Cell(n)
		if c.Validate() != nil {
			return
		}
		at, err := c.Parent(0)
		require.NoError(t, err)
		for r := 1; r <= c.Resolution(); r++ {
			children, err := at.Children()
			require.NoError(t, err)
			at, err = c.Parent(r)
			require.NoError(t, err)
			require.True(t, slices.Contains(children, at))
		}
		require.Equal(t, c, at)
	})
}
