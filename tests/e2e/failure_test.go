//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that ends by itself ends the run: the error names it, quotes its log and says where the logs are.
func TestCrashedChildIsTold(t *testing.T) {
	d := start(t, "--json")
	d.network(3 * time.Minute)
	killed := false
	for _, p := range d.processes() {
		pid, line, _ := strings.Cut(p, " ")
		if strings.Contains(line, "joule-sidecar start") && strings.HasSuffix(strings.TrimSpace(line), "/rig0") {
			n, err := strconv.Atoi(pid)
			require.NoError(t, err)
			require.NoError(t, syscall.Kill(n, syscall.SIGKILL))
			killed = true
		}
	}
	require.True(t, killed, "no sidecar to kill")
	require.Equal(t, 1, d.wait(endTime))
	said := d.stderr.String()
	for _, want := range []string{"rig0 ended by itself", "signal: killed", "rig0.log", "level=INFO msg="} {
		require.Contains(t, said, want)
	}
	require.Empty(t, d.processes())
	logs, err := filepath.Glob(filepath.Join(d.dir, "joule-devnet-*", "logs", "*.log"))
	require.NoError(t, err)
	names := make([]string, 0, len(logs))
	for _, log := range logs {
		names = append(names, filepath.Base(log))
	}
	require.Subset(t, names, []string{"alice.log", "rig0.log"}, "the logs that the error points to were removed")
}

// A typo anywhere in the description is an error that names it.
func TestTyposInTheDescription(t *testing.T) {
	good, err := os.ReadFile("../../config.yml")
	require.NoError(t, err)
	for _, c := range []struct{ old, typo, want string }{
		{"\nfaucet:", "\nfawcet:", "fawcet"},
		{"epoch_blocks:", "epoch_bloks:", `genesis.app_state.beacon.params.epoch_bloks: the genesis has no such key; did you mean "epoch_blocks"?`},
		{"timeout_commit:", "timeout_comit:", "consensus.timeout_comit: the file has no such key"},
		{"t: 5", "t: 99", "t is 99"},
		{"plots: 16", "plots: 0", "devices[1].plots is 0 and must be in 1..1024"},
		{"k: 18\n", "kk: 18\n", "field kk not found"},
		{"timeout_commit: 1s", "timeout_commit: true", "consensus.timeout_commit must be text"},
	} {
		t.Run(c.want, func(t *testing.T) {
			text := strings.Replace(string(good), c.old, c.typo, 1)
			require.NotEqual(t, string(good), text, "config.yml has no %q", c.old)
			file := filepath.Join(t.TempDir(), "config.yml")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			d := start(t, "--config", file)
			require.NotZero(t, d.wait(endTime+time.Minute))
			require.Contains(t, d.stderr.String(), c.want)
			d.leavesNothing()
		})
	}
}
