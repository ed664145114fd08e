package cmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/network"
)

const description = `
version: 1
accounts: [{name: alice, coins: [100ujoule]}, {name: tap, coins: [9ujoule]}]
validators: [{name: alice, bonded: 60ujoule}]
faucet: {name: tap, coins: [1ujoule]}
`

// options parses flags as the program would, with programs and a description that exist.
func options(t *testing.T, args ...string) (network.Options, error) {
	t.Helper()
	dir := t.TempDir()
	program, file := filepath.Join(dir, "program"), filepath.Join(dir, "config.yml")
	require.NoError(t, os.WriteFile(program, nil, 0o700))
	require.NoError(t, os.WriteFile(file, []byte(description), 0o600))
	f := &flags{}
	c := Root()
	c.ResetFlags()
	f.register(c.Flags())
	if err := c.ParseFlags(append([]string{"--config", file, "--jouled", program, "--sidecar", program}, args...)); err != nil {
		return network.Options{}, err
	}
	return f.options(c.Flags())
}

func TestOptions(t *testing.T) {
	o, err := options(t)
	require.NoError(t, err)
	require.Len(t, o.Spec.Validators, 1)
	require.Equal(t, 1, o.Devices)
	require.Nil(t, o.Kill)

	o, err = options(t, "--validators", "4", "--epochs", "3", "--kill-validator", "0", "--kill-epoch", "2")
	require.NoError(t, err)
	require.Len(t, o.Spec.Validators, 4)
	require.Equal(t, &network.Kill{Validator: 0, Epoch: 2}, o.Kill)
}

func TestFlagsRefuse(t *testing.T) {
	for want, args := range map[string][]string{
		"--validators is 0":       {"--validators", "0"},
		"--validators is 65":      {"--validators", "65"},
		"--devices is 100":        {"--devices", "100"},
		"--kill-epoch goes with":  {"--kill-epoch", "2"},
		"--kill-validator is 1":   {"--kill-validator", "1"},
		"--block-time is 0s":      {"--block-time", "0s"},
		"--timeout is -1s":        {"--timeout", "-1s"},
		"no program jouled":       {"--jouled", "/nowhere/jouled"},
		"is no program":           {"--sidecar", os.TempDir()},
		"/nowhere.yml":            {"--config", "/nowhere.yml"},
		"unknown flag: --epoch":   {"--epoch", "3"},
		"invalid argument \"-1\"": {"--epochs", "-1"},
	} {
		_, err := options(t, args...)
		require.ErrorContains(t, err, want)
	}
}

func TestMistakesAreUsageErrors(t *testing.T) {
	for _, args := range [][]string{{"--nonsense"}, {"start"}, {"--validators", "0"}, {"--config", "/nowhere.yml"}} {
		c := Root()
		c.SetArgs(args)
		c.SetOut(&bytes.Buffer{})
		err := c.Execute()
		var usage usageError
		require.True(t, errors.As(err, &usage), "%v: %v", args, err)
	}
}

func TestHelpDefinesPaidEpochs(t *testing.T) {
	c, out := Root(), &bytes.Buffer{}
	c.SetArgs([]string{"--help"})
	c.SetOut(out)
	require.NoError(t, c.Execute())
	for _, text := range []string{"floor(units · pool / all units)", "no chance and does not count", "--kill-validator"} {
		require.Contains(t, out.String(), text)
	}
}
