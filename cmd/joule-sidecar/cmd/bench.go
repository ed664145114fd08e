package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/process"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// speed is one device's measurement.
type speed struct {
	Device          string  `json:"device"`
	Class           string  `json:"class"`
	Backend         string  `json:"backend"`
	Hardware        string  `json:"hardware"`
	N               uint32  `json:"n"`
	Rounds          uint64  `json:"rounds"`
	Seconds         float64 `json:"seconds"`
	RoundsPerSecond float64 `json:"rounds_per_second"`
	// EffectiveTOPS counts a multiply-add as two operations, as data sheets do, with expansion and hashing in the time.
	EffectiveTOPS float64 `json:"effective_tops"`
	Rules         string  `json:"rules"`
}

func benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "bench", Short: "Measure each device: a GPU's rounds a second, a disk's answers and plotting", Args: cobra.NoArgs,
		Long: "Uses the chain's present rules if a node answers, else mainnet's of this version; --n measures another size. Stop the sidecar first:\n" +
			"two programs on one card slow each other down. Of a disk, made-up challenges are answered from the plots that are there, and small plots are\n" +
			"made in a folder of their own that is removed afterwards.",
		RunE: runBench,
	}
	c.AddCommand(benchGPUCommand())
	c.Flags().StringSlice("device", nil, "names of configured devices; default all")
	c.Flags().Duration("for", 10*time.Second, "how long to measure each GPU")
	c.Flags().Uint64("plots", 4, "how many small plots to make on each disk; 0 for none")
	c.Flags().Uint32("n", 0, "matrix side, a power of two; default the chain's")
	return c
}

func runBench(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	devices, err := chosen(cmd, cfg)
	if err != nil {
		return err
	}
	length, err := cmd.Flags().GetDuration("for")
	if err != nil {
		return err
	}
	p, rules := benchRules(cmd.Context(), cfg)
	if n, err := cmd.Flags().GetUint32("n"); err == nil && n != 0 {
		p.N, rules = n, "--n"
	}
	if err := p.Validate(); err != nil {
		return err
	}
	speeds, disks := []speed{}, []diskSpeed{}
	for _, d := range devices {
		if d.Class == config.ClassRadio {
			continue // its work takes as long as a beacon is on the air
		}
		if d.Class == config.ClassDisk {
			s, err := measureDisk(cmd, cfg, d)
			if err != nil {
				return fmt.Errorf("device %s: %w", d.Name, err)
			}
			disks = append(disks, s)
			continue
		}
		b := newBar(cmd.ErrOrStderr(), d.Name)
		s, err := measure(cmd.Context(), cfg, d, p, length, b)
		b.end()
		if err != nil {
			return err
		}
		s.Rules, s.Class = rules, d.Class
		speeds = append(speeds, s)
	}
	out := []any{}
	for _, s := range speeds {
		out = append(out, s)
	}
	for _, s := range disks {
		out = append(out, s)
	}
	return show(cmd, out, func(w io.Writer) error {
		if err := printDiskSpeeds(w, disks); err != nil || len(speeds) == 0 {
			return err
		}
		rows := [][]string{{"DEVICE", "BACKEND", "HARDWARE", "N", "ROUNDS/S", "EFFECTIVE TOPS", "RULES"}}
		for _, s := range speeds {
			rows = append(rows, []string{
				s.Device, s.Backend, s.Hardware, fmt.Sprint(s.N), fmt.Sprintf("%.3f", s.RoundsPerSecond), fmt.Sprintf("%.4f", s.EffectiveTOPS), s.Rules,
			})
		}
		return table(w, rows)
	})
}

// benchRules asks the chain for its rules; without a node mainnet's of this version are measured.
func benchRules(ctx context.Context, cfg config.Config) (proof.Params, string) {
	g, err := chainRules(ctx, cfg)
	if err == nil {
		if p, perr := gpuworker.ParamsOf(g); perr == nil {
			return p, cfg.Chain.ID
		}
	}
	return proof.MainnetParams(), "mainnet's defaults (no node answers)"
}

func chainRules(ctx context.Context, cfg config.Config) (worktypes.GpuParams, error) {
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return worktypes.GpuParams{}, err
	}
	defer client.Close()
	params, err := client.WorkParams(ctx)
	return params.Gpu, err
}

// measure runs rounds on a device for a time, and one round at least.
func measure(ctx context.Context, cfg config.Config, d config.Device, p proof.Params, length time.Duration, b *bar) (speed, error) {
	backend, err := gpuworker.OpenBackend(process.GPUOptions(cfg, d, discard()))
	if err != nil {
		return speed{}, err
	}
	defer backend.Close()
	if err := gpuWarm(ctx, backend, p); err != nil {
		return speed{}, err
	}
	start := time.Now()
	bench, cancel := context.WithTimeout(ctx, max(length, time.Millisecond))
	defer cancel()
	var done uint64
	var last time.Duration
	_, err = gpu.NewProver(backend).Run(bench, p, proof.Seed{1}, 0, func(r gpu.Round) error {
		done, last = r.Index+1, time.Since(start)
		b.update(last.Seconds(), length.Seconds(), fmt.Sprintf("%d rounds", done))
		return nil
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return speed{}, err
	}
	if done == 0 { // slower than the time given: measure one whole round
		s, err := gpu.Measure(ctx, backend, p, 0)
		if err != nil {
			return speed{}, err
		}
		done, last = s.Rounds, s.Elapsed
	}
	rate := float64(done) / last.Seconds()
	n := float64(p.N)
	return speed{
		Device: d.Name, Backend: backend.Name(), Hardware: backend.Report().Hardware, N: p.N, Rounds: done, Seconds: last.Seconds(),
		RoundsPerSecond: rate, EffectiveTOPS: 2 * n * n * n * rate / 1e12,
	}, nil
}

// gpuWarm runs one round at a small size, so that allocation and clock ramps are not measured.
func gpuWarm(ctx context.Context, backend gpu.Backend, p proof.Params) error {
	p.N = min(p.N, 512)
	_, err := gpu.Measure(ctx, backend, p, 0)
	return err
}
