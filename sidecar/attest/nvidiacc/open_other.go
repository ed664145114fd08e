//go:build !(nvml && cgo && linux)

package nvidiacc

import "fmt"

// Open fails: this build is without NVML. bus is the card's PCI address.
func Open(string) (Card, error) {
	return nil, fmt.Errorf("%w: this build is without NVML (build with cgo and -tags nvml on Linux)", ErrUnavailable)
}
