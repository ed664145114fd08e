package gpuworker

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/cuda"
	"github.com/joulechain/joule/sidecar/gpu/opencl"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
)

// ErrNoBackend means that a backend cannot be used on this machine.
var ErrNoBackend = errors.New("backend is not available")

// Auto is the name that takes the first backend that works: cuda, then opencl on a GPU, then cpu.
const Auto = "auto"

const (
	// backendEnv replaces Auto, so that a test or a devnet runs on another backend without a change of its configuration.
	backendEnv = "JOULE_GPU_BACKEND"
	// pauseEnv is the path of a file: while it exists, cards are given back and no work is done.
	pauseEnv = "JOULE_GPU_PAUSE_FILE"
)

// candidates lists the backends of this build, the fastest first. index chooses among cards, threads bounds processor threads (0: all).
func candidates(auto bool, index, threads int) []gpu.Candidate {
	return []gpu.Candidate{
		{Name: "cuda", Open: func() (gpu.Backend, error) { return opened(cuda.Open(cuda.Options{Index: index})) }},
		{Name: "opencl", Open: func() (gpu.Backend, error) {
			// OpenCL on a processor works, but the reference backend is the better choice there.
			return opened(opencl.Open(opencl.Options{Index: index, OnlyGPU: auto}))
		}},
		{Name: "cpu", Trusted: true, Open: func() (gpu.Backend, error) { return gpu.NewCPU(threads), nil }},
	}
}

// opened keeps a nil pointer from becoming an interface that is not nil.
func opened[B gpu.Backend](b B, err error) (gpu.Backend, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

// OpenBackend opens a backend by its name; Auto takes the first that works and falls back to the next if a card fails. Cards are
// tested against the reference before their first round. ErrNoBackend says which were tried and why they failed.
func OpenBackend(name string, index, threads int) (gpu.Backend, error) {
	if env := os.Getenv(backendEnv); name == Auto && env != "" {
		name = env
	}
	all := candidates(name == Auto, index, threads)
	var known []string
	var chosen []gpu.Candidate
	for _, c := range all {
		known = append(known, c.Name)
		if name == Auto || name == c.Name {
			if c.Name == "cuda" {
				c.Sensor = cardSensor(index)
			}
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: %q: this build has %s; set gpu.backend to one of them or to %q", ErrNoBackend, name, strings.Join(known, ", "), Auto)
	}
	o := gpu.GuardOptions{Note: func(text string) { slog.Info("gpu", "card", index, "what", text) }}
	if path := os.Getenv(pauseEnv); path != "" {
		o.Sensor = gpu.PauseFile(path)
	}
	g, err := gpu.NewGuard(chosen, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoBackend, err)
	}
	return g, nil
}

// driver is this process's connection to the NVIDIA driver's telemetry.
var driver = sync.OnceValues(telemetry.Open)

// cardSensor watches for other programs on a card and its heat; nil without telemetry.
func cardSensor(index int) gpu.Sensor {
	source, err := driver()
	if err != nil {
		return nil
	}
	// Without the card there is nothing to watch; opening the backend says why.
	cards, _, err := cuda.List(nil)
	if err != nil || index < 0 || index >= len(cards) {
		return nil
	}
	return telemetry.NewSensor(source, cards[index].Bus, os.Getpid())
}
