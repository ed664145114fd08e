//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTPM: a device whose key never leaves a TPM registers, is attested by an authority that the chain trusts, renews
// that, and is paid.
func TestTPM(t *testing.T) {
	for _, tool := range []string{"swtpm", "swtpm_setup", "swtpm_localca"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: apt-get install swtpm swtpm-tools", tool)
		}
	}
	d := start(t, "--validators", "1", "--epochs", "3", "--tpm", "--json")
	require.Zero(t, d.wait(settleTime), d.stderr.String())
	r := d.result()
	requirePaid(t, r, 1, 1, 3)
	attested := 0
	for _, device := range r.Devices {
		if a := device.Attested; a != nil {
			attested++
			require.Equal(t, "tpm", a.Kind)
			require.True(t, a.InForce)
			require.Len(t, a.ChipID, 64)
			require.Greater(t, a.ExpiresEpoch, a.FromEpoch)
			require.GreaterOrEqual(t, a.Statements, uint64(2), "an attestation of three epochs was renewed")
		}
	}
	require.Equal(t, 1, attested, "a TPM vouches for one device")
	d.leavesNothing()
}

// TestOpenCL: what an OpenCL driver computes is committed, opened and paid like the reference's.
func TestOpenCL(t *testing.T) {
	probe := exec.Command(binary(t, "joule-sidecar"), "bench", "gpu", "--backend", "opencl", "--n", "64", "--for", "1ms", "--runs", "1")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("no OpenCL driver (apt-get install pocl-opencl-icd ocl-icd-libopencl1): %s", out)
	}
	require.NoError(t, os.Setenv("JOULE_GPU_BACKEND", "opencl"))
	t.Cleanup(func() { _ = os.Unsetenv("JOULE_GPU_BACKEND") })
	d := start(t, "--validators", "1", "--epochs", "2", "--json")
	require.Zero(t, d.wait(settleTime), d.stderr.String())
	r := d.result()
	requirePaid(t, r, 1, 1, 2)
	for _, device := range r.Devices {
		if device.Class == "gpu" {
			require.Equal(t, "opencl", device.Backend)
		}
	}
	d.leavesNothing()
}
