//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// edgeLimit is how often the cheaters' chain lets a pair be paid in a week of 168 epochs: so few that the test comes
// near it, and enough that two epochs are paid.
const edgeLimit = 3

// ring is what a radio can make in a week among k that hear each other's every beacon, in millionths of a unit: a unit
// for each of its receipts, and a quarter of a unit for each witness of its beacons up to four
// (x/work/proof/radio/SPEC.md section 13).
func ring(k uint64) uint64 {
	return edgeLimit*(k-1)*1_000_000 + edgeLimit*min(k-1, 4)*250_000
}

// TestCheatersEarnWhatTheSpecSays plays the field of every kind of cheater against a real chain.
func TestCheatersEarnWhatTheSpecSays(t *testing.T) {
	config := described(t, map[string]string{`edge_limit: 255.*`: "edge_limit: 3", `  - class: gpu\n`: ""})
	d := start(t, "--validators", "1", "--epochs", "2", "--json", "--scenario", "cheaters", "--config", config)
	require.Zero(t, d.wait(settleTime), d.stderr.String())
	r := d.result()
	require.True(t, r.OK, r.Reason)
	require.True(t, r.Invariants.Holds, r.Invariants.Broken)
	seen := map[string]int{}
	for _, device := range r.Devices {
		if device.Radio == nil {
			continue
		}
		radio, units := device.Radio, device.Units.Uint64()
		t.Logf("%-8s %-16s %d units of 1,000,000: beacons %d, receipts %d %v", device.Name, radio.Cheat, units, radio.BeaconUnits, radio.WitnessUnits, radio.WitnessReasons)
		seen[radio.Cheat]++
		require.Positive(t, radio.Beacons, device.Name)
		switch radio.Cheat {
		case "": // three honest ones and the replayer hear each other
			require.Positive(t, units, device.Name)
			require.LessOrEqual(t, units, ring(4), device.Name)
		case "distance_spoofer", "receive_only", "lone_wolf":
			require.Zero(t, units, device.Name)
			require.Zero(t, radio.WitnessReasons["0 paid"], device.Name)
		case "replayer": // its replays bring it nothing: no more than an honest radio in its place
			require.Positive(t, units, device.Name)
			require.LessOrEqual(t, units, ring(4), device.Name)
		case "colluder":
			require.Positive(t, units, device.Name)
			require.LessOrEqual(t, units, ring(3), device.Name)
		case "attenuated":
			require.Positive(t, units, device.Name)
			require.LessOrEqual(t, units, ring(2), device.Name)
		default:
			t.Fatalf("%s is an unknown kind of cheater: %q", device.Name, radio.Cheat)
		}
	}
	require.Equal(t, map[string]int{"": 3, "distance_spoofer": 1, "receive_only": 1, "lone_wolf": 1, "replayer": 1, "colluder": 3, "attenuated": 2}, seen)
	d.leavesNothing()
}
