package radio

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func requireInSpec(t *testing.T, line string) {
	t.Helper()
	spec, err := os.ReadFile("SPEC.md")
	require.NoError(t, err)
	require.True(t, strings.Contains(string(spec), line), "SPEC.md lacks %q", line)
}

func TestSpecPlans(t *testing.T) {
	for region := RegionEU868; region <= RegionKR920; region++ {
		plan, err := PlanOf(region)
		require.NoError(t, err)
		air, err := TimeOnAir(plan.Spreading, plan.BandwidthKHz, FrameSize)
		require.NoError(t, err)
		channels := make([]string, len(plan.Channels))
		for i, khz := range plan.Channels {
			channels[i] = fmt.Sprintf("%d.%03d", khz/1000, khz%1000)
		}
		requireInSpec(t, fmt.Sprintf("| %d | %s | %s | %d | %d | SF%d | %d |",
			region, plan.Name, strings.Join(channels, " "), plan.BandwidthKHz, plan.MaxEIRP, plan.Spreading, air/1000))
	}
}

func TestSpecReasons(t *testing.T) {
	for r := ReasonPaid; r <= ReasonLast; r++ {
		requireInSpec(t, fmt.Sprintf("| %d | %s |", r, r))
	}
}

// TestSpecColluders computes SPEC.md's table: what k radios that sign whatever they like can make of each other in a
// week of 168 epochs, in units. A beacon with w paid witnesses pays min(5w/4, 5) in all, so the best is to spread the
// edges over beacons, four to each.
func TestSpecColluders(t *testing.T) {
	const epochs = 168
	p := DefaultParams()
	total := func(w uint64) uint64 { // of one beacon, millionths
		beaconer, witness, err := p.Curve.Reward(uint32(w))
		require.NoError(t, err)
		return beaconer + w*witness
	}
	for _, k := range []uint64{2, 3, 10, 50, 169, 589} {
		edges := min(uint64(p.EdgeLimit)*(k-1), MaxWitnesses*epochs) // of one beaconer, a week
		var best uint64
		for w := uint64(1); w <= MaxWitnesses; w++ {
			beacons := min(edges/w, epochs)
			best = max(best, (beacons*total(w)+total(edges-min(edges, beacons*w))*min(1, epochs-beacons))/RewardUnit)
		}
		requireInSpec(t, fmt.Sprintf("| %d | %d | %d.%d %% |", k, best, best*100/840, best*1000/840%10))
	}
}

// TestSpecWitnesses: the texts that name the most receipts of a beacon name MaxWitnesses.
func TestSpecWitnesses(t *testing.T) {
	requireInSpec(t, fmt.Sprintf("up to %d receipts", MaxWitnesses))
	requireInSpec(t, fmt.Sprintf("At most %d:", MaxWitnesses))
	requireInSpec(t, fmt.Sprintf("Of more than %d the draw keeps\n%d;", MaxWitnesses, MaxWitnesses))
	for path, text := range map[string]string{
		"../../README.md": fmt.Sprintf("n ≤ %d receipts", MaxWitnesses),
		"../../../../proto/joule/work/v1/coverage.proto": fmt.Sprintf("in the order of their numbers; at most %d.", MaxWitnesses),
	} {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(raw), text, path)
	}
}

func TestSpecCosts(t *testing.T) {
	for _, n := range []int{0, 4, MaxWitnesses} {
		requireInSpec(t, fmt.Sprintf("| %d | %d B | %d | %d |", n, evidenceHeader+n*ReceiptSize, Cost(n, 1), Cost(n, MaxChainSteps)))
	}
}
