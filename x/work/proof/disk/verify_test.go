package disk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTampered flips every bit of one stored proof per plot, and of its challenge and id.
func TestTampered(t *testing.T) {
	rows, _ := ownRows(t)
	seen := map[Params]bool{}
	for _, row := range rows {
		if seen[row.params] {
			continue
		}
		seen[row.params] = true
		for bit := range 8 * len(row.proof) {
			proof := append([]byte(nil), row.proof...)
			proof[bit/8] ^= 1 << (bit % 8)
			_, err := Verify(row.id, row.params, row.challenge, proof)
			require.Error(t, err, "%s: bit %d of the proof", row.where, bit)
		}
		for bit := range 256 {
			id, challenge := row.id, row.challenge
			id[bit/8] ^= 1 << (bit % 8)
			_, err := Verify(id, row.params, row.challenge, row.proof)
			require.Error(t, err, "%s: bit %d of the id", row.where, bit)
			challenge[bit/8] ^= 1 << (bit % 8)
			_, err = Verify(row.id, row.params, challenge, row.proof)
			require.Error(t, err, "%s: bit %d of the challenge", row.where, bit)
		}
	}
}

// TestVerifyErrors reaches the sentinels through Verify; ErrPair needs a matching pair that no plot holds:
// TestPairFilter.
func TestVerifyErrors(t *testing.T) {
	rows, _ := ownRows(t)
	row := rows[0]
	values := func(change func(x *[Values]uint32)) []byte {
		x, err := Unpack(row.params, row.proof)
		require.NoError(t, err)
		change(&x)
		packed, err := Pack(row.params, &x)
		require.NoError(t, err)
		return packed
	}
	for name, c := range map[string]struct {
		params Params
		proof  []byte
		want   error
	}{
		"odd k":             {Params{19, 2}, row.proof, ErrParams},
		"small k":           {Params{16, 2}, row.proof, ErrParams},
		"large k":           {Params{34, 2}, row.proof, ErrParams},
		"weak":              {Params{18, 1}, row.proof, ErrParams},
		"too strong":        {Params{18, 9}, row.proof, ErrParams},
		"no proof":          {row.params, nil, ErrLength},
		"short":             {row.params, row.proof[1:], ErrLength},
		"long":              {row.params, append(append([]byte(nil), row.proof...), 0), ErrLength},
		"other k":           {Params{20, 2}, row.proof, ErrLength},
		"zeros":             {row.params, make([]byte, row.params.ProofSize()), ErrSet},
		"fragments swapped": {row.params, values(swapGroups), ErrSet},
		// Set 0, 1, 2, 3, 0…: a shift by four groups stays within the sets.
		"fragments rotated": {row.params, values(rotateGroups), ErrChain},
		// The low bits of an x-value are not in its fragment, so the chain holds and table 1 fails.
		"low bit":     {row.params, values(func(x *[Values]uint32) { x[0] ^= 1 }), ErrMatch},
		"other right": {row.params, values(func(x *[Values]uint32) { x[7] ^= 1 << 17 }), ErrMatch},
		"stronger":    {Params{18, 3}, row.proof, ErrMatch},
	} {
		_, err := Verify(row.id, c.params, row.challenge, c.proof)
		require.ErrorIs(t, err, c.want, name)
	}
}

func swapGroups(x *[Values]uint32) {
	for i := range 8 {
		x[i], x[8+i] = x[8+i], x[i]
	}
}

func rotateGroups(x *[Values]uint32) {
	last := *x
	for i := range x {
		x[i] = last[(i+32)%Values]
	}
}

// TestPairFilter finds matching x-values whose pair table 1 drops, which honest chains never hold.
func TestPairFilter(t *testing.T) {
	params := Params{K: 18, Strength: 2}
	p, err := NewPlot(testID(3), params)
	require.NoError(t, err)
	byInfo := map[uint32][]uint32{}
	for x := range uint32(1 << 18) {
		byInfo[p.G(x)] = append(byInfo[p.G(x)], x)
	}
	passed, dropped := 0, 0
	for left := range uint32(1 << 10) {
		section := params.MatchingSection(p.G(left) >> 16)
		for key := range uint32(4) {
			for _, right := range byInfo[section<<16|key<<14|p.Target(1, key, uint64(left))] {
				var x [Values]uint32
				for i := 0; i < Values; i += 2 {
					x[i], x[i+1] = left, right
				}
				if _, _, ok := p.Pair(1, uint64(left), uint64(right)); ok {
					passed++
					// Table 2 then compares an entry with itself, and no section matches itself.
					require.ErrorIs(t, p.checkTables(&x), ErrMatch)
				} else {
					dropped++
					require.ErrorIs(t, p.checkTables(&x), ErrPair)
				}
			}
		}
	}
	require.InDelta(t, 0.25, float64(passed)/float64(passed+dropped), 0.05, "a quarter of %d matches pairs", passed+dropped)
}

// TestPairFilterBits checks which bits of a pair's hash each table's filter reads.
func TestPairFilterBits(t *testing.T) {
	for n := range uint64(64) {
		p, err := NewPlot(testID(n), Params{K: 18, Strength: 2})
		require.NoError(t, err)
		s := State{1, 2, 3, uint32(n)}
		for table := 1; table <= 3; table++ {
			_, _, ok := p.paired(table, &s, 0, 0)
			require.Equal(t, n%4 == 0, ok)
			p.params.Strength = 5
			_, _, ok = p.paired(table, &s, 0, 0)
			require.Equal(t, n%(1<<p.params.KeyBits(table)) == 0, ok)
			p.params.Strength = 2
		}
	}
}

func TestVerifyAllocatesNothing(t *testing.T) {
	rows, _ := ownRows(t)
	for _, row := range rows[:1] {
		require.Zero(t, testing.AllocsPerRun(20, func() {
			if _, err := row.verify(); err != nil {
				t.Fatal(err)
			}
		}))
	}
}

// FuzzVerify checks that no input panics, and that what verifies is one of the seeds.
func FuzzVerify(f *testing.F) {
	rows, _ := ownRows(f)
	known := map[string]bool{}
	for _, row := range rows {
		if row.params.Strength <= 4 {
			f.Add(row.id[:], row.params.K, row.params.Strength, row.challenge[:], row.proof)
			known[string(row.proof)] = true
		}
	}
	f.Add(make([]byte, 32), uint8(32), uint8(2), make([]byte, 32), make([]byte, 512))
	f.Fuzz(func(t *testing.T, id []byte, k, strength uint8, challenge, proof []byte) {
		if len(id) != 32 || len(challenge) != 32 {
			t.Skip()
		}
		if _, err := Verify(PlotID(id), Params{k, strength}, [32]byte(challenge), proof); err == nil {
			require.True(t, known[string(proof)], "a forged proof verifies")
		}
	})
}
