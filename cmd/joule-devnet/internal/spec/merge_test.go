package spec

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// changes reads overrides as config.yml gives them.
func changes(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &out))
	return out
}

func TestMergeFitsTypes(t *testing.T) {
	genesis := `{"n":"20","m":7,"ok":true,"none":null,"list":[{"name":"A","share":1,"units":"5"}],"empty":[]}`
	for name, c := range map[string]struct{ over, want string }{
		"a number for text":        {`n: 600`, `{"n":"600","m":7,"ok":true,"none":null,"list":[{"name":"A","share":1,"units":"5"}],"empty":[]}`},
		"a number for a number":    {`m: 9`, `{"n":"20","m":9,"ok":true,"none":null,"list":[{"name":"A","share":1,"units":"5"}],"empty":[]}`},
		"anything for null":        {`none: {a: 1}`, `{"n":"20","m":7,"ok":true,"none":{"a":1},"list":[{"name":"A","share":1,"units":"5"}],"empty":[]}`},
		"elements like the first":  {`list: [{name: B, units: 6}, {share: 2}]`, `{"n":"20","m":7,"ok":true,"none":null,"list":[{"name":"B","units":"6"},{"share":2}],"empty":[]}`},
		"anything in an empty one": {`empty: [1, x]`, `{"n":"20","m":7,"ok":true,"none":null,"list":[{"name":"A","share":1,"units":"5"}],"empty":[1,"x"]}`},
		"nothing":                  {`{}`, genesis},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := MergeGenesis([]byte(genesis), changes(t, c.over))
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))
		})
	}
	for over, want := range map[string]string{
		`m: "9"`:                      `genesis.m must be a number and is the text "9"`,
		`ok: 1`:                       "genesis.ok must be true or false and is 1",
		`n: [1]`:                      "genesis.n must be text or a number and is a list",
		`n:`:                          "genesis.n must be text or a number and is empty",
		`list: {}`:                    "genesis.list must be a list and is a map",
		`list: [{nam: B}]`:            `genesis.list[0].nam: the genesis has no such key; did you mean "name"?`,
		`mm: 1`:                       `did you mean "m"?`,
		`completely: 1`:               "it has empty, list, m, n, none, ok",
		`n: 2026-11-23`:               "put it in quotes",
		`n: 1e30`:                     "put the number",
		`n: 99999999999999999999999`:  "put the number",
		`none: {a: {b: {1: no map}}}`: "put it in quotes",
	} {
		t.Run(over, func(t *testing.T) {
			_, err := MergeGenesis([]byte(genesis), changes(t, over))
			require.ErrorContains(t, err, want)
		})
	}
}

func TestMergeBoundsNesting(t *testing.T) {
	deep := map[string]any{}
	for range maxDepth + 2 {
		deep = map[string]any{"a": deep}
	}
	_, err := MergeGenesis([]byte(`{"a":null}`), deep)
	require.ErrorContains(t, err, "nested more than")
}

func TestSetTOMLKeepsWhatItDoesNotChange(t *testing.T) {
	text := `# top
a = "x" # why
labels = [
  ["chain", "#1"], # a pair
]
after = 3
[[rules]]
a = "never"
[s.t]
quote = 'it # is'
duration = "5s"
`
	got, err := SetTOML(text, changes(t, `{a: "y\"z", labels: [], after: 4, s: {t: {quote: q, duration: 7}}}`))
	require.NoError(t, err)
	require.Equal(t, `# top
a = "y\"z" # why
labels = []
after = 4
[[rules]]
a = "never"
[s.t]
quote = "q"
duration = "7"
`, got)
	for over, want := range map[string]string{
		`after: "4"`:         "after must be a number",
		`labels: x`:          "labels must be a list",
		`a: [x]`:             "a must be text",
		`rules: {a: x}`:      "rules.a: the file has no such key: did you mean a?",
		`labels: [{a: 1}]`:   "labels[0] must be text, a number, true or false",
		`s: {duration: 10s}`: "s.duration: the file has no such key: did you mean s.t.duration?",
	} {
		_, err := SetTOML(text, changes(t, over))
		require.ErrorContains(t, err, want)
	}
}

func TestFaucetDefaults(t *testing.T) {
	s, err := Parse([]byte("version: 1\naccounts: [{name: a, coins: [9ujoule]}]\nvalidators: [{name: a, bonded: 1ujoule}]\nfaucet: {name: a, coins: [2ujoule]}"))
	require.NoError(t, err)
	require.Equal(t, s.Faucet.Coins, s.Faucet.CoinsMax)
	require.Equal(t, time.Hour, s.Faucet.RateLimitWindow)
	require.Equal(t, DefaultChainID, s.ChainID)
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	root := t.TempDir()
	program := filepath.Join(root, "build", "joule-devnet")
	_, err := Find("", program)
	require.ErrorContains(t, err, "--config")
	above := filepath.Join(root, FileName)
	require.NoError(t, os.WriteFile(above, nil, 0o600))
	found, err := Find("", program)
	require.NoError(t, err)
	require.Equal(t, above, found)
	found, err = Find("mine.yml", program)
	require.NoError(t, err)
	require.Equal(t, "mine.yml", found)
}
