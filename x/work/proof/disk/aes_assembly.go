//go:build !purego && (amd64 || arm64)

package disk

import "golang.org/x/sys/cpu"

// hardware is asked once, before any hash.
var hardware = cpu.X86.HasAES || cpu.ARM64.HasAES

// Accelerated says whether this build and machine hash with AES instructions.
func Accelerated() bool { return hardware }

func hashStates(states []State, keys *[2]State, rounds int) {
	if !hardware {
		hashPortable(states, keys, rounds)
		return
	}
	if len(states) > 0 && rounds > 0 {
		hashAES(&states[0], len(states), keys, rounds)
	}
}

// hashAES is hashPortable with AES instructions, eight states at a time. n and rounds are at least 1.
//
//go:noescape
func hashAES(states *State, n int, keys *[2]State, rounds int)
