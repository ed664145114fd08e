package gpuworker

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/cuda"
	"github.com/joulechain/joule/sidecar/gpu/opencl"
)

// ErrNoBackend means that a backend cannot be used on this machine.
var ErrNoBackend = errors.New("backend is not available")

// Auto is the name that takes the first backend that works: cuda, then opencl on a GPU, then cpu.
const Auto = "auto"

// backendEnv replaces Auto, so that a test or a devnet runs on another backend without a change of its configuration.
const backendEnv = "JOULE_GPU_BACKEND"

// Options choose a backend.
type Options struct {
	// Backend is auto, cuda, opencl or cpu; empty means auto.
	Backend string
	// Index chooses among cards, Threads bounds the processor threads of the cpu backend (0: all).
	Index, Threads int
	// PauseFile, if set, declares maintenance while it exists: cards are given back and no work is done.
	PauseFile string
	// Log is told what happens to the card; nil means slog's default.
	Log *slog.Logger
}

// choice is the backend that the options name, and how it was named.
func (o Options) choice() (name, why string) {
	env := os.Getenv(backendEnv)
	switch {
	case o.Backend != "" && o.Backend != Auto:
		return o.Backend, "named by the configuration"
	case env != "" && env != Auto:
		return env, "named by " + backendEnv
	}
	return Auto, "the first of cuda, opencl and cpu that works here"
}

// candidates lists the backends of this build, the fastest first.
func (o Options) candidates(auto bool) []gpu.Candidate {
	return []gpu.Candidate{
		{Name: "cuda", Open: func() (gpu.Backend, error) { return opened(cuda.Open(cuda.Options{Index: o.Index})) }},
		{Name: "opencl", Open: func() (gpu.Backend, error) {
			// OpenCL on a processor works, but the reference backend is the better choice there.
			return opened(opencl.Open(opencl.Options{Index: o.Index, OnlyGPU: auto}))
		}},
		{Name: "cpu", Trusted: true, Open: func() (gpu.Backend, error) { return gpu.NewCPU(o.Threads), nil }},
	}
}

// opened keeps a nil pointer from becoming an interface that is not nil.
func opened[B gpu.Backend](b B, err error) (gpu.Backend, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

// OpenBackend opens a backend by its name; Auto takes the first that works and falls back to the next if a card fails.
// Cards are tested against the reference before their first round. ErrNoBackend says which were tried and why they
// failed.
func OpenBackend(o Options) (*gpu.Guard, error) {
	name, why := o.choice()
	var known []string
	var chosen []gpu.Candidate
	for _, c := range o.candidates(name == Auto) {
		known = append(known, c.Name)
		if name == Auto || name == c.Name {
			if c.Name == "cuda" {
				c.Sensor = cardSensor(o.Index)
			}
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: %q: this build has %s; set gpu.backend to one of them or to %q", ErrNoBackend, name, strings.Join(known, ", "), Auto)
	}
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	guarded := gpu.GuardOptions{Chosen: why, Note: func(text string) { log.Info("gpu", "card", o.Index, "what", text) }}
	if o.PauseFile != "" {
		guarded.Sensor = gpu.PauseFile(o.PauseFile)
	}
	g, err := gpu.NewGuard(chosen, guarded)
	if err != nil {
		return nil, fmt.Errorf("%w (%s): %w", ErrNoBackend, why, err)
	}
	return g, nil
}
