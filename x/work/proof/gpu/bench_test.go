package gpu

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"testing"
)

// candidates are the parameter sets among which SPEC.md 8 chooses.
var candidates = []Params{
	{Version: Version2, N: 8192, B: 4, T: 6, MaxRounds: 1 << 15},
	{Version: Version2, N: 8192, B: 8, T: 5, MaxRounds: 1 << 15},
	{Version: Version2, N: 16384, B: 4, T: 4, MaxRounds: 1 << 15},
	{Version: Version2, N: 16384, B: 4, T: 5, MaxRounds: 1 << 15},
	{Version: Version2, N: 16384, B: 4, T: 6, MaxRounds: 1 << 15},
	{Version: Version2, N: 16384, B: 8, T: 4, MaxRounds: 1 << 15},
	{Version: Version2, N: 32768, B: 4, T: 5, MaxRounds: 1 << 15},
}

// BenchmarkVerifyOpening measures a whole verification with proofs of full
// size, and reports the mean and the largest proof of 64 challenges at
// R = 30,000 beside the bound.
func BenchmarkVerifyOpening(b *testing.B) {
	run := func(name string, p Params) {
		b.Run(name, func(b *testing.B) {
			c, positions, proof := synthetic(p, 30000, 1)
			total, most := 0, 0
			for draw := range uint64(64) {
				_, _, sample := synthetic(p, 30000, draw)
				total, most = total+len(sample), max(most, len(sample))
			}
			b.ReportAllocs()
			for b.Loop() {
				var buf [MaxT]Position
				drawAll(&buf, p, &c)
				if err := verifyAt(p, &c, positions, proof); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(total)/64, "proof-mean-B")
			b.ReportMetric(float64(most), "proof-max-B")
			b.ReportMetric(float64(MaxProofSize(p)), "proof-bound-B")
			b.ReportMetric(float64(OpeningCost(p)), "cost-units")
		})
	}
	run("devnet", DevnetParams())
	run("mainnet", MainnetParams())
	for _, p := range candidates {
		run(fmt.Sprintf("candidate/n=%d/b=%d/t=%d", p.N, p.B, p.T), p)
	}
}

// BenchmarkRejectWrongSize is what a proof of another length costs. Any other wrong proof costs what a right one does.
func BenchmarkRejectWrongSize(b *testing.B) {
	p := MainnetParams()
	c, positions, proof := synthetic(p, 30000, 1)
	for b.Loop() {
		if verifyAt(p, &c, positions, proof[1:]) == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkCheckCommitment(b *testing.B) {
	p, data := MainnetParams(), Commitment{Rounds: 30000}.Marshal()
	for b.Loop() {
		c, err := UnmarshalCommitment(data)
		if err != nil || c.Validate(p) != nil {
			b.Fatal("refused")
		}
	}
	b.ReportMetric(CommitmentSize, "commitment-B")
}

func BenchmarkPositions(b *testing.B) {
	p, c := MainnetParams(), testChallenge(30000)
	for b.Loop() {
		Positions(p, c)
	}
}

func BenchmarkTile(b *testing.B) {
	for name, p := range map[string]Params{"devnet": DevnetParams(), "mainnet": MainnetParams()} {
		b.Run(name, func(b *testing.B) {
			var words [maxTileWords]int32
			scratch := new(tileScratch)
			b.ReportAllocs()
			for b.Loop() {
				scratch.compute(&words, p, &Seed{1}, 3, 5)
			}
		})
	}
}

func BenchmarkMultiply4x4(b *testing.B) {
	var rows, columns [4][tileChunk]byte
	for b.Loop() {
		multiply4x4(rows[:], columns[:], tileChunk)
	}
	b.ReportMetric(16*tileChunk*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
}

// BenchmarkExpand compares the generator with AES-CTR over one mainnet row.
func BenchmarkExpand(b *testing.B) {
	dst := make([]byte, 16384)
	b.Run("chacha8rand", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			ExpandRow(dst, Seed{}, 1)
		}
	})
	b.Run("chacha8rand-portable", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			referenceStream([32]byte{}, len(dst))
		}
	})
	b.Run("aes-ctr", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			block, err := aes.NewCipher(dst[:16])
			if err != nil {
				b.Fatal(err)
			}
			cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(dst, dst)
		}
	})
}

// BenchmarkLeafHash compares the keyed compression with SHA-256 over 64 bytes.
func BenchmarkLeafHash(b *testing.B) {
	b.Run("blake3-keyed", func(b *testing.B) {
		var tile [16]int32
		for b.Loop() {
			root := LeafHash(tile[:])
			tile[0] = int32(root[0])
		}
	})
	b.Run("sha256", func(b *testing.B) {
		var buf [64]byte
		for b.Loop() {
			root := sha256.Sum256(buf[:])
			buf[0] = root[0]
		}
	})
}

func BenchmarkListRoot(b *testing.B) {
	roots := make([]Node, MainnetParams().MaxRounds)
	for b.Loop() {
		if _, err := ListRoot(roots); err != nil {
			b.Fatal(err)
		}
	}
}
