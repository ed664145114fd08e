//go:build purego || (!amd64 && !arm64)

package disk

// Accelerated says whether this build and machine hash with AES instructions.
func Accelerated() bool { return false }

func hashStates(states []State, keys *[2]State, rounds int) { hashPortable(states, keys, rounds) }
