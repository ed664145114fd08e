//go:build e2e

// Package e2e runs joule-devnet: real nodes, sidecars and proofs, each in a process of its own.
package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneValidatorPaysItsDevices(t *testing.T) {
	home := filepath.Join(t.TempDir(), "net")
	d := start(t, "--validators", "1", "--devices", "2", "--epochs", "2", "--json", "--home", home)
	require.Zero(t, d.wait(settleTime), d.stderr.String())
	r := d.result()
	requirePaid(t, r, 1, 2, 2)
	d.leavesNothing()
	d.dir = home
	require.Empty(t, d.processes(), "what works in the kept home has ended too")
	reportAgrees(t, home, r)
}

func TestFourValidatorsSurviveAKill(t *testing.T) {
	d := start(t, "--validators", "4", "--epochs", "3", "--kill-validator", "1", "--kill-epoch", "3", "--json")
	require.Zero(t, d.wait(settleTime), d.stderr.String())
	r := d.result()
	requirePaid(t, r, 4, 1, 3)
	require.NotNil(t, r.Fault)
	require.Equal(t, "alice-2", r.Fault.Validator, "validators count from 0")
	require.Positive(t, r.Fault.KilledHeight)
	require.Greater(t, r.Fault.RestartedHeight, r.Fault.KilledHeight, "the others went on without it")
	require.GreaterOrEqual(t, r.Fault.CaughtUpHeight, r.Fault.RestartedHeight)
	d.leavesNothing()
}

func TestInterruptLeavesNothing(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			d := start(t, "--validators", "2", "--json")
			d.network(3 * time.Minute)
			require.NotEmpty(t, d.processes(), "the test looks for processes in the wrong place")
			d.signal(sig)
			d.wait(endTime)
			d.leavesNothing()
		})
	}
}

func TestEarlyInterruptLeavesNothing(t *testing.T) {
	for _, after := range []time.Duration{50 * time.Millisecond, time.Second, 4 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			d := start(t, "--epochs", "1")
			time.Sleep(after)
			d.signal(syscall.SIGINT)
			require.NotZero(t, d.wait(endTime), "an interrupted run is no success")
			d.leavesNothing()
		})
	}
}

func TestKilledDevnetLeavesNoProcess(t *testing.T) {
	d := start(t, "--json")
	d.network(3 * time.Minute)
	require.NotEmpty(t, d.processes())
	d.signal(syscall.SIGKILL)
	d.wait(endTime)
	require.Eventually(t, func() bool { return len(d.processes()) == 0 }, 10*time.Second, 100*time.Millisecond, "processes outlived the devnet")
}

func TestTimeoutIsAFailure(t *testing.T) {
	d := start(t, "--epochs", "3", "--timeout", "20s", "--json")
	require.Equal(t, 1, d.wait(endTime+time.Minute))
	require.Contains(t, d.stderr.String(), "20s")
	require.Empty(t, d.processes())
}

func TestHomeIsKept(t *testing.T) {
	home := filepath.Join(t.TempDir(), "net")
	d := start(t, "--home", home, "--json")
	require.Equal(t, home, d.network(3*time.Minute).Home)
	d.signal(syscall.SIGINT)
	require.Zero(t, d.wait(endTime), "without --epochs an interrupt is the ordinary end")
	require.DirExists(t, filepath.Join(home, "nodes"))
	require.Empty(t, d.processes())
}

func TestBadFlags(t *testing.T) {
	notEmpty := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(notEmpty, "precious"), nil, 0o600))
	broken := filepath.Join(t.TempDir(), "config.yml")
	require.NoError(t, os.WriteFile(broken, []byte("version: 2\n"), 0o600))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"validators", []string{"--validators", "0"}},
		{"validators", []string{"--validators", "1000"}},
		{"devices", []string{"--devices", "-1"}},
		{"devices", []string{"--devices", "0", "--epochs", "1"}},
		{"epochs", []string{"--epochs", "-1"}},
		{"block-time", []string{"--block-time", "1ms"}},
		{"kill-validator", []string{"--validators", "1", "--kill-validator", "1", "--kill-epoch", "2", "--epochs", "3"}},
		{"unknown flag", []string{"--epoch", "3"}},
		{"unexpected", []string{"unexpected"}},
		{"precious", []string{"--home", notEmpty}},
		{"version", []string{"--config", broken}},
		{"missing.yml", []string{"--config", "missing.yml"}},
		{"no-such-node", []string{"--jouled", "no-such-node"}},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			d := start(t, c.args...)
			require.NotZero(t, d.wait(endTime))
			require.Contains(t, d.stderr.String(), c.want)
			require.Empty(t, d.stdout.String())
			d.leavesNothing()
		})
	}
}
