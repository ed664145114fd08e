package plotter

import (
	"context"
	"math/bits"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
)

// Count is the number of fragments.
func (r *Result) Count() uint64 { return r.count }

// Buckets is the number of parts in which Each delivers the fragments, a power of two.
func (r *Result) Buckets() int { return 1 << r.run.resultBits }

// Each calls do on several threads with the fragments of every bucket, sorted; fragments of bucket b lie in [b, b+1) ·
// 2^2k / Buckets. The slice is reused after do returns. It may be called again.
func (r *Result) Each(ctx context.Context, do func(bucket int, fragments []uint64) error) error {
	r.run.meter.Stage.Store(4)
	return parallel.Run(ctx, r.run.threads, r.Buckets(), func(thread, bucket int) error {
		fragments, err := r.run.workers[thread].sort(r.table, bucket)
		if err != nil {
			return err
		}
		r.run.meter.Done.Add(uint64(len(fragments)) * weightResult)
		return do(bucket, fragments)
	})
}

// Close frees the memory and removes the temporary file.
func (r *Result) Close() error {
	err := r.run.tables.close()
	r.run, r.table = &run{layout: r.run.layout, meter: r.run.meter}, nil
	return err
}

// sort returns a bucket's fragments in order. Fragments are spread evenly, so placing them by the bits below the
// bucket's leaves them nearly sorted.
func (w *worker) sort(t *table, bucket int) ([]uint64, error) {
	n := t.count(bucket)
	if cap(w.sorted) < n {
		w.sorted, w.spare = make([]uint64, n+n/16), make([]uint64, n+n/16)
	}
	out, in := w.sorted[:n], w.spare[:0]
	err := t.each(bucket, w.buffer, func(data []uint32) {
		for i := 0; i < len(data); i += 2 {
			in = append(in, uint64(data[i])|uint64(data[i+1])<<32)
		}
	})
	if err != nil {
		return nil, err
	}
	digit := min(uint(targetBits), uint(bits.Len(uint(n))))
	shift := 2*uint(w.run.params.K) - w.run.resultBits - digit
	counts := make([]uint32, 1<<digit+1)
	mask := uint64(1)<<digit - 1
	for _, f := range in {
		counts[f>>shift&mask+1]++
	}
	for i := range counts[1:] {
		counts[i+1] += counts[i]
	}
	for _, f := range in {
		d := f >> shift & mask
		out[counts[d]] = f
		counts[d]++
	}
	for i := 1; i < n; i++ {
		f := out[i]
		j := i
		for ; j > 0 && out[j-1] > f; j-- {
			out[j] = out[j-1]
		}
		out[j] = f
	}
	return out, nil
}
