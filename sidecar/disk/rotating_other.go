//go:build !linux

package disk

// rotating cannot tell on this system; reads are then made as for a disk without a head.
func rotating(string) bool { return false }
