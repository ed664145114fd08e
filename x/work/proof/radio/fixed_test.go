package radio

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"math"
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write cosine_table.go and testdata again")

// bigCosine is round(cos(sixteenths/16 degrees)·2^30) by Taylor's series in 200 bits.
func bigCosine(sixteenths int64) int64 {
	const precision = 200
	pi, ok := new(big.Float).SetPrec(precision).SetString("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899863")
	if !ok {
		panic("pi")
	}
	x := new(big.Float).SetPrec(precision).Mul(pi, new(big.Float).SetInt64(sixteenths))
	x.Quo(x, new(big.Float).SetInt64(16*180))
	square := new(big.Float).SetPrec(precision).Mul(x, x)
	term, sum := big.NewFloat(1).SetPrec(precision), big.NewFloat(1).SetPrec(precision)
	for k := int64(1); k < 30; k++ {
		term.Mul(term, square)
		term.Quo(term, new(big.Float).SetInt64(2*k*(2*k-1)))
		term.Neg(term)
		sum.Add(sum, term)
	}
	sum.Mul(sum, new(big.Float).SetInt64(1<<cosineBits))
	sum.Add(sum, big.NewFloat(0.5)) // every entry is ≥ 0 but for the last's rounding noise
	n, _ := sum.Int64()
	return n
}

func TestCosineTable(t *testing.T) {
	var src bytes.Buffer
	src.WriteString("package radio\n\n// cosineTable holds round(cos(i/16°)·2^30) for i = 0..1440. TestCosineTable computes it in 200 bits and writes it with -update.\n" +
		"var cosineTable = [cosineEntries]uint32{\n")
	want := make([]uint32, cosineEntries)
	for i := range want {
		want[i] = uint32(bigCosine(int64(i)))
		fmt.Fprintf(&src, "%d,", want[i])
		if i%12 == 11 || i == len(want)-1 {
			src.WriteByte('\n')
		}
	}
	src.WriteString("}\n")
	if *update {
		out, err := format.Source(src.Bytes())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("cosine_table.go", out, 0o644))
		return
	}
	require.Equal(t, want, cosineTable[:])
}

func TestCosineBetweenEntries(t *testing.T) {
	worst := 0.0
	for lat := int64(0); lat <= 90*DegreeE7; lat += 77_777 {
		exact := math.Cos(float64(lat)/DegreeE7*math.Pi/180) * (1 << cosineBits)
		worst = max(worst, math.Abs(exact-float64(Cosine(lat))))
		require.Equal(t, Cosine(lat), Cosine(-lat))
	}
	t.Logf("worst error %.1f of 2^-30", worst)
	require.LessOrEqual(t, worst, 160.0)
	for _, lat := range []int64{90 * DegreeE7, 90*DegreeE7 + 1, math.MaxInt64, math.MinInt64} {
		require.Zero(t, Cosine(lat), lat)
	}
	require.EqualValues(t, 1<<cosineBits, Cosine(0))
}

func TestSquareRoot(t *testing.T) {
	for _, x := range []uint64{0, 1, 2, 3, 4, 8, 9, 15, 16, 1<<32 - 1, 1 << 32, 1<<62 - 1, 1 << 62, 1 << 63, math.MaxUint64} {
		want := new(big.Int).Sqrt(new(big.Int).SetUint64(x))
		require.Equal(t, want.Uint64(), SquareRoot(x), x)
	}
	for r := uint64(1); r < 1<<32; r = r*3 + 1 {
		require.Equal(t, r, SquareRoot(r*r))
		require.Equal(t, r-1, SquareRoot(r*r-1))
	}
}

func FuzzSquareRoot(f *testing.F) {
	f.Add(uint64(0))
	f.Add(uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, x uint64) {
		require.Equal(t, new(big.Int).Sqrt(new(big.Int).SetUint64(x)).Uint64(), SquareRoot(x))
	})
}

func TestLog2(t *testing.T) {
	require.Zero(t, Log2(0))
	require.Zero(t, Log2(1))
	for k := range 64 {
		require.EqualValues(t, k<<fractionBits, Log2(1<<k), k)
	}
	require.EqualValues(t, 64<<fractionBits-1, Log2(math.MaxUint64))
	worst, last := 0.0, uint32(0)
	for x := uint64(1); x < 1<<60; x += x/97 + 1 {
		got := Log2(x)
		require.GreaterOrEqual(t, got, last, "monotone at %d", x)
		last = got
		worst = max(worst, math.Abs(math.Log2(float64(x))*(1<<fractionBits)-float64(got)))
	}
	t.Logf("worst error %.2f of 2^-16", worst)
	require.LessOrEqual(t, worst, 2.0)
}

func TestPathLoss(t *testing.T) {
	worst := 0.0
	for _, khz := range []uint32{433_050, 470_000, 863_000, 868_100, 903_900, 928_000, 2_400_000} {
		for metres := uint64(1); metres <= 200_000; metres += metres/13 + 1 {
			exact := 20 * math.Log10(4*math.Pi*float64(metres)*float64(khz)*1000/2.998e8) * 1000
			worst = max(worst, math.Abs(exact-float64(PathLoss(khz, metres))))
		}
	}
	t.Logf("worst error %.1f thousandths of a dB", worst)
	require.LessOrEqual(t, worst, 11.0)
	require.Equal(t, PathLoss(1, 1), PathLoss(0, 0), "zero counts as one")
	require.Positive(t, PathLoss(math.MaxUint32, math.MaxUint64), "the largest inputs do not overflow")
}
