package cmd

import (
	"context"
	"time"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/process"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
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

// gpuDevice measures a device and compares it with a window.
func (e *examination) gpuDevice(ctx context.Context, c patient) {
	d, allowance := c.device, c.allowance
	name := "deadline " + d.Name
	p, err := gpuworker.ParamsOf(c.work.Gpu)
	if err != nil {
		e.fail(name, "update joule-sidecar", "%s", err)
		return
	}
	if e.bench == 0 {
		return
	}
	s, err := measure(ctx, e.cfg, d, p, e.bench, c.bar)
	c.bar.end()
	if err != nil {
		e.fail(name, "joule-sidecar bench --device "+d.Name, "%s", err)
		return
	}
	margin := time.Duration(e.cfg.Scheduler.MarginBlocks*float64(c.blockTime)) + e.cfg.Scheduler.Margin
	// The seed is known one block before the window opens; work ends the margin before the block that closes it is
	// seen.
	usable := time.Duration(c.work.Gpu.WindowBlocks)*c.blockTime - margin
	rounds := uint64(max(0, usable.Seconds()*s.RoundsPerSecond))
	need := max(c.work.Gpu.MinRounds, 1)
	if rounds < need {
		e.fail(name, "a faster card, or a smaller scheduler.margin_blocks", "%s for work in a window give %d rounds at %.3f a second; at least %d are asked for",
			usable.Round(time.Millisecond), rounds, s.RoundsPerSecond, need)
		return
	}
	limit, err := gpuworker.RoundLimit(p, c.work.Gpu, allowance)
	if allowance > 0 && (err != nil || limit < min(rounds, p.MaxRounds)) {
		e.warn("bond "+d.Name, "jouled tx device add-bond", "it covers %d rounds in a window; this card would do %d", limit, rounds)
	}
	units, err := proof.Units(p, min(rounds, p.MaxRounds), c.work.Gpu.UnitShift)
	if err != nil {
		e.fail(name, "", "%s", err)
		return
	}
	e.ok(name, "yes: %s for work, %d rounds (%d units) at %.3f rounds/s, %.4f effective TOPS; %d rounds are the least; margin %s",
		usable.Round(time.Millisecond), min(rounds, p.MaxRounds), units, s.RoundsPerSecond, s.EffectiveTOPS, need, margin.Round(time.Millisecond))
}
