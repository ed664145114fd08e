package gpu

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"testing"
)

func BenchmarkVerifyTile(b *testing.B) {
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

func BenchmarkExpand(b *testing.B) {
	dst := make([]byte, 16384)
	b.Run("chacha8rand", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			ExpandRow(dst, Seed{}, 1)
		}
	})
	b.Run("aes-ctr", func(b *testing.B) {
		block, _ := aes.NewCipher(make([]byte, 16))
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(dst, dst)
		}
	})
}

func BenchmarkLeafHash(b *testing.B) {
	var tile [16]int32
	b.Run("blake3-keyed", func(b *testing.B) {
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
