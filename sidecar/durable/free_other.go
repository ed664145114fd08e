//go:build !(linux || darwin || freebsd)

package durable

import "math"

// Free cannot tell on this system; the guard against a full disk then rests on write errors alone.
func Free(string) (uint64, error) { return math.MaxUint64, nil }
