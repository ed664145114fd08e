package spelling

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNearest(t *testing.T) {
	known := []string{"max_batch", "max_clock_skew", "größe"}
	for word, want := range map[string]string{"maxbatch": "max_batch", "max_clok_skw": "max_clock_skew", "große": "größe", "nothing": "", "": ""} {
		require.Equal(t, want, Nearest(word, known, 2), word)
	}
	require.Empty(t, Nearest("maxbatc", known, 1))
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 2}, {"ü", "u", 1}} {
		require.Equal(t, c.want, distance(c.a, c.b), c)
		require.Equal(t, c.want, distance(c.b, c.a), c)
	}
}
