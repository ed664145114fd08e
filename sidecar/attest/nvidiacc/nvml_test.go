//go:build nvml && cgo && linux

package nvidiacc

import (
	"bytes"
	"testing"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock"
	"github.com/stretchr/testify/require"
)

// driver is a fake of NVML with one card.
func driver(device *mock.Device) *mock.Interface {
	return &mock.Interface{
		InitFunc: func() nvml.Return { return nvml.SUCCESS },
		DeviceGetHandleByPciBusIdFunc: func(bus string) (nvml.Device, nvml.Return) {
			if bus != "0000:1b:00.0" {
				return nil, nvml.ERROR_NOT_FOUND
			}
			return device, nvml.SUCCESS
		},
	}
}

func TestReportAndCertificates(t *testing.T) {
	size, chain := uint32(4000), uint32(5)
	device := &mock.Device{
		GetNameFunc: func() (string, nvml.Return) { return "NVIDIA H100", nvml.SUCCESS },
		GetConfComputeGpuAttestationReportFunc: func(r *nvml.ConfComputeGpuAttestationReport) nvml.Return {
			copy(r.AttestationReport[4:], r.Nonce[:])
			r.AttestationReportSize = size
			return nvml.SUCCESS
		},
		GetConfComputeGpuCertificateFunc: func() (nvml.ConfComputeGpuCertificate, nvml.Return) {
			r := nvml.ConfComputeGpuCertificate{AttestationCertChainSize: chain}
			copy(r.AttestationCertChain[:], "chain and more")
			return r, nvml.SUCCESS
		},
	}
	c, err := open(driver(device), "0000:1b:00.0")
	require.NoError(t, err)
	require.Equal(t, "NVIDIA H100, PCI 0000:1b:00.0", c.Describe())
	nonce := [32]byte(bytes.Repeat([]byte{7}, 32))
	report, err := c.Report(nonce)
	require.NoError(t, err)
	require.Len(t, report, 4000)
	require.Equal(t, nonce[:], report[4:36], "the chip is asked for our nonce")
	certificates, err := c.Certificates()
	require.NoError(t, err)
	require.Equal(t, "chain", string(certificates))

	size, chain = 9000, 6000
	_, err = c.Report(nonce)
	require.ErrorIs(t, err, ErrUnavailable, "a size beyond the driver's buffer")
	_, err = c.Certificates()
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestRefusals(t *testing.T) {
	device := &mock.Device{
		GetNameFunc: func() (string, nvml.Return) { return "", nvml.ERROR_UNKNOWN },
		GetConfComputeGpuAttestationReportFunc: func(*nvml.ConfComputeGpuAttestationReport) nvml.Return {
			return nvml.ERROR_NOT_SUPPORTED
		},
		GetConfComputeGpuCertificateFunc: func() (nvml.ConfComputeGpuCertificate, nvml.Return) {
			return nvml.ConfComputeGpuCertificate{}, nvml.ERROR_GPU_IS_LOST
		},
	}
	_, err := open(driver(device), "0000:1c:00.0")
	require.ErrorIs(t, err, ErrUnavailable)
	c, err := open(driver(device), "0000:1b:00.0")
	require.NoError(t, err)
	_, err = c.Report([32]byte{})
	require.ErrorContains(t, err, "confidential-computing mode")
	_, err = c.Certificates()
	require.ErrorIs(t, err, ErrUnavailable)
	lib := driver(device)
	lib.InitFunc = func() nvml.Return { return nvml.ERROR_LIBRARY_NOT_FOUND }
	_, err = open(lib, "0000:1b:00.0")
	require.ErrorIs(t, err, ErrUnavailable)
}
