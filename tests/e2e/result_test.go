//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"
)

// result is what joule-devnet --json prints.
type result struct {
	OK         bool   `json:"ok"`
	Reason     string `json:"reason"`
	ChainID    string `json:"chain_id"`
	Validators int    `json:"validators"`
	Height     int64  `json:"height"`
	Classes    map[string]struct {
		Devices                         int
		Units, Minted, Accrued, Claimed math.Int
	} `json:"classes"`
	Devices []struct {
		Name, Class, Backend string
		Units                math.Int
		Radio                *struct {
			Cheat          string
			Beacons        int
			BeaconUnits    uint64         `json:"beacon_units"`
			WitnessUnits   uint64         `json:"witness_units"`
			WitnessReasons map[string]int `json:"witness_reasons"`
		}
		Attested *struct {
			Kind         string
			ChipID       string `json:"chip_id"`
			InForce      bool   `json:"in_force"`
			FromEpoch    uint64 `json:"from_epoch"`
			ExpiresEpoch uint64 `json:"expires_epoch"`
			Statements   uint64
		}
	} `json:"devices"`
	Epochs []struct {
		Epoch   uint64
		Outcome string
		Windows int
	} `json:"epochs"`
	Invariants struct {
		Holds  bool
		Broken []string
		Height int64
	} `json:"invariants"`
	Fault *struct {
		Validator       string
		KilledHeight    int64 `json:"killed_height"`
		RestartedHeight int64 `json:"restarted_height"`
		CaughtUpHeight  int64 `json:"caught_up_height"`
	} `json:"fault"`
}

// result reads the one JSON object on standard output.
func (d *devnet) result() result {
	d.t.Helper()
	dec := json.NewDecoder(strings.NewReader(d.stdout.String()))
	var r result
	require.NoError(d.t, dec.Decode(&r), d.stderr.String())
	_, err := dec.Token()
	require.ErrorIs(d.t, err, io.EOF, "standard output holds one object and nothing else")
	return r
}

// hotspots are the radios of the honest field.
const hotspots = 3

// requirePaid checks a successful run of so many settled epochs in which every sidecar's GPU and disk, and every
// hotspot, were paid.
func requirePaid(t *testing.T, r result, validators, devices, epochs int) {
	t.Helper()
	require.True(t, r.OK, r.Reason)
	require.Equal(t, "joule-devnet-1", r.ChainID)
	require.Equal(t, validators, r.Validators)
	require.True(t, r.Invariants.Holds, r.Invariants.Broken)
	require.Empty(t, r.Invariants.Broken)
	require.Positive(t, r.Invariants.Height)
	paid := 0
	for _, e := range r.Epochs {
		if e.Outcome == "paid" {
			paid++
			require.Positive(t, e.Windows)
		}
	}
	require.GreaterOrEqual(t, paid, epochs)
	require.Len(t, r.Classes, 3)
	for class, n := range map[string]int{"gpu": devices, "disk": devices, "radio": hotspots} {
		c, ok := r.Classes[class]
		require.True(t, ok, class)
		require.Equal(t, n, c.Devices, class)
		require.True(t, c.Units.IsPositive(), class)
		require.True(t, c.Minted.IsPositive(), class)
		require.True(t, c.Claimed.IsPositive(), class)
		require.True(t, c.Claimed.LTE(c.Accrued), "%s: accrued counts what was claimed", class)
		require.True(t, c.Accrued.LTE(c.Minted), "%s: more was credited than minted", class)
	}
}
