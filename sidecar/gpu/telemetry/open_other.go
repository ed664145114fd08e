//go:build !(nvml && cgo && linux)

package telemetry

import "fmt"

// Open fails: this build is without NVML.
func Open() (Source, error) {
	return nil, fmt.Errorf("%w: this build is without NVML (build with cgo and -tags nvml on Linux)", ErrUnavailable)
}
