package process

import (
	"errors"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/attest"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	"github.com/joulechain/joule/sidecar/metrics"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/trace"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var update = flag.Bool("update", false, "write testdata anew")

// cards is a driver with one card.
type cards struct{}

func (cards) Cards() ([]telemetry.Card, error) {
	return []telemetry.Card{{Index: 0, UUID: "GPU-a", Name: "card", Bus: "0000:01:00.0", PowerWatts: 650, Celsius: 61}}, nil
}

func (cards) Close() error { return nil }

// diskReports are two devices' reports: one that has been at work, and one at its start.
func diskReports() []diskworker.Report {
	return []diskworker.Report{
		{
			Device: "disk0", Claim: &worktypes.DiskClaim{Plots: 12, K: 28}, BondPlots: 20, Capacity: &diskworker.Capacity{Bytes: 1 << 40},
			Plots: diskworker.Summary{Ready: 11, Damaged: 1, Missing: 2, Foreign: 3, Duplicate: 4, Unreadable: 5, Bytes: 1 << 41},
			Scrub: diskworker.ScrubReport{Bytes: 700, Found: 1}, Scans: []diskworker.Scan{{Scanned: 12, Proofs: 4, Faults: 1, ScanSeconds: 1.5, SolveSeconds: 0.25}},
			Folders: []diskworker.FolderHealth{
				{Folder: "/mnt/a", Present: true, FreeBytes: 1 << 30, Celsius: 41}, {Folder: "/mnt/b", Failing: true},
			},
			Problems: []string{"x", "y"},
		},
		{Device: "disk1"},
	}
}

// radioReports are two devices' reports: one that has been at work, and one at its start.
func radioReports() []radioworker.Report {
	return []radioworker.Report{
		{
			Device: "gw0", Forwarder: &gwmp.Status{Packets: 9, LastPull: time.Unix(1000, 0), LastPush: time.Unix(1200, 0)}, Scale: 0.5, ChainEnds: 900,
			Heard: map[uint64]int{6: 3, 7: 2}, Beacons: []radioworker.Beacon{{Epoch: 6}, {Epoch: 7, Sent: true}},
			HeardMe: make([]radioworker.Neighbour, 2), HeardBy: make([]radioworker.Neighbour, 3),
			Verdicts: []radioworker.Verdict{{Code: 0}, {Code: 0}, {Code: 4}}, Problems: []string{"z"},
		},
		{Device: "gw1"},
	}
}

// base is what every sidecar shows, whatever its devices are.
func base() metrics.Sample {
	return metrics.Sample{
		Height: 77, BlockTime: 1500 * time.Millisecond, Skew: -time.Second, FreeBytes: 1 << 33, Pending: 2, Accepted: 3, Expired: 4, Rejected: 5,
		Devices: []metrics.DeviceSample{
			{Name: "gpu0", DeviceID: "joulenode1a", Backend: "cpu", State: "active", Rounds: 6, MaxUnits: 100},
			{Name: "disk0", DeviceID: "joulenode1b", Backend: "plots", State: "suspended"},
		},
	}
}

func attested() []attest.Status {
	return []attest.Status{{Device: "gpu0", Kind: "tpm", InForce: true, ExpiresEpoch: 30, CurrentEpoch: 20, TierPpm: 1_100_000, Accepted: 2, Failed: 1}}
}

// rendered is /metrics without what Go and the system tell of the process.
func rendered(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code, answer.Body.String())
	var out []string
	for _, line := range strings.SplitAfter(answer.Body.String(), "\n") {
		if strings.Contains(line, "joule_") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// People's dashboards and alarms name these metrics and labels: what /metrics shows must not change by accident.
func TestMetricsAreWhatPeopleKnow(t *testing.T) {
	m := metrics.New(base)
	m.Registry().MustRegister(telemetry.NewCollector(cards{}), attest.NewCollector(attested))
	m.Registry().MustRegister(newEvents(func() map[string]uint64 { return map[string]uint64{"push_data": 8, "relay_posted": 1} }))
	for _, d := range diskReports() {
		m.Registry().MustRegister(diskworker.NewCollector(d.Device, func() diskworker.Report { return d }))
	}
	for _, r := range radioReports() {
		m.Registry().MustRegister(radioworker.NewCollector(r.Device, func() radioworker.Report { return r }))
	}
	m.Reached(trace.Signed, make([]byte, 20), 5, worktypes.PHASE_COMMIT)
	m.Node("127.0.0.1:9090", nil)
	m.Node("127.0.0.1:9091", errors.New("silent"))
	got := rendered(t, m.Registry())
	golden := filepath.Join("testdata", "metrics.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
