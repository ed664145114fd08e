package disk

import (
	"crypto/aes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// testID is a plot id that a seed names.
func testID(seed uint64) PlotID {
	return DerivePlotID("joule-test", []byte("device"), BaseStrength, seed)
}

// generator is a reproducible stream.
func generator(seed uint64) *rand.Rand { return rand.New(rand.NewChaCha8(testID(seed))) }

func randomState(r *rand.Rand) State { return State{r.Uint32(), r.Uint32(), r.Uint32(), r.Uint32()} }

func stateOf(b []byte) (s State) {
	for i := range s {
		s[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return s
}

// TestRoundTables checks the derived S-box against values of FIPS 197, figure 7,
// and that it is a permutation without fixed points.
func TestRoundTables(t *testing.T) {
	box := func(x byte) byte { return byte(roundTables[0][x] >> 8) }
	for in, out := range map[byte]byte{0x00: 0x63, 0x01: 0x7c, 0x10: 0xca, 0x53: 0xed, 0x9a: 0xb8, 0xf0: 0x8c, 0xff: 0x16} {
		require.Equal(t, out, box(in), "%#x", in)
	}
	seen := map[byte]bool{}
	for x := range 256 {
		require.False(t, seen[box(byte(x))])
		require.NotEqual(t, byte(x), box(byte(x)))
		seen[box(byte(x))] = true
	}
}

// TestRoundsAgainstLibrary checks the rounds against AES-128 of the standard library. Its last
// round has no MixColumns; as that is linear, ten whole rounds with the last key mixed give the mixed ciphertext.
func TestRoundsAgainstLibrary(t *testing.T) {
	r := generator(1)
	for range 64 {
		var key, in, want [16]byte
		for i := range key {
			key[i], in[i] = byte(r.Uint32()), byte(r.Uint32())
		}
		cipher, err := aes.NewCipher(key[:])
		require.NoError(t, err)
		cipher.Encrypt(want[:], in[:])

		schedule := expandKey(key)
		schedule[10] = mixColumns(schedule[10])
		state := []State{stateOf(in[:])}
		for i := range 4 {
			state[0][i] ^= schedule[0][i]
		}
		for round := 1; round <= 9; round += 2 {
			hashPortable(state, &[2]State{schedule[round], schedule[round+1]}, 1)
		}
		require.Equal(t, mixColumns(stateOf(want[:])), state[0])
	}
}

func mixColumns(s State) (out State) {
	for column, word := range s {
		for row := range 4 {
			at := func(i int) byte { return byte(word >> (8 * ((row + i) % 4))) }
			out[column] |= uint32(double(at(0))^double(at(1))^at(1)^at(2)^at(3)) << (8 * row)
		}
	}
	return out
}

// expandKey is AES-128's key schedule.
func expandKey(key [16]byte) (schedule [11]State) {
	schedule[0] = stateOf(key[:])
	constant := byte(1)
	for i := 1; i < len(schedule); i++ {
		last := schedule[i-1][3]
		var word uint32
		for row := range 4 {
			b := byte(last >> (8 * ((row + 1) % 4)))
			word |= uint32(byte(roundTables[0][b]>>8)) << (8 * row)
		}
		word ^= uint32(constant)
		constant = double(constant)
		for column := range 4 {
			word ^= schedule[i-1][column]
			schedule[i][column] = word
		}
	}
	return schedule
}

// TestHashAgainstPortable compares what this build and machine use with the portable code, for every
// remainder of eight and several round counts, and checks that neighbours stay
// untouched.
func TestHashAgainstPortable(t *testing.T) {
	t.Logf("accelerated %t", Accelerated())
	r := generator(2)
	for _, rounds := range []int{0, 1, 2, 3, 16, 64, 1024} {
		for n := range 35 {
			keys := [2]State{randomState(r), randomState(r)}
			states := make([]State, n+2)
			for i := range states {
				states[i] = randomState(r)
			}
			want := append([]State(nil), states...)
			hashPortable(want[1:n+1], &keys, rounds)
			hashStates(states[1:n+1], &keys, rounds)
			require.Equal(t, want, states, "%d states, %d rounds", n, rounds)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add(make([]byte, 48), uint8(1), uint8(16))
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"), uint8(9), uint8(3))
	f.Fuzz(func(t *testing.T, material []byte, n, rounds uint8) {
		if len(material) < 48 {
			t.Skip()
		}
		keys := [2]State{stateOf(material), stateOf(material[16:])}
		states := make([]State, n%33)
		for i := range states {
			states[i] = stateOf(material[32:])
			states[i][0] ^= uint32(i)
		}
		want := append([]State(nil), states...)
		hashPortable(want, &keys, int(rounds))
		hashStates(states, &keys, int(rounds))
		require.Equal(t, want, states)
	})
}
