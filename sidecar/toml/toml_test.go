package toml_test

import (
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/toml"
)

// What is written is read back as it was, on one line.
func TestLiteral(t *testing.T) {
	for _, v := range []any{
		"", "plain", `C:\mnt`, `it's`, `"quoted"`, "line\nfeed\ttab\x00\x7f", "größe ‖", "# no comment", []any{}, []any{"a", `b'"`}, true, int64(-7), 0.0, 1.5, 1e-7, -180.0,
	} {
		text, err := toml.Literal(v)
		require.NoError(t, err)
		require.NotContains(t, text, "\n")
		var back map[string]any
		require.NoError(t, gotoml.Unmarshal([]byte("x = "+text+" # why\n"), &back), text)
		require.Equal(t, v, back["x"], text)
		if _, ok := v.(string); ok {
			require.Equal(t, `"`, text[:1])
		}
	}
	text, err := toml.Literal(0.0)
	require.NoError(t, err)
	require.Equal(t, "0.0", text, "a number that may have a fraction has a point")
	text, err = toml.Literal([]string{"a", `"`})
	require.NoError(t, err)
	require.Equal(t, `["a", "\""]`, text)
	_, err = toml.Literal(func() {})
	require.Error(t, err)
}
