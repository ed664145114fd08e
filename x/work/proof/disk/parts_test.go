package disk

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"lukechampine.com/blake3"
)

// goldenPlotID was computed by another program from SPEC.md 2.
const goldenPlotID = "a93374328b139f2fa5a7d8e1e273979501c207b1221d6b5e0ecc046f653f4b54"

// TestPlotIDFields checks the derivation byte by byte against SPEC.md 2, and that every field counts.
func TestPlotIDFields(t *testing.T) {
	base := DerivePlotID("joule-1", []byte{0xaa, 0xbb}, 4, 7)
	require.Equal(t, goldenPlotID, hex.EncodeToString(base[:]))
	for name, other := range map[string]PlotID{
		"chain":    DerivePlotID("joule-2", []byte{0xaa, 0xbb}, 4, 7),
		"device":   DerivePlotID("joule-1", []byte{0xaa, 0xbc}, 4, 7),
		"strength": DerivePlotID("joule-1", []byte{0xaa, 0xbb}, 5, 7),
		"index":    DerivePlotID("joule-1", []byte{0xaa, 0xbb}, 4, 8),
		"border":   DerivePlotID("joule-1\xaa", []byte{0xbb}, 4, 7),
	} {
		require.NotEqual(t, base, other, name)
	}
}

func TestBlakeAgainstLibrary(t *testing.T) {
	r := generator(3)
	for range 100 {
		var block [64]byte
		for i := range block {
			block[i] = byte(r.Uint32())
		}
		left, right := words((*[32]byte)(block[:])), words((*[32]byte)(block[32:]))
		got, want := blakeBlock(&left, &right), blake3.Sum256(block[:])
		require.Equal(t, words(&want), got)
	}
}

// TestSections checks that sections form one cycle of all, so that each has one on its left and one on its right.
func TestSections(t *testing.T) {
	for k := uint8(MinK); k <= MaxK; k += 2 {
		p := Params{K: k, Strength: 2}
		require.NoError(t, p.Validate())
		seen := map[uint32]bool{}
		for s := range uint32(1) << p.SectionBits() {
			m := p.MatchingSection(s)
			require.Less(t, m, uint32(1)<<p.SectionBits())
			require.Equal(t, s, p.InverseMatchingSection(m))
			require.NotEqual(t, s, m)
			seen[m] = true
		}
		require.Len(t, seen, 1<<p.SectionBits())
	}
	four := Params{K: 18, Strength: 2}
	require.Equal(t, []uint32{2, 3, 1, 0},
		[]uint32{four.MatchingSection(0), four.MatchingSection(1), four.MatchingSection(2), four.MatchingSection(3)})
}

func TestPackUnpack(t *testing.T) {
	r := generator(4)
	for k := uint8(MinK); k <= MaxK; k += 2 {
		p := Params{K: k, Strength: 2}
		var x [Values]uint32
		wide := new(big.Int)
		for i := range x {
			x[i] = r.Uint32() >> (32 - k)
			wide.Or(wide.Lsh(wide, uint(k)), big.NewInt(int64(x[i])))
		}
		packed, err := Pack(p, &x)
		require.NoError(t, err)
		require.Equal(t, wide.FillBytes(make([]byte, 16*int(k))), packed, "one long number, highest bit first")
		back, err := Unpack(p, packed)
		require.NoError(t, err)
		require.Equal(t, x, back)
		_, err = Unpack(p, packed[1:])
		require.ErrorIs(t, err, ErrLength)
		if k < 32 {
			x[127] = 1 << k
			_, err = Pack(p, &x)
			require.ErrorIs(t, err, ErrValue)
		}
	}
	_, err := Pack(Params{K: 17, Strength: 2}, &[Values]uint32{})
	require.ErrorIs(t, err, ErrParams)
	_, err = Unpack(Params{K: 18, Strength: 0}, nil)
	require.ErrorIs(t, err, ErrParams)
}

