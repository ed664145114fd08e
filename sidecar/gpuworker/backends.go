package gpuworker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
)

// ErrNoBackend means that a backend cannot be used on this machine.
var ErrNoBackend = errors.New("backend is not available")

// Auto is the name that takes the first backend that works.
const Auto = "auto"

// opener opens one kind of backend. index chooses among cards, threads bounds processor threads (0: all).
type opener struct {
	name string
	open func(index, threads int) (gpu.Backend, error)
}

// openers lists the backends of this build, the fastest first. A new backend is one line here.
func openers() []opener {
	return []opener{
		{name: "cpu", open: func(_, threads int) (gpu.Backend, error) { return gpu.NewCPU(threads), nil }},
	}
}

// OpenBackend opens a backend by its name; Auto takes the first that works. ErrNoBackend says which were tried and why they failed.
func OpenBackend(name string, index, threads int) (gpu.Backend, error) {
	var known, tried []string
	for _, o := range openers() {
		known = append(known, o.name)
		if name != Auto && name != o.name {
			continue
		}
		b, err := o.open(index, threads)
		if err == nil {
			return b, nil
		}
		tried = append(tried, o.name+": "+err.Error())
	}
	if len(tried) == 0 {
		return nil, fmt.Errorf("%w: %q: this build has %s; set gpu.backend to one of them or to %q", ErrNoBackend, name, strings.Join(known, ", "), Auto)
	}
	return nil, fmt.Errorf("%w: %s", ErrNoBackend, strings.Join(tried, "; "))
}
