package gpuworker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpuworker"
)

// TestAutoSaysWhatItUsesAndWhy holds on every machine: without libraries it is cpu, and the others' reasons are named.
func TestAutoSaysWhatItUsesAndWhy(t *testing.T) {
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: gpuworker.Auto, Threads: 1})
	require.NoError(t, err)
	defer b.Close()
	t.Log(b.Name(), "·", b.Describe())
	require.Contains(t, b.Report().Chosen, "the first of")
	switch b.Name() {
	case "cpu":
		require.Len(t, b.Report().NotUsed, 2)
		require.Contains(t, b.Describe(), "not used: cuda: ")
		require.Contains(t, b.Describe(), "opencl: ")
	case "opencl":
		require.Contains(t, b.Describe(), "not used: cuda: ")
	}
}

func TestNamedBackendsDoNotFallBack(t *testing.T) {
	for _, name := range []string{"cuda", "opencl"} {
		b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: name, Index: 200, Threads: 1}) // no machine has so many
		require.ErrorIs(t, err, gpuworker.ErrNoBackend, name)
		require.Nil(t, b)
	}
}

// TestEnvironmentReplacesAuto, and nothing but auto.
func TestEnvironmentReplacesAuto(t *testing.T) {
	t.Setenv("JOULE_GPU_BACKEND", "abacus")
	_, err := gpuworker.OpenBackend(gpuworker.Options{Backend: gpuworker.Auto, Threads: 1})
	require.ErrorIs(t, err, gpuworker.ErrNoBackend)
	require.ErrorContains(t, err, "abacus")
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: "cpu", Threads: 1})
	require.NoError(t, err)
	require.Equal(t, "cpu", b.Name())
	require.NoError(t, b.Close())
}

// TestOpenCLMakesTheSameCommitments is the whole worker on OpenCL; on a machine without a driver it is skipped.
func TestOpenCLMakesTheSameCommitments(t *testing.T) {
	t.Setenv("JOULE_GPU_BACKEND", "opencl")
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: gpuworker.Auto, Threads: 1})
	if errors.Is(err, gpuworker.ErrNoBackend) {
		t.Skip("no OpenCL driver (apt-get install pocl-opencl-icd ocl-icd-libopencl1): ", err)
	}
	require.NoError(t, err)
	require.Equal(t, "opencl", b.Name())
	require.Equal(t, "named by JOULE_GPU_BACKEND", b.Report().Chosen)
	card, reference, tk := gpuworker.New(b), cpuOnly(t), task()
	t.Cleanup(func() { require.NoError(t, card.Close()) })
	got, err := card.Work(t.Context(), tk)
	require.NoError(t, err)
	want, err := reference.Work(t.Context(), tk)
	require.NoError(t, err)
	require.Equal(t, want, got)
	first, err := card.Open(t.Context(), tk, got.Payload, got.State)
	require.NoError(t, err)
	second, err := reference.Open(t.Context(), tk, got.Payload, got.State)
	require.NoError(t, err)
	require.Equal(t, second, first)
	p, err := gpuworker.ParamsOf(tk.Window.Gpu)
	require.NoError(t, err)
	require.NoError(t, gpu.SelfTest(t.Context(), b.Unwrap(), p))
}

func cpuOnly(t *testing.T) *gpuworker.Worker {
	t.Helper()
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: "cpu", Threads: 0})
	require.NoError(t, err)
	w := gpuworker.New(b)
	t.Cleanup(func() { w.Close() })
	return w
}

// TestPauseFileHoldsTheWork: no round while the file is there, and the window's end is the end of waiting.
func TestPauseFileHoldsTheWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause")
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: "cpu", Threads: 1, PauseFile: path})
	require.NoError(t, err)
	defer b.Close()
	p, err := gpuworker.ParamsOf(task().Window.Gpu)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = b.Round(ctx, p, [32]byte{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Contains(t, b.Report().State, "maintenance is declared")
	require.False(t, b.Report().Tested, "the card was given back")
	require.NoError(t, os.Remove(path))
	_, err = b.Round(t.Context(), p, [32]byte{})
	require.NoError(t, err)
	require.NotContains(t, b.Describe(), "maintenance")
}
