package disk

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sharesFile holds the chains that some plots have in one window: whose plot, its index, the packed proof, the quality.
const sharesFile = "testdata/shares.csv"

const (
	shareChain  = "joule-test"
	claimPlots  = 4 // plots 0…3 of the device "own" are claimed, plot 4 is not
	claimLambda = 1
)

var (
	shareParams = Params{K: 18, Strength: BaseStrength}
	shareMix    = [32]byte{9, 8, 7}
)

// deviceNamed is a device id of 20 bytes.
func deviceNamed(name string) []byte { return append([]byte(name), make([]byte, 20-len(name))...) }

// evidenceFixture are real shares of one window.
type evidenceFixture struct {
	window uint64
	// within and above are those of the claimed plots, by ascending quality.
	within, above []Share
	// beyond is within the threshold and of a plot of the device that is not claimed, foreign one of another device's
	// plot 0.
	beyond, foreign Share
}

func (f evidenceFixture) params() EvidenceParams {
	return EvidenceParams{
		ChainID: shareChain, DeviceID: deviceNamed("own"), Challenge: DeriveChallenge(shareChain, f.window, shareMix),
		Params: shareParams, Plots: claimPlots, Lambda: claimLambda, MaxProofs: 4,
	}
}

func newEvidenceFixture(tb testing.TB) evidenceFixture {
	tb.Helper()
	file, err := os.Open(sharesFile)
	require.NoError(tb, err)
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(tb, err)
	require.NoError(tb, file.Close())
	var f evidenceFixture
	for _, r := range records {
		numbers := make([]uint64, 2)
		for i, text := range r[1:3] {
			numbers[i], err = strconv.ParseUint(text, 10, 64)
			require.NoError(tb, err)
		}
		s := Share{Index: uint32(numbers[1])}
		s.Proof, err = hex.DecodeString(r[3])
		require.NoError(tb, err)
		quality, err := hex.DecodeString(r[4])
		require.NoError(tb, err)
		s.Quality, f.window = Quality(quality), numbers[0]
		f.sort(r[0], s)
	}
	slices.SortFunc(f.within, func(a, b Share) int { return a.Quality.Compare(b.Quality) })
	require.Len(tb, f.within, 4)
	require.NotEmpty(tb, f.above)
	return f
}

func (f *evidenceFixture) sort(device string, s Share) {
	within := s.Quality.Within(claimPlots, claimLambda)
	switch {
	case device == "foreign" && within:
		f.foreign = s
	case device == "foreign":
	case s.Index >= claimPlots && within:
		f.beyond = s
	case s.Index >= claimPlots:
	case within:
		f.within = append(f.within, s)
	default:
		f.above = append(f.above, s)
	}
}

// raw writes shares as they stand, whatever their order.
func raw(params Params, shares ...Share) []byte {
	out := []byte{EvidenceVersion1, params.K, params.Strength}
	for _, s := range shares {
		out = append(out, byte(s.Index), byte(s.Index>>8), byte(s.Index>>16), byte(s.Index>>24))
		out = append(out, s.Proof...)
	}
	return out
}

// TestShares checks the stored shares; with -update it makes them again, from the first window that has all kinds.
func TestShares(t *testing.T) {
	if *update {
		writeShares(t)
	}
	f := newEvidenceFixture(t)
	for _, s := range append(append([]Share{f.beyond}, f.within...), f.above...) {
		id := DerivePlotID(shareChain, deviceNamed("own"), shareParams.Strength, uint64(s.Index))
		quality, err := VerifyShared(DeriveSelector(shareChain, deviceNamed("own")), id, shareParams, f.params().Challenge, s.Proof)
		require.NoError(t, err)
		require.Equal(t, s.Quality, quality)
	}
}

func writeShares(t *testing.T) {
	plots := map[string][]*smallPlot{}
	for name, n := range map[string]int{"own": claimPlots + 1, "foreign": 1} {
		for index := range n {
			plots[name] = append(plots[name], makePlot(t, DerivePlotID(shareChain, deviceNamed(name), shareParams.Strength, uint64(index)), shareParams))
		}
	}
	for window := uint64(1); ; window++ {
		challenge := DeriveChallenge(shareChain, window, shareMix)
		var f evidenceFixture
		var out strings.Builder
		for _, name := range []string{"own", "foreign"} {
			selector := DeriveSelector(shareChain, deviceNamed(name))
			for index, plot := range plots[name] {
				for _, p := range plot.proveSets(challenge, plot.SharedChallenge(&selector, &challenge)) {
					packed, err := Pack(shareParams, &p.x)
					require.NoError(t, err)
					f.sort(name, Share{Index: uint32(index), Proof: packed, Quality: p.quality})
					fmt.Fprintf(&out, "%s,%d,%d,%x,%x\n", name, window, index, packed, p.quality)
				}
			}
		}
		if len(f.within) == 4 && len(f.above) > 0 && f.beyond.Proof != nil && f.foreign.Proof != nil && f.within[0].Index != f.within[3].Index {
			require.NoError(t, os.WriteFile(sharesFile, []byte(out.String()), 0o644))
			return
		}
	}
}
