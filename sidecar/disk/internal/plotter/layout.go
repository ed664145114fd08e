// Package plotter computes the sorted fragments of a plot: table after table, each kept in buckets by match info, so
// that everything that is looked up at random fits a processor's cache. What does not fit the memory limit goes through
// a temporary file.
package plotter

import (
	"errors"
	"fmt"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// ErrMemory says that the limit is below what the plotter needs; the text names the minimum.
var ErrMemory = errors.New("memory limit too small")

const (
	mib = 1 << 20
	// targetBits is log2 of the fragments that one bucket of the result should hold: the 2,048 sets of a tile of a plot
	// file.
	targetBits = 17
	// bucketBits is log2 of the entries that one bucket of a table should hold: its index and entries then fit a
	// second-level cache.
	bucketBits = 14
	// maxBuckets bounds log2 of the buckets of a table: each thread keeps one open chunk for each.
	maxBuckets = 13
	// batch is the number of inputs hashed in one call.
	batch = 256
	// minChunk and maxChunk bound a chunk's bytes.
	minChunk, maxChunk = 1 << 10, 1 << 16
)

// words are the 32-bit words of a record of table 0…3: info and x; info and meta; info, meta and high halves; fragment.
var words = [4]int{2, 3, 4, 2}

// candidateWords are those of a left entry with its target in table 1…3.
var candidateWords = [4]int{0, 2, 3, 4}

// layout is how the work is cut.
type layout struct {
	params  proof.Params
	threads int
	// bits is log2 of the buckets of tables 0…2, which are the leading bits of the match info; resultBits those of
	// table 3.
	bits, resultBits uint
	chunkBytes       int
	// poolChunks is the number of table chunks that may be in memory; the rest is spilled.
	poolChunks int
	// keys is how many match keys are looked for at once, by table; piece how many entries of a left section.
	keys  [4]int
	piece [4]int
	// candidateChunks is the number of chunks for candidates.
	candidateChunks int
	bytes           uint64
}

// entries is the number of entries that a table is expected to have.
func (l *layout) entries() int { return 1 << l.params.K }

// sections is the number of sections.
func (l *layout) sections() int { return 1 << l.params.SectionBits() }

// plan lays a plot out within limit bytes, or within what it needs where limit is 0.
func plan(params proof.Params, threads int, limit uint64) (layout, error) {
	l := cut(params, threads)
	if limit == 0 {
		l.spread(fullPool(&l))
		return l, nil
	}
	for {
		full, least := fullPool(&l), leastPool(&l)
		l.spread(least)
		if l.bytes <= limit {
			spare := (limit - l.bytes) / uint64(l.chunkBytes)
			l.spread(min(full, least+int(spare)))
			return l, nil
		}
		// Smaller pieces, then smaller chunks, cost time but little of it.
		switch {
		case l.shrinkPieces():
		case l.chunkBytes > 4*minChunk:
			l.chunkBytes /= 2
		default:
			return l, fmt.Errorf("%w: %d MiB, k=%d at strength %d with %d threads needs at least %d MiB",
				ErrMemory, limit/mib, params.K, params.Strength, threads, (l.bytes+mib-1)/mib)
		}
	}
}

// cut chooses everything but the pool.
func cut(params proof.Params, threads int) layout {
	l := layout{params: params, threads: threads}
	k := uint(params.K)
	l.bits = min(maxBuckets, k-bucketBits)
	l.bits = max(l.bits, params.SectionBits()+params.KeyBits(2), params.SectionBits()+params.KeyBits(1))
	l.resultBits = min(12, k-targetBits)
	// A bucket is made of several chunks of each thread, so that little of them stays empty.
	l.chunkBytes = maxChunk
	for l.chunkBytes > minChunk && l.chunkBytes*threads*16 > l.entries()*16>>l.bits {
		l.chunkBytes /= 2
	}
	section := l.entries() >> params.SectionBits()
	for table := 1; table <= 3; table++ {
		all := 1 << params.KeyBits(table)
		perKey := 1 << (l.bits - params.SectionBits() - params.KeyBits(table))
		l.keys[table] = 1
		for l.keys[table] < all && l.keys[table]*perKey < 8*threads {
			l.keys[table] *= 2
		}
		l.piece[table] = min(section+section/8, (64*mib)/(4*candidateWords[table]*l.keys[table]))
	}
	return l
}

// shrinkPieces halves what candidates take, down to 4 MiB.
func (l *layout) shrinkPieces() bool {
	shrunk := false
	for table := 1; table <= 3; table++ {
		if l.piece[table]*l.keys[table]*4*candidateWords[table] > 4*mib {
			l.piece[table] /= 2
			shrunk = true
		}
	}
	return shrunk
}

// records is how many records of so many words a chunk holds.
func (l *layout) records(width int) int { return l.chunkBytes / 4 / width }

// open is how many chunks the threads keep open while they write a table.
func (l *layout) open() int { return l.threads << max(l.bits, l.resultBits) }

// fullPool is the number of chunks with which nothing is spilled: the largest sum of two neighbouring tables, the lower
// one's sections going as they are used, with a margin for tables that are larger than expected.
func fullPool(l *layout) int {
	n, sections := l.entries(), l.sections()
	most := 0
	for table := 1; table <= 3; table++ {
		below := (n*2/sections + l.records(words[table-1]) - 1) / l.records(words[table-1])
		all := (n + l.records(words[table-1]) - 1) / l.records(words[table-1])
		above := (n + l.records(words[table]) - 1) / l.records(words[table])
		most = max(most, below+above, all+above/2)
	}
	return most + most/16 + 2*l.open()
}

// leastPool is the number of chunks without which nothing works: the open ones of a table and what they leave half full
// of the one below.
func leastPool(l *layout) int { return 2*l.open() + l.threads }

// spread sets the pool and computes the memory of everything.
func (l *layout) spread(pool int) {
	l.poolChunks = pool
	l.candidateChunks = 0
	worker := 0
	for table := 1; table <= 3; table++ {
		buckets := l.keys[table] << (l.bits - l.params.SectionBits() - l.params.KeyBits(table))
		records := l.records(candidateWords[table])
		chunks := (l.piece[table]*l.keys[table]+records-1)/records + 2*l.threads*buckets
		l.candidateChunks = max(l.candidateChunks, chunks)
	}
	bucket := l.entries()>>l.bits + 1<<12
	worker = bucket*12 + 4<<(uint(l.params.K)-l.bits) + l.chunkBytes + 16*mib/64 // entries, index, one spilled chunk, batches
	result := l.entries()>>l.resultBits + 1<<12
	worker = max(worker, result*16+4<<targetBits+l.chunkBytes)
	l.bytes = uint64(l.poolChunks+l.candidateChunks)*uint64(l.chunkBytes) + uint64(l.threads*worker) + 4*mib
}

// MinMemoryMiB is the least limit that Run takes with so many threads.
func MinMemoryMiB(params proof.Params, threads int) int {
	l := cut(params, threads)
	for l.shrinkPieces() {
	}
	l.chunkBytes = min(l.chunkBytes, 4*minChunk)
	l.spread(leastPool(&l))
	return int((l.bytes + mib - 1) / mib)
}

// FullMemoryMiB is the limit from which on nothing is spilled.
func FullMemoryMiB(params proof.Params, threads int) int {
	l := cut(params, threads)
	l.spread(fullPool(&l))
	return int((l.bytes + mib - 1) / mib)
}

// SpillBytes bounds the temporary file of a plot that has so much memory.
func SpillBytes(params proof.Params, threads, memoryMiB int) uint64 {
	l, err := plan(params, threads, uint64(memoryMiB)*mib)
	if err != nil {
		return 0
	}
	return uint64(max(0, fullPool(&l)-l.poolChunks)) * uint64(l.chunkBytes)
}
