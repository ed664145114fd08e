package gpu

import (
	"context"
	"fmt"
	"testing"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func BenchmarkCPURound(b *testing.B) {
	for _, n := range []uint32{512, 2048} {
		for _, workers := range []int{1, 0} {
			cpu := NewCPU(workers)
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, cpu.workers), func(b *testing.B) {
				p := params(n, 4)
				for i := 0; b.Loop(); i++ {
					if _, err := cpu.Round(context.Background(), p, proofgpu.Seed{byte(i)}); err != nil {
						b.Fatal(err)
					}
				}
				seconds := b.Elapsed().Seconds()
				rounds := float64(b.N) / seconds
				b.ReportMetric(rounds, "rounds/s")
				b.ReportMetric(rounds*float64(n)*float64(n)*float64(n)/1e9, "GMAC/s")
			})
		}
	}
}

func BenchmarkBlock(b *testing.B) {
	p := params(2048, 4)
	w := newBlockWorker(p, blockSide(p.N))
	rows, sums := make([]uint64, w.side/2*w.n), make([]uint32, w.side)
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			w.loadColumns(proofgpu.Seed{}, 0)
		}
	})
	b.Run("multiply", func(b *testing.B) {
		for b.Loop() {
			w.multiplyBlock(rows, sums, 0)
		}
		b.ReportMetric(float64(w.side*w.side*w.n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			reduce(w.hashTiles())
		}
	})
}

// BenchmarkCheckRoundHost is the host's part of CheckRound at mainnet's size: what a
// self-test costs besides the card's own two rounds.
func BenchmarkCheckRoundHost(b *testing.B) {
	p := params(16384, 4)
	band := Band{Cols: p.N, Entries: make([]int32, BandRows*int(p.N))}
	for i := range band.Entries {
		band.Entries[i] = int32(uint32(i) * 2654435761)
	}
	for b.Loop() {
		c, err := newRoundCheck(p)
		if err != nil {
			b.Fatal(err)
		}
		for band.Row = 0; band.Row < p.N; band.Row += BandRows {
			if err := c.add(band); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := c.expected(context.Background(), proofgpu.Seed{}); err != nil {
			b.Fatal(err)
		}
	}
}
