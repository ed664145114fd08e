package address_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/address"
)

func TestEUI(t *testing.T) {
	alice := address.EUI{0xaa, 1}
	for _, s := range []string{"aa01000000000000", "AA:01:00:00:00:00:00:00", "aa-01-00-00-00-00-00-00"} {
		eui, err := address.ParseEUI(s)
		require.NoError(t, err)
		require.Equal(t, alice, eui)
	}
	for _, s := range []string{"", "aa", "aa0100000000000g", "aa010000000000000000"} {
		_, err := address.ParseEUI(s)
		require.ErrorIs(t, err, address.ErrAddress)
	}
	raw, err := json.Marshal(alice)
	require.NoError(t, err)
	var again address.EUI
	require.NoError(t, json.Unmarshal(raw, &again))
	require.Equal(t, alice, again)
}

func TestRelaysURLs(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:1780": "http://127.0.0.1:1780", "https://relay.example/": "https://relay.example", "https://relay.example/joule": "https://relay.example/joule",
		"relay.example": "", "ftp://x": "", "http://": "", "http://u:p@x": "", "http://x?a=b": "", "": "", "http://x#y": "",
	} {
		got, err := address.ParseRelay(text)
		if want == "" {
			require.ErrorIs(t, err, address.ErrAddress, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
}
