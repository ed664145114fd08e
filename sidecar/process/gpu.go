package process

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/worker"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// gpus are this process's GPU devices, and the machine's cards.
type gpus struct {
	plain
	host
	workers []*gpuworker.Worker
	machine gpuworker.Examiner
}

func newGPUs(h host) site { return &gpus{host: h} }

// GPUOptions are what the configuration says of a GPU device.
func GPUOptions(cfg config.Config, d config.Device, log *slog.Logger) gpuworker.Options {
	return gpuworker.Options{
		Backend: cfg.BackendOf(d), Index: int(d.Index), Threads: cfg.ThreadsOf(d), PauseFile: cfg.Path(cfg.GPU.PauseFile), Log: log.With("device", d.Name),
	}
}

func (g *gpus) open(d config.Device, _ keys.Signer) (worker.Worker, error) {
	w, err := gpuworker.Open(d.Name, GPUOptions(g.cfg, d, g.log))
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	return w, nil
}

func (g *gpus) take(w worker.Worker) {
	if w, ok := w.(*gpuworker.Worker); ok {
		w.Follow(g.rules)
		g.workers = append(g.workers, w)
	}
}

// rules are the chain's for the next windows.
func (g *gpus) rules(ctx context.Context) (worktypes.GpuParams, error) {
	params, err := g.client.WorkParams(ctx)
	return params.Gpu, err
}

// begin exports the cards' telemetry where there is some, and warns of what does not fit together.
func (g *gpus) begin() (out []prometheus.Collector) {
	if len(g.workers) == 0 {
		return nil
	}
	source, err := gpuworker.Telemetry()
	if err != nil {
		g.log.Info("cards are not watched", "reason", err)
	} else {
		out = append(out, telemetry.NewCollector(source))
	}
	for _, warning := range g.machine.Examine().Warnings {
		g.log.Warn("cards", "warning", warning)
	}
	return out
}

// report adds the devices and the machine's cards. A card that is paused, tested or in trouble cannot earn right now.
func (g *gpus) report(r *health.Report, tell problem) {
	r.GPUs = []gpuworker.Report{}
	if len(g.workers) == 0 {
		return
	}
	for _, w := range g.workers {
		card := w.Report()
		for _, text := range []string{card.State, card.Trouble} {
			if text != "" {
				tell(true, fmt.Sprintf("device %s: %s", card.Device, text))
			}
		}
		r.Ready = r.Ready && card.Ready
		r.GPUs = append(r.GPUs, card)
	}
	r.Machine = g.machine.Examine()
	r.Problems = append(r.Problems, r.Machine.Warnings...)
}
