package simulation

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/vrf"
)

// The model: consensus does not authenticate the header's proposer, so a coalition that proposes a block may put any of
// its c keys there, or a validator without an active key ("none"), or let the round fail and leave the block to the
// next proposer, whose reveal it does not know. Block contents do not enter the mix and each key has one output, so
// that there is nothing else to choose. A wish is an event of probability p under a fair mix: here p = 1/50, a window's
// decision.
const wishOneIn = 50

// coalition is a row of the table: c keys among n validators, with a share of the stake in per mille.
type coalition struct{ c, n, sharePermille int }

var coalitions = []coalition{{0, 100, 0}, {10, 100, 100}, {33, 100, 330}, {10, 40, 250}, {33, 100, 30}}

// output stands for the VRF: a function of key and mix that nobody predicts without the key. Outsiders' keys are those
// from c on.
func output(key int, mix []byte) []byte {
	b := binary.BigEndian.AppendUint64(append([]byte("simulated vrf"), mix...), uint64(key))
	first, second := sha256.Sum256(append(b, 0)), sha256.Sum256(append(b, 1))
	return append(first[:], second[:]...)
}

// granted tells whether a mix fulfils the wish, the way x/work decides on a window.
func granted(mix []byte) bool {
	sum := sha256.Sum256(append([]byte("wish"), mix...))
	return binary.BigEndian.Uint64(sum[:8]) < math.MaxUint64/wishOneIn
}

// known are the mixes that a coalition can bring about with its block on top of mix, all of them computable beforehand.
func known(c int, mix []byte) [][]byte {
	mixes := [][]byte{vrf.NextMix(mix, nil)}
	for key := range c {
		mixes = append(mixes, vrf.NextMix(mix, output(key, mix)))
	}
	return mixes
}

// steer plays one turn in which the coalition proposes k blocks in a row and wants the last mix to grant the wish. It
// takes a known way if there is one; otherwise it gives away the first block, hopes that the next proposer's unknown
// reveal opens new ways, and at the last block leaves the decision itself to a stranger.
func steer(c, k int, mix []byte) bool {
	stranger := vrf.NextMix(mix, output(c, mix))
	if k == 1 {
		for _, m := range known(c, mix) {
			if granted(m) {
				return true
			}
		}
		return granted(stranger)
	}
	for _, m := range known(c, mix) {
		if reach(c, k-1, m) {
			return true
		}
	}
	return steer(c, k-1, stranger)
}

// reach tells whether k blocks of the coalition's alone can grant the wish.
func reach(c, k int, mix []byte) bool {
	for _, m := range known(c, mix) {
		if k == 1 && granted(m) || k > 1 && reach(c, k-1, m) {
			return true
		}
	}
	return false
}

// measure returns the share of trials in which the coalition gets its wish.
func measure(c, k, trials int) float64 {
	hits := 0
	for i := range trials {
		seed := sha256.Sum256(fmt.Appendf(nil, "bias/%d/%d/%d", c, k, i))
		if steer(c, k, seed[:]) {
			hits++
		}
	}
	return float64(hits) / float64(trials)
}

// bound is the chance that at least one of (c+2)^k fair outcomes grants the wish.
func bound(c, k int) float64 {
	return 1 - math.Pow(1-1.0/wishOneIn, math.Pow(float64(c+2), float64(k)))
}

const (
	oneBlockTrials = 20_000
	twoBlockTrials = 4_000
)

// TestBiasTable prints what coalitions get, holds the measurement against the bound and README.md against the
// measurement.
func TestBiasTable(t *testing.T) {
	rows := []string{
		"| keys c of n | stake | outcomes of an own block | steers an own block | bound | steers the second of two in a row | bound | wishes granted over all blocks |",
		"| --- | --- | --- | --- | --- | --- | --- | --- |",
	}
	for _, x := range coalitions {
		share := float64(x.sharePermille) / 1000
		one, two := measure(x.c, 1, oneBlockTrials), measure(x.c, 2, twoBlockTrials)
		require.InDelta(t, bound(x.c, 1), one, 4*sigma(bound(x.c, 1), oneBlockTrials), "%d keys reach c+2 outcomes, no more and no fewer", x.c)
		require.LessOrEqual(t, two, bound(x.c, 2)+4*sigma(bound(x.c, 2), twoBlockTrials), "%d keys in two blocks", x.c)
		overall := share*one + (1-share)/wishOneIn
		rows = append(rows, fmt.Sprintf("| %d of %d | %.0f %% | %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |",
			x.c, x.n, 100*share, x.c+2, 100*one, 100*bound(x.c, 1), 100*two, 100*bound(x.c, 2), 100*overall))
	}
	t.Log("\n" + strings.Join(rows, "\n"))
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), strings.Join(rows, "\n"), "README.md must show the measured table")
}

// sigma is the standard deviation of a frequency, never quite zero.
func sigma(p float64, trials int) float64 { return math.Sqrt(p*(1-p)/float64(trials)) + 1e-9 }

// The stand-in is fair to the real function: with real keys and proofs a coalition has as many outcomes, all different.
func TestBiasOutcomesOfRealKeys(t *testing.T) {
	mix := vrf.GenesisMix("joule-test-1")
	input := vrf.RevealInput("joule-test-1", 1, mix)
	seen := map[string]bool{string(vrf.NextMix(mix, nil)): true}
	const c = 10
	for i := range c {
		seed := sha256.Sum256([]byte{byte(i)})
		key, err := vrf.NewSecretKey(seed[:])
		require.NoError(t, err)
		proof, err := key.Prove(key.PublicKey(), input)
		require.NoError(t, err)
		out, err := vrf.Verify(key.PublicKey(), proof, input)
		require.NoError(t, err)
		seen[string(vrf.NextMix(mix, out))] = true
	}
	require.Len(t, seen, c+1, "and one more, unknown, by leaving the block to a stranger")
}
