package cmd

import (
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/process"
)

// cards tells of each GPU device which backend computes and why, and what is suspicious about the machine's cards. It
// needs no node.
func (e *examination) cards() {
	any := false
	for _, d := range e.cfg.Devices {
		if d.Class == config.ClassGPU {
			any = true
			e.backend(d)
		}
	}
	if !any {
		return
	}
	m := gpuworker.Examine()
	if m.Telemetry != "" {
		e.ok("telemetry", "none: %s", m.Telemetry)
	} else {
		e.ok("telemetry", "%d cards", len(m.Cards))
	}
	for _, warning := range m.Warnings {
		e.warn("cards", "see docs/gpu-backends.md#telemetry", "%s", warning)
	}
}

// backend opens what a device would compute with.
func (e *examination) backend(d config.Device) {
	name := "backend " + d.Name
	w, err := gpuworker.Open(d.Name, process.GPUOptions(e.cfg, d, discard()))
	if err != nil {
		e.fail(name, "name another one in gpu.backend, or auto", "%s", err)
		return
	}
	defer w.Close()
	desc := w.Describe()
	e.ok(name, "%s: %s (%s)", desc.Backend, desc.Hardware, desc.Why)
	if paused(e.cfg) {
		e.warn(name, "joule-sidecar resume", "paused: %s exists", e.cfg.Path(e.cfg.GPU.PauseFile))
	}
}