// TestKeySlice compares with arithmetic on the id as one 256-bit number, cut to what 64 bits hold.
func TestKeySlice(t *testing.T) {
	id := [32]byte(testID(5))
	number := new(big.Int).SetBytes(id[:])
	for k := uint(MinK); k <= MaxK; k += 2 {
		for round := range uint(4) {
			start, n := round*(256-3*k)/3, 3*k
			end := (start + n + 7) / 8 * 8
			v := new(big.Int).Rsh(number, 256-end)
			v.And(v, new(big.Int).SetUint64(math.MaxUint64))
			v.Rsh(v, end-start-n)
			v.And(v, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), n), big.NewInt(1)))
			require.Equal(t, v.Uint64(), keySlice(&id, start, n), "k %d, round %d", k, round)
		}
	}
}

func TestFragmentInverse(t *testing.T) {
	r := generator(6)
	for k := uint8(MinK); k <= MaxK; k += 2 {
		p, err := NewPlot(testID(uint64(k)), Params{K: k, Strength: 3})
		require.NoError(t, err)
		for range 200 {
			v := r.Uint64() >> (64 - 2*k)
			f := p.Encode(v)
			require.Zero(t, f>>(k-1)>>(k+1), "a fragment has 2k bits")
			require.Equal(t, v, p.Decode(f))
		}
		var x [8]uint32
		for i := range x {
			x[i] = r.Uint32() >> (32 - k)
		}
		halves := p.Decode(p.Fragment(&x))
		for i := range 4 {
			require.Equal(t, uint64(x[2*i]>>(k/2)), halves>>(uint(k/2)*uint(3-i))&(1<<(k/2)-1))
		}
	}
}

// TestLastLimit derives the limit as SPEC.md 4 does, in floats as the reference.
func TestLastLimit(t *testing.T) {
	moment, stirling := 0.0, []float64{0, 1, 7, 6, 1}
	for j, s := range stirling {
		moment += s * math.Pow(64, float64(j))
	}
	ratio := moment / math.Pow(64, 4)
	require.Equal(t, uint64(lastLimit), uint64(math.Ldexp(1, 52)/(ratio*ratio*ratio*ratio)))
}

// TestFilters checks every link's filter on both sides of its border.
func TestFilters(t *testing.T) {
	for link := range Links {
		bits := 6
		switch link {
		case 0:
			bits = 2
		case 15:
			bits = 12
		}
		require.True(t, passes(link, 0))
		require.True(t, passes(link, 1<<bits), "link %d", link)
		require.False(t, passes(link, 1<<(bits-1)), "link %d", link)
		require.False(t, passes(link, 1), "link %d", link)
		require.Equal(t, link != 15, passes(link, math.MaxUint64<<bits), "link %d", link)
	}
	require.True(t, passes(15, (lastLimit-1)<<12))
	require.False(t, passes(15, lastLimit<<12))
}

// TestWithin compares with big integers, at and around the threshold too.
func TestWithin(t *testing.T) {
	r := generator(7)
	full := new(big.Int).Lsh(big.NewInt(1), 256)
	check := func(q Quality, plots, lambda uint64) {
		product := new(big.Int).Mul(new(big.Int).SetBytes(q[:]), new(big.Int).SetUint64(plots))
		want := product.Cmp(new(big.Int).Mul(full, new(big.Int).SetUint64(lambda))) < 0
		require.Equal(t, want, q.Within(plots, lambda), "%x %d %d", q, plots, lambda)
	}
	for range 2000 {
		plots, lambda := r.Uint64()>>(r.Uint32()%64), r.Uint64()>>(r.Uint32()%64)
		var q Quality
		for i := range 4 {
			binary.BigEndian.PutUint64(q[8*i:], r.Uint64())
		}
		check(q, plots, lambda)
		if plots > lambda && lambda > 0 {
			edge := new(big.Int).Div(new(big.Int).Mul(full, new(big.Int).SetUint64(lambda)), new(big.Int).SetUint64(plots))
			for d := int64(-1); d <= 1; d++ {
				at := new(big.Int).Add(edge, big.NewInt(d))
				at.FillBytes(q[:])
				check(q, plots, lambda)
			}
		}
	}
	require.False(t, Quality{}.Within(1, 0))
	require.True(t, Quality{0xff}.Within(1, 1))
}
