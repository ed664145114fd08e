package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpuworker"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
)

// gpuSpeed is one card's measurement: medians over the runs.
type gpuSpeed struct {
	Backend  string `json:"backend"`
	Hardware string `json:"hardware"`
	// Chosen says how the backend was chosen, NotUsed why each faster one is not in use.
	Chosen  string   `json:"chosen"`
	NotUsed []string `json:"not_used,omitempty"`
	N       uint32   `json:"n"`
	B       uint32   `json:"b"`
	gpu.Bench
	// PeakTOPS is the vendor's dense INT8 figure, 0 if not known; PeakShare what was reached of it.
	PeakTOPS  float64 `json:"published_peak_tops"`
	PeakShare float64 `json:"share_of_peak"`
	// SelfTestSeconds is how long it took to compare the card with the reference at this size.
	SelfTestSeconds float64 `json:"self_test_seconds"`
}

// cpuBenchN is the size measured on the reference backend, on which a round of mainnet takes minutes.
const cpuBenchN = 2048

func benchGPUCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "gpu", Short: "Measure one card: speed, where the time goes, share of the published INT8 peak", Args: cobra.NoArgs,
		Long: "Needs no configuration and no node. The card is compared with the reference first, at the size that is measured. Speed is the median of\n" +
			"several runs through everything a window has; the shares come from rounds that wait after each step. Clocks are left alone.",
		RunE: runBenchGPU,
	}
	c.Flags().String("backend", gpuworker.Auto, "auto, cuda, opencl or cpu")
	c.Flags().Int("index", 0, "which card, as the backend counts them")
	c.Flags().Int("threads", 0, "processor threads of the cpu backend; 0 for all")
	c.Flags().Duration("for", 10*time.Second, "how long a run lasts, and one round at least")
	c.Flags().Int("runs", 5, "how many runs")
	c.Flags().Uint32("n", 0, fmt.Sprintf("matrix side, a power of two; default mainnet's, on the cpu backend %d", cpuBenchN))
	c.Flags().Uint32("b", proof.MainnetParams().B, "tile side, 4 or 8")
	return c
}

func runBenchGPU(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags()
	name, _ := f.GetString("backend")
	index, _ := f.GetInt("index")
	threads, _ := f.GetInt("threads")
	length, _ := f.GetDuration("for")
	runs, _ := f.GetInt("runs")
	p := proof.MainnetParams()
	p.B, _ = f.GetUint32("b")
	if runs < 1 {
		return fmt.Errorf("--runs is %d, must be at least 1", runs)
	}
	backend, err := gpuworker.OpenBackend(gpuworker.Options{Backend: name, Index: index, Threads: threads, Log: discard()})
	if err != nil {
		return err
	}
	defer backend.Close()
	if n, _ := f.GetUint32("n"); n != 0 {
		p.N = n
	} else if backend.Name() == "cpu" {
		p.N = cpuBenchN
	}
	if err := p.Validate(); err != nil {
		return err
	}
	s, err := measureCard(cmd, backend, p, length, runs)
	if err != nil {
		return err
	}
	return show(cmd, s, func(w io.Writer) error { return table(w, s.rows()) })
}

func measureCard(cmd *cobra.Command, backend *gpu.Guard, p proof.Params, length time.Duration, runs int) (gpuSpeed, error) {
	s := gpuSpeed{N: p.N, B: p.B}
	start := time.Now()
	if err := backend.Prepare(cmd.Context(), p); err != nil {
		return s, err
	}
	s.SelfTestSeconds = time.Since(start).Seconds()
	r := backend.Report()
	s.Backend, s.Hardware, s.Chosen, s.NotUsed = r.Backend, r.Hardware, r.Chosen, r.NotUsed
	b := newBar(cmd.ErrOrStderr(), s.Backend)
	defer b.end()
	bench, err := gpu.MeasureRuns(cmd.Context(), backend, p, length, runs, func(run int) {
		b.update(float64(run), float64(runs), fmt.Sprintf("run %d of %d", run+1, runs))
	})
	if err != nil {
		return s, err
	}
	s.Bench = bench
	if s.PeakTOPS = gpu.PublishedPeak(s.Hardware); s.PeakTOPS > 0 {
		s.PeakShare = s.EffectiveTOPS / s.PeakTOPS
	}
	return s, nil
}

// orNone joins reasons for people.
func orNone(reasons []string) string {
	if len(reasons) == 0 {
		return "none was passed over"
	}
	return strings.Join(reasons, "; ")
}

func (s gpuSpeed) rows() [][]string {
	percent := func(share float64) string {
		if s.Product == 0 {
			return "unknown: this backend does its steps at once"
		}
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	peak := "unknown for this card"
	if s.PeakTOPS > 0 {
		peak = fmt.Sprintf("%.1f %% of %.0f TOPS (vendor's dense INT8 figure)", 100*s.PeakShare, s.PeakTOPS)
	}
	return [][]string{
		{"backend", s.Backend + ", " + s.Chosen},
		{"not used", orNone(s.NotUsed)},
		{"hardware", s.Hardware},
		{"self-test", fmt.Sprintf("passed in %.1f s", s.SelfTestSeconds)},
		{"size", fmt.Sprintf("n = %d, b = %d", s.N, s.B)},
		{"rounds a second", fmt.Sprintf("%.3f (median of %d runs, %.3f to %.3f)", s.RoundsPerSecond, s.Runs, s.Slowest, s.Fastest)},
		{"effective TOPS", fmt.Sprintf("%.4f", s.EffectiveTOPS)},
		{"of the peak", peak},
		{"time in products", percent(s.Product)},
		{"time in hashing", percent(s.Hash)},
		{"time in expansion", percent(s.Expansion)},
		{"time in transfers", percent(s.Transfer)},
	}
}
