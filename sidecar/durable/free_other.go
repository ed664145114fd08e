//go:build !(linux || darwin || freebsd)

package durable

import (
	"errors"
	"math"
)

// Free cannot tell on this system; the guard against a full disk then rests on write errors alone.
func Free(string) (uint64, error) { return math.MaxUint64, nil }

// Total cannot tell on this system.
func Total(string) (uint64, error) {
	return 0, errors.New("the size of a disk is not known on this system")
}
