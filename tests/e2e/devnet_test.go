//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// buildDir is where `make build` puts the commands.
	buildDir = "../../build"
	// settleTime is ample for three settled epochs on a loaded machine: six epochs of 20 blocks of a second.
	settleTime = 12 * time.Minute
	// endTime is how long an interrupted devnet may take to end its processes.
	endTime = 60 * time.Second
)

// devnet is a running joule-devnet. Everything it makes lies below dir.
type devnet struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	stdout *lockedBuffer
	stderr *lockedBuffer
	done   chan error
}

// binary returns the path of a built command.
func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(buildDir, name))
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "run `make e2e`, which builds first")
	return path
}

// start runs joule-devnet with a temporary folder of the test's own, so that what it leaves behind can be found.
func start(t *testing.T, args ...string) *devnet {
	t.Helper()
	d := &devnet{t: t, dir: t.TempDir(), stdout: &lockedBuffer{}, stderr: &lockedBuffer{}, done: make(chan error, 1)}
	d.cmd = exec.Command(binary(t, "joule-devnet"), args...)
	d.cmd.Dir = "../.." // config.yml lies there
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.dir)
	d.cmd.Stdout, d.cmd.Stderr = d.stdout, d.stderr
	require.NoError(t, d.cmd.Start())
	go func() { d.done <- d.cmd.Wait() }()
	t.Cleanup(func() {
		d.signal(syscall.SIGTERM)
		select {
		case <-d.done:
		case <-time.After(endTime):
			_ = d.cmd.Process.Kill()
		}
	})
	return d
}

func (d *devnet) signal(s syscall.Signal) { _ = d.cmd.Process.Signal(s) }

// wait returns the exit status; the test fails if the devnet takes longer than limit.
func (d *devnet) wait(limit time.Duration) int {
	d.t.Helper()
	select {
	case err := <-d.done:
		d.done <- err
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		require.NoError(d.t, err)
		return 0
	case <-time.After(limit):
		d.t.Fatalf("joule-devnet still runs after %s; it said:\n%s", limit, d.stderr)
		return -1
	}
}

// processes lists the running processes whose command line names the devnet's folder.
func (d *devnet) processes() []string {
	entries, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(d.t, err)
	var out []string
	for _, e := range entries {
		data, err := os.ReadFile(e)
		if err != nil {
			continue // it has ended
		}
		if line := strings.ReplaceAll(string(data), "\x00", " "); strings.Contains(line, d.dir) {
			out = append(out, filepath.Base(filepath.Dir(e))+" "+line)
		}
	}
	return out
}

// leavesNothing checks that no process and no file is left.
func (d *devnet) leavesNothing() {
	d.t.Helper()
	require.Eventually(d.t, func() bool { return len(d.processes()) == 0 }, 10*time.Second, 100*time.Millisecond, "processes outlived the devnet")
	left, err := os.ReadDir(d.dir)
	require.NoError(d.t, err)
	require.Empty(d.t, left)
}

// network is what `joule-devnet --json` without --epochs tells once its sidecars work.
type network struct {
	Event  string `json:"event"`
	Home   string `json:"home"`
	Faucet string `json:"faucet"`
	Nodes  []struct {
		Name, Home, RPC, GRPC, REST string
	} `json:"nodes"`
}

// network waits until the devnet says that it is ready.
func (d *devnet) network(limit time.Duration) network {
	d.t.Helper()
	var n network
	d.eventually(limit, "the ready line", func() error {
		line, _, found := strings.Cut(d.stdout.String(), "\n")
		if !found {
			return errors.New("nothing yet")
		}
		return json.Unmarshal([]byte(line), &n)
	})
	require.Equal(d.t, "ready", n.Event)
	return n
}

// eventually repeats check until it succeeds; the devnet must not end meanwhile.
func (d *devnet) eventually(limit time.Duration, what string, check func() error) {
	d.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case end := <-d.done:
			d.done <- end
			d.t.Fatalf("%s: the devnet ended (%v):\n%s", what, end, d.stderr)
		case <-time.After(200 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: not within %s: %v\n%s", what, limit, err, d.stderr)
		}
	}
}
