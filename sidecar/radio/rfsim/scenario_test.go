package rfsim_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

func load(t *testing.T, name string) rfsim.Scenario {
	t.Helper()
	s, err := rfsim.Load("testdata/" + name + ".yaml")
	require.NoError(t, err)
	return s
}

func TestScenarios(t *testing.T) {
	s := load(t, "honest")
	require.Len(t, s.Gateways, 3)
	require.Equal(t, 5*time.Second, s.Keepalive)
	require.Equal(t, 100.0, s.Propagation.ReferenceM)
	require.Equal(t, rfsim.AcksPlain, s.Gateways[0].Acks)
	require.NotEqual(t, gwmp.EUI{}, s.Gateways[0].EUI)
	require.NotEqual(t, s.Gateways[1].EUI, s.Gateways[0].EUI)
	require.Equal(t, proof.Position{LatitudeE7: 525_200_000, LongitudeE7: 134_050_000}, s.Gateways[0].Asserted())

	s = load(t, "cheaters")
	kinds := map[string]bool{}
	for _, g := range s.Gateways {
		if g.Cheat != nil {
			kinds[g.Cheat.Kind] = true
		}
	}
	require.Len(t, kinds, 6, "one of every kind")
	_, err := rfsim.Load("testdata/none.yaml")
	require.ErrorIs(t, err, rfsim.ErrScenario)
}

const minimal = `version: 1
region: EU868
gateways:
  - {name: a, stands: {latitude: 1, longitude: 2}}
`

func TestRefusedScenarios(t *testing.T) {
	with := func(gateway string) string { return minimal + "  - " + gateway + "\n" }
	here := "stands: {latitude: 1, longitude: 2}"
	far := "stands: {latitude: 10, longitude: 2}"
	for want, text := range map[string]string{
		"":                         minimal,
		"version is 0":             strings.Replace(minimal, "version: 1", "version: 0", 1),
		"region":                   strings.Replace(minimal, "EU868", "MOON", 1),
		"0 gateways":               "version: 1\nregion: EU868\n",
		"field colour not found":   with("{name: b, " + here + ", colour: red}"),
		"more than one document":   minimal + "---\n{}\n",
		"used twice":               with("{name: a, " + here + "}"),
		"not on Earth":             with("{name: b, stands: {latitude: 91, longitude: 0}}"),
		"b: place NaN":             with("{name: b, stands: {latitude: .nan, longitude: 0}}"),
		"must be within":           with("{name: b, stands: {latitude: 86, longitude: 0}}"),
		"gain_dbi is 99":           with("{name: b, " + here + ", gain_dbi: 99}"),
		"max_power_dbm is 99":      with("{name: b, " + here + ", max_power_dbm: 99}"),
		"acks is \"loud\"":         with("{name: b, " + here + ", acks: loud}"),
		"EUI":                      with("{name: b, " + here + ", eui: xyz}"),
		"an honest gateway":        with("{name: b, " + here + ", asserts: {latitude: 3, longitude: 2}}"),
		"cheat : must be":          with("{name: b, " + here + ", cheat: {}}"),
		"delay belongs":            with("{name: b, " + here + ", cheat: {kind: receive_only, delay: 1s}}"),
		"ring belongs":             with("{name: b, " + here + ", cheat: {kind: receive_only, ring: x}}"),
		"attenuation_db belongs":   with("{name: b, " + here + ", cheat: {kind: receive_only, attenuation_db: 1}}"),
		"asserts a place 0 m":      with("{name: b, " + here + ", cheat: {kind: distance_spoofer}}"),
		"delay is -1s":             with("{name: b, " + here + ", cheat: {kind: replayer, delay: -1s}}"),
		"has 1 members":            with("{name: b, " + here + ", cheat: {kind: colluder, ring: x}}"),
		"attenuation_db is 0":      with("{name: b, " + here + ", cheat: {kind: attenuated}}"),
		"stands 0 m away":          with("{name: b, " + here + ", cheat: {kind: lone_wolf}}"),
		"exponent is 9":            minimal + "propagation: {exponent: 9}\n",
		"shadowing_db is NaN":      minimal + "propagation: {shadowing_db: .nan}\n",
		"keepalive (s) is 0.001":   minimal + "keepalive: 1ms\n",
		"every (s) is 0":           minimal + "end_devices: [{name: d, " + far + "}]\n",
		"bytes is 0":               minimal + "end_devices: [{name: d, " + far + ", every: 1s}]\n",
		"end_devices: name \"\"":   minimal + "end_devices: [{" + far + "}]\n",
		"cannot unmarshal":         minimal + "seed: many\n",
		"over 1048576 bytes":       minimal + strings.Repeat("#", 1<<20),
		"attenuation_db is NaN":    with("{name: b, " + here + ", cheat: {kind: attenuated, attenuation_db: .nan}}"),
		"did not find expected":    "version: [",
		"spreading is 13, must be": minimal + "end_devices: [{name: d, " + far + ", every: 1s, bytes: 1, spreading: 13}]\n",
	} {
		_, err := rfsim.Parse([]byte(text))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, rfsim.ErrScenario, want)
		require.ErrorContains(t, err, want)
	}
	ring := "{name: %, " + here + ", cheat: {kind: colluder, ring: x}}"
	_, err := rfsim.Parse([]byte(with(strings.Replace(ring, "%", "b", 1)) + "  - " + strings.Replace(ring, "%", "c", 1) + "\n"))
	require.NoError(t, err)
	_, err = rfsim.Parse([]byte(with("{name: b, " + far + ", cheat: {kind: lone_wolf}}")))
	require.NoError(t, err)
}

func FuzzScenario(f *testing.F) {
	for _, name := range []string{"honest", "cheaters"} {
		raw, err := os.ReadFile("testdata/" + name + ".yaml")
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := rfsim.Parse(raw)
		if err != nil {
			return
		}
		field, err := rfsim.NewField(s)
		require.NoError(t, err)
		r := field.Receive(rfsim.Transmission{FrequencyHz: 868_100_000, Spreading: 12, BandwidthKHz: 125, EIRP: 14}, nil, len(s.Gateways)-1)
		require.LessOrEqual(t, r.SNR, 12.0)
	})
}
