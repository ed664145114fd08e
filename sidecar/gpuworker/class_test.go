package gpuworker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCredited(t *testing.T) {
	require.Equal(t, uint64(62), credited(50, 1_250_000), "rounded down")
	require.Equal(t, uint64(18_000_000_000_000_000_000), credited(12_000_000_000_000_000_000, 1_500_000), "beyond 64 bits in between")
	require.Equal(t, uint64(7), credited(7, 0))
}
