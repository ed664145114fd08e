package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const small = `
version: 1
accounts:
  - {name: val, coins: [100ujoule]}
  - {name: tap, coins: [50ujoule, 50ujoule]}
validators:
  - {name: val, bonded: 60ujoule, config: {p2p: {pex: false}}}
faucet: {name: tap, coins: [1ujoule], coins_max: [2ujoule]}
`

func TestRepositorysDescription(t *testing.T) {
	s, err := Load("../../../../" + FileName)
	require.NoError(t, err)
	require.Len(t, s.Validators, 1)
	require.Equal(t, "joule-devnet-1", s.Genesis["chain_id"])
	require.Len(t, s.Devices, 3)
	require.Equal(t, []string{ClassGPU, ClassDisk, ClassRadio}, []string{s.Devices[0].Class, s.Devices[1].Class, s.Devices[2].Class})
}

func TestWithValidators(t *testing.T) {
	s, err := Parse([]byte(small))
	require.NoError(t, err)
	require.Equal(t, []Device{{Class: ClassGPU}}, s.Devices, "without a list each sidecar has a GPU")
	three := s.WithValidators(3)
	require.Equal(t, []string{"val", "val-2", "val-3"}, []string{three.Validators[0].Name, three.Validators[1].Name, three.Validators[2].Name})
	require.NoError(t, three.validate(), "each repeated validator has a funded account")
	require.Len(t, s.Accounts, 2, "the description itself is unchanged")
	require.Len(t, three.WithValidators(1).Validators, 1)
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "empty"},
		"unknown key":       {small + "\nfaucett: {}", "faucett"},
		"version":           {"version: 2", "version is 2"},
		"no validator":      {"version: 1", "at least one"},
		"bad account name":  {"version: 1\naccounts: [{name: ../x}]", "accounts[0].name"},
		"account twice":     {"version: 1\naccounts: [{name: a, coins: [1ujoule]}, {name: a, coins: [1ujoule]}]", "two accounts are called"},
		"device class":      {small + "devices: [{class: sonar}]", "devices[0].class is \"sonar\""},
		"device twice":      {small + "devices: [{class: gpu}, {class: gpu}]", "devices[1].class: two devices"},
		"plots of a gpu":    {small + "devices: [{class: gpu, plots: 3}]", "belong to a disk"},
		"no plots":          {small + "devices: [{class: disk, k: 18, strength: 2}]", "devices[0].plots is 0"},
		"odd k":             {small + "devices: [{class: disk, plots: 1, k: 19, strength: 2}]", "devices[0].k is 19"},
		"k of a real disk":  {small + "devices: [{class: disk, plots: 1, k: 28, strength: 2}]", "18..22"},
		"strength":          {small + "devices: [{class: disk, plots: 1, k: 18, strength: 1}]", "devices[0].strength is 1"},
		"coins":             {"version: 1\naccounts: [{name: a, coins: [ujoule]}]", "accounts[0].coins"},
		"unknown validator": {"version: 1\nvalidators: [{name: a}]", "no account"},
		"bond above funds":  {"version: 1\naccounts: [{name: a, coins: [1ujoule]}]\nvalidators: [{name: a, bonded: 2ujoule}]", "the account has"},
		"faucet":            {"version: 1\naccounts: [{name: a, coins: [1ujoule]}]\nvalidators: [{name: a, bonded: 1ujoule}]", "faucet.name"},
		"faucet above most": {
			"version: 1\naccounts: [{name: a, coins: [1ujoule]}]\nvalidators: [{name: a, bonded: 1ujoule}]\nfaucet: {name: a, coins: [2ujoule], coins_max: [1ujoule]}",
			"at most coins_max",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestLoadBoundsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	require.NoError(t, os.WriteFile(path, make([]byte, maxFileBytes+1), 0o600))
	_, err := Load(path)
	require.ErrorContains(t, err, "more than")
}

func TestSetTOML(t *testing.T) {
	text := "# top\nmode = \"a\"\n\n[p2p]\n# laddr = \"not this\"\nladdr = \"x\"\npex = true\n[rpc]\nladdr = \"y\"\nlist = []\n"
	got, err := SetTOML(text, map[string]any{
		"mode": "b", "p2p": map[string]any{"pex": false, "laddr": "z"}, "rpc": map[string]any{"list": []any{"q", 3}},
	})
	require.NoError(t, err)
	require.Equal(t, "# top\nmode = \"b\"\n\n[p2p]\n# laddr = \"not this\"\nladdr = \"z\"\npex = false\n[rpc]\nladdr = \"y\"\nlist = [\"q\", 3]\n", got)

	_, err = SetTOML(text, map[string]any{"p2p": map[string]any{"gone": 1}})
	require.ErrorContains(t, err, "p2p.gone: the file has no such key")
	_, err = SetTOML(text, map[string]any{"mode": true})
	require.ErrorContains(t, err, "mode must be text")
}

func TestMergeGenesis(t *testing.T) {
	genesis := []byte(`{"chain_id":"a","app_state":{"work":{"params":{"n":1,"keep":"18446744073709551617"},"list":[1,2]}}}`)
	got, err := MergeGenesis(genesis, map[string]any{
		"chain_id": "b", "app_state": map[string]any{"work": map[string]any{"params": map[string]any{"n": 512}, "list": []any{3}}},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"chain_id":"b","app_state":{"work":{"params":{"n":512,"keep":"18446744073709551617"},"list":[3]}}}`, string(got))

	_, err = MergeGenesis(genesis, map[string]any{"app_state": map[string]any{"work": map[string]any{"params": map[string]any{"m": 1}}}})
	require.ErrorContains(t, err, "genesis.app_state.work.params.m: the genesis has no such key")
	_, err = MergeGenesis(genesis, map[string]any{"app_state": "x"})
	require.ErrorContains(t, err, "do not mix")
	_, err = MergeGenesis([]byte("{"), nil)
	require.Error(t, err)
	require.True(t, json.Valid(got))
}
