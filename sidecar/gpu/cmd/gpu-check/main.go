// Command gpu-check examines one card on a machine that has nothing but its driver, and prints one JSON object. Its
// exit status is 0 where the card agrees with the reference, 1 where it does not, 2 for wrong flags, and 3 where there
// is no card. scripts/gpu-check.sh runs it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/joulechain/joule/sidecar/gpu/gpucheck"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// version is set by the linker.
var version string

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	const usage = 2
	backend := os.Getenv("JOULE_GPU_BACKEND")
	if backend == "" || backend == "auto" {
		backend = "cuda"
	}
	start := time.Now()
	o := gpucheck.Options{Note: func(text string) { fmt.Fprintf(os.Stderr, "%6.1f s  %s\n", time.Since(start).Seconds(), text) }}
	f := flag.NewFlagSet("gpu-check", flag.ContinueOnError)
	f.StringVar(&o.Backend, "backend", backend, "cuda, opencl or cpu; JOULE_GPU_BACKEND sets the default")
	f.IntVar(&o.Index, "index", 0, "which card, as the backend counts them")
	n := f.Uint("n", uint(proofgpu.MainnetParams().N), "largest matrix side, a power of two")
	b := f.Uint("b", uint(proofgpu.MainnetParams().B), "tile side of self-test and measurement, 4 or 8")
	f.IntVar(&o.Runs, "runs", 5, "how many runs are measured")
	f.DurationVar(&o.Length, "for", 5*time.Second, "how long a run lasts, and one round at least")
	f.DurationVar(&o.Limit, "limit", 450*time.Second, "the time for everything")
	show := f.Bool("version", false, "print the version and do nothing")
	if err := f.Parse(args); err != nil {
		return usage
	}
	if *show {
		fmt.Println(version)
		return 0
	}
	const beyond = 1 << 31 // refused by Validate
	o.N, o.B = uint32(min(*n, beyond)), uint32(min(*b, beyond))
	if err := o.Validate(); err != nil {
		fmt.Fprintln(os.Stderr, "gpu-check:", err)
		return usage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report := gpucheck.Run(ctx, o)
	report.Version = version
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(report); err != nil {
		fmt.Fprintln(os.Stderr, "gpu-check:", err)
		return int(gpucheck.Failed)
	}
	return int(report.Status())
}
