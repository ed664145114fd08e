package vrf_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/vrf"
)

// The layouts are consensus: a change of any byte forks the chain.
func TestInputLayouts(t *testing.T) {
	mix := bytes.Repeat([]byte{0xAB}, vrf.MixSize)
	want := append([]byte("joule/beacon/reveal/v1\x00\x00\x00\x07joule-1"), 0, 0, 0, 0, 0, 0, 1, 2)
	require.Equal(t, append(want, mix...), vrf.RevealInput("joule-1", 0x102, mix))
	require.Equal(t, []byte("joule/beacon/possession/v1\x00\x00\x00\x07joule-1\x00\x00\x00\x03abc"), vrf.PossessionInput("joule-1", []byte("abc")))
	require.Equal(t, hash("joule/beacon/genesis/v1\x00\x00\x00\x07joule-1"), vrf.GenesisMix("joule-1"))
	output := bytes.Repeat([]byte{1}, vrf.OutputSize)
	require.Equal(t, hash("joule/beacon/mix/v1", string(mix), string(output)), vrf.NextMix(mix, output))
	require.Equal(t, hash("joule/beacon/mix/v1", string(mix), "none"), vrf.NextMix(mix, nil))
}

func hash(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

func TestInputsDiffer(t *testing.T) {
	mix := make([]byte, vrf.MixSize)
	seen := map[string]string{}
	add := func(name string, input []byte) {
		other, dup := seen[string(input)]
		require.False(t, dup, "%s equals %s", name, other)
		seen[string(input)] = name
	}
	add("base", vrf.RevealInput("joule-1", 1, mix))
	add("height", vrf.RevealInput("joule-1", 2, mix))
	add("chain", vrf.RevealInput("joule-2", 1, mix))
	add("mix", vrf.RevealInput("joule-1", 1, vrf.NextMix(mix, nil)))
	add("possession", vrf.PossessionInput("joule-1", binary.BigEndian.AppendUint64(nil, 1)))
	// Without length prefixes these two would be equal.
	add("possession a", vrf.PossessionInput("joule-1", []byte("1x")))
	add("possession b", vrf.PossessionInput("joule-11", []byte("x")))
}
