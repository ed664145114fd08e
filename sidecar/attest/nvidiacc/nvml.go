//go:build nvml && cgo && linux

package nvidiacc

import (
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// Open finds the card at a PCI address.
func Open(bus string) (Card, error) { return open(nvml.New(), bus) }

func open(lib nvml.Interface, bus string) (Card, error) {
	if code := lib.Init(); code != nvml.SUCCESS {
		return nil, fmt.Errorf("%w: NVML: %s", ErrUnavailable, code.Error())
	}
	d, code := lib.DeviceGetHandleByPciBusId(bus)
	if code != nvml.SUCCESS {
		return nil, fmt.Errorf("%w: PCI %s: %s", ErrUnavailable, bus, code.Error())
	}
	name, code := d.GetName()
	if code != nvml.SUCCESS {
		name = "NVIDIA card"
	}
	return &card{device: d, text: name + ", PCI " + bus}, nil
}

type card struct {
	device nvml.Device
	text   string
}

// Describe implements Card.
func (c *card) Describe() string { return c.text }

// Report implements Card.
func (c *card) Report(nonce [32]byte) ([]byte, error) {
	r := nvml.ConfComputeGpuAttestationReport{Nonce: nonce}
	if code := c.device.GetConfComputeGpuAttestationReport(&r); code != nvml.SUCCESS {
		return nil, refused("attestation report", code)
	}
	if r.AttestationReportSize == 0 || int(r.AttestationReportSize) > len(r.AttestationReport) {
		return nil, fmt.Errorf("%w: the driver's report says that it has %d bytes, at most %d", ErrUnavailable, r.AttestationReportSize, len(r.AttestationReport))
	}
	return append([]byte(nil), r.AttestationReport[:r.AttestationReportSize]...), nil
}

// Certificates implements Card.
func (c *card) Certificates() ([]byte, error) {
	r, code := c.device.GetConfComputeGpuCertificate()
	if code != nvml.SUCCESS {
		return nil, refused("certificates", code)
	}
	if r.AttestationCertChainSize == 0 || int(r.AttestationCertChainSize) > len(r.AttestationCertChain) {
		return nil, fmt.Errorf("%w: the driver's chain says that it has %d bytes, at most %d", ErrUnavailable, r.AttestationCertChainSize, len(r.AttestationCertChain))
	}
	return append([]byte(nil), r.AttestationCertChain[:r.AttestationCertChainSize]...), nil
}

func refused(what string, code nvml.Return) error {
	hint := ""
	if code == nvml.ERROR_NOT_SUPPORTED {
		hint = ": only datacentre cards since Hopper in confidential-computing mode have one"
	}
	return fmt.Errorf("%w: %s: %s%s", ErrUnavailable, what, code.Error(), hint)
}
