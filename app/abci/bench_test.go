package abci_test

import (
	"encoding/binary"
	"testing"

	"github.com/joulechain/joule/app/abci"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func job(n int) worktypes.Job {
	j := worktypes.Job{Signature: func() error { return nil }, Proof: func() error { return nil }}
	binary.BigEndian.PutUint64(j.Key[:], uint64(n)*0x9e3779b97f4a7c15)
	return j
}

func BenchmarkVerdictCache(b *testing.B) {
	const size = 100_000
	b.Run("hit", func(b *testing.B) {
		cache := abci.NewVerdictCache(2*size, nil)
		jobs := make([]worktypes.Job, size)
		for i := range jobs {
			jobs[i] = job(i)
			_ = cache.Verify(jobs[i])
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			_ = cache.Verify(jobs[i%size])
		}
	})
	b.Run("miss with eviction", func(b *testing.B) {
		cache := abci.NewVerdictCache(size, nil)
		b.ReportAllocs()
		for i := range b.N {
			_ = cache.Verify(job(i))
		}
	})
	b.Run("parallel hit", func(b *testing.B) {
		cache := abci.NewVerdictCache(2*size, nil)
		for i := range size {
			_ = cache.Verify(job(i))
		}
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				_ = cache.Verify(job(i % size))
			}
		})
	})
}
