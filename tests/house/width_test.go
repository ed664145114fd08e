package house

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommentsAndProseWrap(t *testing.T) {
	found, err := WalkText(moduleRoot, os.ReadFile, Wide)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestWidthRuleFailsWhenBroken(t *testing.T) {
	long := strings.Repeat("word ", 25)
	for name, c := range map[string]struct {
		path, src string
		found     int
	}{
		"comment":          {"a.go", "// " + long, 1},
		"indented comment": {"a.go", "\t\t// " + long[:114], 1},
		"proto":            {"a.proto", "  // " + long, 1},
		"prose":            {"a.md", long, 1},
		"after a fence":    {"a.md", "```\n" + long + "\n```\n" + long, 1},
		"code":             {"a.go", "x := \"" + long + "\"", 0},
		"table":            {"a.md", "| " + long + " |", 0},
		"one long word":    {"a.md", "- https://example.org/" + strings.Repeat("x", 120), 0},
		"narrow, in runes": {"a.go", "// " + strings.Repeat("‖ ", 58), 0},
	} {
		t.Run(name, func(t *testing.T) { require.Len(t, Wide(c.path, c.src), c.found) })
	}
}
