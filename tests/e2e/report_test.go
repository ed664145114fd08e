//go:build e2e

package e2e

import (
	"bytes"
	"encoding/csv"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reportAgrees starts the one node of an ended network again, in whose home its blocks are, and has `jouled
// emission-report` recompute all epochs that were settled: without a mismatch, with work of each class and device.
func reportAgrees(t *testing.T, home string, r result) {
	t.Helper()
	nodes, err := filepath.Glob(filepath.Join(home, "nodes", "*"))
	require.NoError(t, err)
	require.Len(t, nodes, 1)
	log := &lockedBuffer{}
	node := exec.Command(binary(t, "jouled"), "start", "--home", nodes[0], "--log_no_color")
	node.Stdout, node.Stderr = log, log
	require.NoError(t, node.Start())
	defer func() {
		_ = node.Process.Signal(syscall.SIGTERM)
		_ = node.Wait()
	}()
	last := uint64(0)
	for _, e := range r.Epochs {
		if e.Outcome == "paid" {
			last = max(last, e.Epoch)
		}
	}
	var out, errs bytes.Buffer
	deadline := time.Now().Add(time.Minute)
	for {
		out.Reset()
		errs.Reset()
		cmd := exec.Command(binary(t, "jouled"), "emission-report", "--home", nodes[0], "--from-epoch", "1", "--to-epoch", strconv.FormatUint(last, 10), "--format", "csv")
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		require.NotContains(t, errs.String(), "MISMATCH")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no report within a minute: %v\n%s\nthe node said:\n%s", err, &errs, log)
		}
		time.Sleep(time.Second)
	}
	lines, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	require.NoError(t, err)
	devices := map[string]map[string]bool{}
	for _, line := range lines[1:] {
		class, device, payment := line[1], line[2], line[7]
		if payment == "0" {
			continue
		}
		if devices[class] == nil {
			devices[class] = map[string]bool{}
		}
		devices[class][device] = true
	}
	for class, c := range r.Classes {
		require.Len(t, devices[class], c.Devices, class)
	}
}
