package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhereToChangeWhat reads CONTRIBUTING's table: each file exists and holds the name beside it.
func TestWhereToChangeWhat(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(moduleRoot, "CONTRIBUTING.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "## Where to change what")
	require.True(t, found)
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[2], "`") {
			continue
		}
		rows++
		file, name := strings.Trim(cells[2], " `"), strings.Trim(cells[3], " `")
		src, err := os.ReadFile(filepath.Join(moduleRoot, file))
		require.NoError(t, err, "CONTRIBUTING names a file that is gone")
		require.Contains(t, string(src), name, file)
	}
	require.GreaterOrEqual(t, rows, 12, "the table was not read")
}
