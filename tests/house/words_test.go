package house

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneNameForTheEvidenceLane(t *testing.T) {
	found, err := WalkText(moduleRoot, os.ReadFile, Renamed)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestNameRuleFailsWhenBroken(t *testing.T) {
	for _, prefix := range []string{"attestation", "Free", "fee-free"} {
		require.Len(t, Renamed("a.go", "one\n// the "+prefix+" lane\n"), 1, prefix)
	}
	require.Empty(t, Renamed("a.go", "// the evidence lane, free of fees, and a free place in a lane"))
}
