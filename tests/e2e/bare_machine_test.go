//go:build e2e && linux

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bareMachine is a root folder that holds the sidecar, the C library where the build needs it, and nothing else: no
// driver of any card.
func bareMachine(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	put := func(from, to string) {
		bz, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, to), bz, 0o755)) //nolint:gosec // programs and libraries
	}
	sidecar := binary(t, "joule-sidecar")
	put(sidecar, "/joule-sidecar")
	// A build with cgo is linked with the C library; ldd fails for one without, which needs nothing.
	if out, err := exec.Command("ldd", sidecar).Output(); err == nil {
		for _, match := range regexp.MustCompile(`(/\S+) \(0x`).FindAllSubmatch(out, -1) {
			library := string(match[1])
			require.NotRegexp(t, `cuda|OpenCL|nvidia`, library, "no build is linked with a card's library")
			put(library, library)
		}
	}
	return root
}

// inBareMachine runs the sidecar there, as root of a user namespace of its own where the test is not root.
func inBareMachine(t *testing.T, root string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/joule-sidecar", args...)
	cmd.Dir, cmd.Env = "/", []string{"HOME=/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Skipf("this machine lets nobody change the root folder: %s", err)
	}
	return string(out), err
}

// TestBareMachine: the same binary starts where no library of any card exists, computes on the processor, and says why.
func TestBareMachine(t *testing.T) {
	root := bareMachine(t)
	bench := []string{"bench", "gpu", "--n", "64", "--for", "10ms", "--runs", "1"}
	out, err := inBareMachine(t, root, bench...)
	require.NoError(t, err, out)
	t.Log(out)
	require.Regexp(t, `backend +cpu, the first of cuda, opencl and cpu that works here`, out)
	require.Regexp(t, `not used +cuda: .*libcuda\.so\.1.*cannot open.*; opencl: .*libOpenCL\.so\.1.*cannot open`, out)
	require.Regexp(t, `self-test +passed`, out)
	for backend, library := range map[string]string{"cuda": "libcuda.so.1", "opencl": "libOpenCL.so.1"} {
		out, err = inBareMachine(t, root, append(bench, "--backend", backend)...)
		require.Error(t, err, "a backend by name does not fall back")
		require.Contains(t, out, "backend is not available")
		require.Contains(t, out, library)
	}
	out, err = inBareMachine(t, root, "init", "--home", "/home", "--chain.chain-id", "bare-1", "--chain.endpoints", "127.0.0.1:1")
	require.NoError(t, err, out)
	// No node runs, so that doctor fails; what it says of the backend is what is looked for.
	out, err = inBareMachine(t, root, "doctor", "--home", "/home")
	require.Error(t, err)
	require.Regexp(t, `ok +backend gpu0 +cpu: .*not used: cuda: .*libcuda\.so\.1.*opencl: .*libOpenCL\.so\.1`, out)
}
