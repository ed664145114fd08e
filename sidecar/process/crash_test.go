package process_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	"github.com/joulechain/joule/sidecar/worker/workertest"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// The crash tests run the sidecar in a process of its own: this test binary, started again with these variables.
const (
	childHome = "SIDECAR_CRASH_TEST_HOME"
	childStep = "SIDECAR_CRASH_TEST_STEP" // step/phase, empty to live on
)

func TestMain(m *testing.M) {
	if home := os.Getenv(childHome); home != "" {
		if err := child(home, os.Getenv(childStep)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	removeMade()
	os.Exit(code)
}

// childWorker is the fake of the device's class, or the real disk worker where the scan itself is to be killed or real
// plots lie in the home.
func childWorker(at string) func(config.Config, config.Device, []byte, *slog.Logger) (worker.Worker, error) {
	return func(cfg config.Config, d config.Device, id []byte, log *slog.Logger) (worker.Worker, error) {
		if d.Class != config.ClassDisk {
			return &workertest.Committer{}, nil
		}
		if _, err := os.Stat(filepath.Join(cfg.Home, "plots")); err != nil {
			return &workertest.Prover{}, nil
		}
		return hooked(cfg, d, id, log, func() {
			if at == scanning {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		})
	}
}

func child(home, at string) error {
	cfg, err := config.Load(home, nil)
	if err != nil {
		return err
	}
	p, err := process.New(cfg, process.Options{OpenWorker: childWorker(os.Getenv(childStep)), Observer: killer{at: at, journal: filepath.Join(home, signedName)}, Log: quiet()})
	if err != nil {
		return err
	}
	return p.Run(context.Background())
}

// killer ends the process with SIGKILL at a step: no deferred function runs, no buffer is flushed.
// It also keeps a journal of signatures, which sees those that never left the machine.
type killer struct{ at, journal string }

const signedName = "signatures.log"

func (k killer) Reached(step trace.Step, _ []byte, window uint64, phase worktypes.Phase) {
	if step == trace.Signed {
		f, err := os.OpenFile(k.journal, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintf(f, "%d/%s\n", window, phase)
		}
		if err != nil {
			panic(err)
		}
		_ = f.Close()
	}
	if k.at == name(step, phase) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}

func name(step trace.Step, phase worktypes.Phase) string { return string(step) + "/" + phase.String() }

func spawn(t *testing.T, home, at string) (*exec.Cmd, <-chan error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childHome+"="+home, childStep+"="+at)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	require.NoError(t, cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
		}
	})
	return cmd, done
}

// Killed at each step of each phase and started again, the sidecar loses no evidence and never signs two statements for
// one (device, window, phase). Blocks are made only while it runs, so that the window is still open when it comes back.
func TestKilledAtEachStep(t *testing.T) {
	for _, phase := range []worktypes.Phase{worktypes.PHASE_COMMIT, worktypes.PHASE_OPEN} {
		for _, step := range trace.Steps() {
			t.Run(name(step, phase), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil)
				window := r.chain.Open()
				_, dead := spawn(t, r.home, name(step, phase))
				r.advanceUntil(t, dead, func() bool { return false }, "the kill")

				_, dead = spawn(t, r.home, "")
				r.advanceUntil(t, dead, func() bool { return r.chain.Opened(r.device, window) }, "the opening")
				r.requireOneStatementEach(t)
				require.Len(t, r.chain.Statements(), 2, "one commitment, one opening")
				journal, err := os.ReadFile(filepath.Join(r.home, signedName))
				require.NoError(t, err)
				require.Equal(t, fmt.Sprintf("%[1]d/PHASE_COMMIT\n%[1]d/PHASE_OPEN\n", window), string(journal), "one signature for each, in all lives together")
			})
		}
	}
}

// advanceUntil makes blocks until the condition holds or the process has ended, whichever the test waits for.
func (r *rig) advanceUntil(t *testing.T, dead <-chan error, cond func() bool, what string) {
	t.Helper()
	deadline := time.After(5 * time.Minute)
	tick := time.NewTicker(blockTime)
	defer tick.Stop()
	for !cond() {
		select {
		case err := <-dead:
			require.Equal(t, "the kill", what, "the sidecar ended: %v", err)
			return
		case <-deadline:
			t.Fatalf("waited too long for %s at height %d", what, r.chain.Height())
		case <-tick.C:
			// Before the sidecar follows the chain it must not miss the window.
			if r.following() {
				r.chain.Advance(1)
			}
		}
	}
}

// following tells whether the sidecar has asked for a block since the last look.
func (r *rig) following() bool { return r.chain.Asked() > 0 }
