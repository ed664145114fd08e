package disk

import (
	"fmt"
	"testing"
)

// BenchmarkVerify measures a whole verification of real proofs per k and strength.
func BenchmarkVerify(b *testing.B) {
	seen := map[Params]bool{}
	for _, row := range vectorRows(b) {
		if seen[row.params] {
			continue
		}
		seen[row.params] = true
		b.Run(fmt.Sprintf("k=%d/strength=%d", row.params.K, row.params.Strength), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := row.verify(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTables measures the tables' hashes alone at every strength, valid proof or
// not: what the most expensive proof of a chain with that strength costs beyond
// its chain.
func BenchmarkTables(b *testing.B) {
	for strength := uint8(BaseStrength); strength <= MaxStrength; strength++ {
		p, err := NewPlot(testID(1), Params{K: 28, Strength: strength})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("strength=%d", strength), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var states [Values]State
				p.Hash(states[:], hashRounds)
				for table := 1; table <= 3; table++ {
					p.Hash(states[:Values>>table], p.params.rounds(table))
					p.Hash(states[:Values>>table], p.params.rounds(table))
				}
			}
		})
	}
}

// BenchmarkRejectStranger measures what a made-up proof costs.
func BenchmarkRejectStranger(b *testing.B) {
	params := Params{K: 28, Strength: 4}
	proof := make([]byte, params.ProofSize())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(testID(1), params, [32]byte{}, proof); err == nil {
			b.Fatal("zeros verify")
		}
	}
}

// BenchmarkHash measures one hash alone and one in a batch of eight.
func BenchmarkHash(b *testing.B) {
	keys := [2]State{{1, 2, 3, 4}, {5, 6, 7, 8}}
	for _, n := range []int{1, 8} {
		var states [8]State
		b.Run(fmt.Sprintf("states=%d", n), func(b *testing.B) {
			for b.Loop() {
				hashStates(states[:n], &keys, hashRounds)
			}
		})
		b.Run(fmt.Sprintf("portable/states=%d", n), func(b *testing.B) {
			for b.Loop() {
				hashPortable(states[:n], &keys, hashRounds)
			}
		})
	}
}

// BenchmarkVerifyEvidence measures a whole piece of evidence with four proofs at k = 18, base strength.
func BenchmarkVerifyEvidence(b *testing.B) {
	f := newEvidenceFixture(b)
	payload, params := raw(shareParams, f.within...), f.params()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := VerifyEvidence(params, payload); err != nil {
			b.Fatal(err)
		}
	}
}
