package gpu

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzVerifyOpening holds that whatever the bytes, verification does not panic
// and accepts only the one encoding of the honest opening.
func FuzzVerifyOpening(f *testing.F) {
	d := prove(smallParams(3), testSeed0(1), 6, honestTile)
	for draw := range byte(3) {
		proof := d.open(f, d.challenge(f, uint64(draw)))
		f.Add(draw, proof)
		f.Add(draw, proof[:len(proof)/2])
		f.Add(draw+1, append(proof, 0))
	}
	f.Fuzz(func(t *testing.T, draw byte, proof []byte) {
		c := d.challenge(t, uint64(draw))
		honest := d.open(t, c)
		err := VerifyOpening(d.params, c, proof)
		require.Equal(t, bytes.Equal(honest, proof), err == nil, "%v", err)
	})
}

// TestFuzzSeedsAreOfThisVersion keeps the stored seeds of FuzzVerifyOpening near the one encoding; -update writes them.
func TestFuzzSeedsAreOfThisVersion(t *testing.T) {
	const draw = byte(7)
	d := prove(smallParams(3), testSeed0(1), 6, honestTile)
	c := d.challenge(t, uint64(draw))
	honest := d.open(t, c)
	carried := openedRounds(Positions(d.params, c))
	bend := func(at int) []byte {
		proof := append([]byte(nil), honest...)
		proof[at] ^= 1
		return proof
	}
	for name, seed := range map[string]struct {
		draw  byte
		proof []byte
	}{
		"all_zero":                {draw, make([]byte, len(honest))},
		"empty":                   {0, nil},
		"first_root_byte":         {draw, bend(0)},
		"first_path_byte":         {draw, bend(carried.carriedCount(6) * NodeSize)},
		"honest":                  {draw, honest},
		"last_path_byte":          {draw, bend(len(honest) - 1)},
		"one_byte_long":           {draw, append(append([]byte(nil), honest...), 0)},
		"one_byte_short":          {draw, honest[:len(honest)-1]},
		"replayed_for_other_mix":  {draw + 1, honest},
		"roots_in_version_1_size": {draw, append(append([]byte(nil), honest...), make([]byte, len(honest)/NodeSize*4)...)},
	} {
		file := "testdata/fuzz/FuzzVerifyOpening/" + name
		text := fmt.Sprintf("go test fuzz v1\nbyte(%q)\n[]byte(%q)\n", seed.draw, seed.proof)
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		}
		stored, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, text, string(stored), name)
	}
}

// FuzzAnyChallenge varies parameters and commitment as well: no panic, no proof
// over the bound accepted for reading, cost and size bounds consistent.
func FuzzAnyChallenge(f *testing.F) {
	f.Add(uint32(64), uint32(4), uint32(5), uint64(8), uint64(5), []byte("proof"))
	f.Add(uint32(65536), uint32(8), uint32(2), uint64(1<<20), uint64(1<<20), []byte{})
	f.Add(uint32(512), uint32(4), uint32(5), uint64(1), uint64(1), make([]byte, 5*14*NodeSize))
	f.Fuzz(func(t *testing.T, n, b, openings uint32, maxRounds, rounds uint64, proof []byte) {
		p := Params{Version: Version2, N: n, B: b, T: openings, MaxRounds: maxRounds}
		c := testChallenge(rounds)
		require.Error(t, VerifyOpening(p, c, proof))
		if p.Validate() != nil {
			return
		}
		require.LessOrEqual(t, MaxProofSize(p), ProofSizeLimit)
		require.LessOrEqual(t, OpeningCost(p), CostLimit)
		for _, at := range Positions(p, c) {
			require.Less(t, at.Round, rounds)
			require.Less(t, max(at.Row, at.Col), p.Grid())
		}
	})
}

func FuzzUnmarshalCommitment(f *testing.F) {
	f.Add(Commitment{Rounds: 1}.Marshal())
	f.Add(Commitment{Rounds: 1<<64 - 1, Root: Root{1}}.Marshal())
	f.Add([]byte{})
	f.Add(make([]byte, CommitmentSize+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := UnmarshalCommitment(data)
		if err != nil {
			require.ErrorIs(t, err, ErrCommitment)
			return
		}
		require.Equal(t, data, c.Marshal())
		if c.Validate(MainnetParams()) == nil {
			require.Positive(t, c.Rounds)
		}
	})
}
