package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu/cuda"
	"github.com/joulechain/joule/sidecar/gpu/gpucheck"
	"github.com/joulechain/joule/sidecar/gpu/opencl"
)

// carried lays out what `make gpu-check` does: the script beside a program without this build's paths.
func carried(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the script is for Linux")
	}
	dir := t.TempDir()
	script, err := os.ReadFile("../../../../scripts/gpu-check.sh")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gpu-check.sh"), script, 0o755)) //nolint:gosec // it is run
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "gpu-check-plain"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

// script runs gpu-check.sh as a stranger would, without Go in its PATH, and returns its one JSON object.
func script(t *testing.T, dir, backend string, args ...string) (r gpucheck.Report, status int) {
	t.Helper()
	c := exec.Command(filepath.Join(dir, "gpu-check.sh"), args...)
	c.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + os.Getenv("HOME"), "JOULE_GPU_BACKEND=" + backend, "GPU_CHECK_SECONDS=" + os.Getenv("GPU_CHECK_SECONDS")}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	require.NoError(t, d.Decode(&r), "%s\n%s", out, stderr.String())
	require.ErrorIs(t, d.Decode(&struct{}{}), io.EOF, "more than one object")
	return r, c.ProcessState.ExitCode()
}

// TestScript runs the script with what it carries, on whatever this machine has.
func TestScript(t *testing.T) {
	dir := carried(t)
	info, err := os.Stat(filepath.Join(dir, "gpu-check-plain"))
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(13<<20), "two such programs have to stay under 30 MiB")

	r, status := script(t, dir, "cpu", "-n", "128", "-runs", "1", "-for", "0s")
	require.Zero(t, status, r.Error)
	require.True(t, r.OK)
	require.Len(t, r.Kernels, 4, "two sizes, two tile sides")
	require.NotNil(t, r.Speed)
	require.NotEmpty(t, r.NVML.Unavailable)

	r, status = script(t, dir, "cpu", "-n", "100")
	require.Equal(t, 2, status)
	require.Contains(t, r.Error, "status 2")

	if _, _, err := cuda.List(nil); err != nil {
		r, status = script(t, dir, "auto")
		require.Equal(t, int(gpucheck.Missing), status)
		require.False(t, r.OK)
		require.Len(t, r.Missing, 1)
		require.Contains(t, r.Missing[0], "cuda")
	}

	// A driver that hangs holds the program in a call that no signal but the last ends.
	plain := filepath.Join(dir, "gpu-check-plain")
	hung := "#!/bin/bash\n[[ $1 == -version ]] && exit 0\ntrap '' TERM\nwhile :; do sleep 0.1; done\n"
	require.NoError(t, os.WriteFile(plain, []byte(hung), 0o755)) //nolint:gosec // it is run
	t.Setenv("GPU_CHECK_SECONDS", "1")
	r, status = script(t, dir, "cpu")
	require.Equal(t, int(gpucheck.Failed), status)
	require.Contains(t, r.Error, "the driver does not answer")

	require.NoError(t, os.Remove(plain))
	r, status = script(t, dir, "cpu")
	require.Equal(t, int(gpucheck.Missing), status)
	require.Contains(t, r.Missing[0], "make gpu-check")
}

// TestScriptOnOpenCL has the real kernels in the script, on a processor too.
func TestScriptOnOpenCL(t *testing.T) {
	if infos, err := opencl.List(nil); err != nil || len(infos) == 0 {
		t.Skip("no OpenCL driver here (for one on a processor: apt-get install pocl-opencl-icd ocl-icd-libopencl1): ", err)
	}
	r, status := script(t, carried(t), "opencl", "-n", "128", "-runs", "1", "-for", "0s")
	require.Zero(t, status, r.Error)
	require.Equal(t, "opencl", r.Backend)
	require.Equal(t, "joule_product_64", r.Kernels[0].Kernel)
	require.Positive(t, r.Speed.Product)
}
