package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func group(t *testing.T) *Group {
	g := NewGroup()
	t.Cleanup(func() { g.StopAll(time.Second) })
	return g
}

func log(t *testing.T) string { return filepath.Join(t.TempDir(), "log") }

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestStopAllEndsGrandchildren(t *testing.T) {
	g, out := group(t), log(t)
	_, err := g.Start("shell", out, "sh", "-c", "trap '' TERM; sleep 300 & echo $!; wait")
	require.NoError(t, err)
	var grandchild int
	require.Eventually(t, func() bool {
		data, _ := os.ReadFile(out)
		grandchild, err = strconv.Atoi(strings.TrimSpace(string(data)))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	g.StopAll(100 * time.Millisecond)
	require.Eventually(t, func() bool { return gone(grandchild) || zombie(grandchild) }, 10*time.Second, 10*time.Millisecond)
	_, err = g.Start("late", out, "true")
	require.ErrorIs(t, err, ErrStopped)
}

// zombie tells that a process has ended and waits for whoever adopted it.
func zombie(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(data), ") Z ")
}

func TestUnexpectedEndQuotesTheLog(t *testing.T) {
	g := group(t)
	p, err := g.Start("node", log(t), "sh", "-c", "echo wrong genesis; exit 3")
	require.NoError(t, err)
	<-p.Done()
	require.ErrorContains(t, p.Unexpected(), "wrong genesis")
	require.ErrorContains(t, p.Unexpected(), "exit status 3")
}

func TestKillIsExpected(t *testing.T) {
	g := group(t)
	p, err := g.Start("node", log(t), "sleep", "300")
	require.NoError(t, err)
	require.NoError(t, p.Unexpected())
	p.Kill()
	<-p.Done()
	require.NoError(t, p.Unexpected())
}

func TestRun(t *testing.T) {
	g := group(t)
	out, err := g.Run(t.Context(), "echo", "hello")
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(out))

	_, err = g.Run(t.Context(), "sh", "-c", "echo no such key >&2; exit 1")
	require.ErrorContains(t, err, "no such key")

	_, err = g.Run(t.Context(), filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = g.Run(ctx, "sleep", "300")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestChildDiesWithItsParent(t *testing.T) {
	if out := os.Getenv("JOULE_PROC_TEST_LOG"); out != "" {
		p, err := NewGroup().Start("child", out, "sleep", "300")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("child %d\n", p.PID())
		select {}
	}
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tie children to their parent")
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestChildDiesWithItsParent$")
	cmd.Env = append(os.Environ(), "JOULE_PROC_TEST_LOG="+log(t))
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var child int
	_, err = fmt.Fscanf(stdout, "child %d\n", &child)
	require.NoError(t, err)
	require.False(t, gone(child))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool { return gone(child) || zombie(child) }, 10*time.Second, 10*time.Millisecond)
}

func TestFreePorts(t *testing.T) {
	ports, err := FreePorts(40)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, p := range ports {
		require.False(t, seen[p])
		seen[p] = true
		require.GreaterOrEqual(t, p, firstPort)
		require.Less(t, p, lastPort)
	}
}
