package cmd

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBenchGPUNeedsNoConfiguration(t *testing.T) {
	run := func(args ...string) (string, error) {
		c := benchGPUCommand()
		c.Flags().String("output", "text", "")
		var out bytes.Buffer
		c.SetOut(&out)
		c.SetErr(&bytes.Buffer{})
		c.SetArgs(args)
		err := c.ExecuteContext(t.Context())
		return out.String(), err
	}
	text, err := run("--backend", "cpu", "--n", "64", "--for", "1ms", "--runs", "3")
	require.NoError(t, err)
	require.Contains(t, text, "median of 3 runs")
	require.Contains(t, text, "unknown for this card")
	raw, err := run("--backend", "cpu", "--n", "64", "--for", "1ms", "--runs", "1", "--output", "json")
	require.NoError(t, err)
	var s gpuSpeed
	require.NoError(t, json.Unmarshal([]byte(raw), &s))
	require.Equal(t, uint32(64), s.N)
	require.Positive(t, s.EffectiveTOPS)
	_, err = run("--backend", "cpu", "--n", "65")
	require.ErrorContains(t, err, "n is 65")
	_, err = run("--runs", "0")
	require.ErrorContains(t, err, "--runs is 0")
	_, err = run("--backend", "abacus")
	require.ErrorContains(t, err, "abacus")
}
