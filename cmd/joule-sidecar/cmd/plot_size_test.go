package cmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]uint64{
		"1B": 1, "500GiB": 500 << 30, "1.5 TiB": 3 << 39, "2TB": 2_000_000_000_000, "2T": 2_000_000_000_000, "10MB": 10_000_000, "640KiB": 655_360,
		"80%": 800, "0.1%": 1, "100%": 1000, "1Gi": 1 << 30,
	} {
		got, err := parseSize(text, 1000)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "500", "GiB", "-1GiB", "1e9B", "5iB", "5i", "0GiB", "0%", "101%", "99999999PiB", "1GiB extra", "5 gib"} {
		_, err := parseSize(text, 1000)
		require.Error(t, err, text)
	}
}

func TestPickPlots(t *testing.T) {
	have := []disk.Plot{{Index: 3}, {Index: 4}, {Index: 9}}
	got, err := pickPlots([]string{"4-9", "3", "3-4"}, have)
	require.NoError(t, err)
	require.Len(t, got, 3, "each once")
	for _, arg := range []string{"5", "x", "9-3", "-1", "4-"} {
		_, err := pickPlots([]string{arg}, have)
		require.Error(t, err, arg)
	}
}

func TestNumbers(t *testing.T) {
	require.Equal(t, "7", numbers([]plotOutput{{Number: 7}}))
	require.Equal(t, "7-9", numbers([]plotOutput{{Number: 7}, {Number: 8}, {Number: 9}}))
	require.Equal(t, "2 of 7-9", numbers([]plotOutput{{Number: 7}, {Number: 9}}))
}
