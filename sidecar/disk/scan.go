package disk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/chains"
	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// job is the part of a file that a scan reads: all its plots where the sets are shared, one plot otherwise.
type job struct {
	file     *plotFile
	from, to int // plots
	sets     [proof.Sets]uint32
	rotating bool
}

// readOut is what a job's reads gave.
type readOut struct {
	job *job
	// fragments[set][plot-from] are the fragments; nil where err is set.
	fragments    [proof.Sets][][]uint64
	err          error
	reads, bytes uint64
}

// Scan finds the chains that win a challenge in all plots that the claim covers. It is complete unless the result has
// faults: a disk that vanishes, a read that fails, a checksum that is wrong or the context's end keep what they concern
// out of the result and nothing else. The error wraps ErrOptions; a scan that reads nothing is no error.
func (s *Store) Scan(ctx context.Context, r Request) (ScanResult, error) {
	begin := time.Now()
	if err := r.validate(); err != nil {
		return ScanResult{}, err
	}
	s.mu.Lock()
	files, folders := slices.Clone(s.files), slices.Clone(s.folders)
	s.mu.Unlock()
	scan := &scan{Store: s, request: r}
	queues := scan.jobs(files, folders)
	scan.run(ctx, queues)
	scan.result.Elapsed = time.Since(begin)
	return scan.result, nil
}

func (r *Request) validate() error {
	if err := r.Params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	if r.Plots < 1 || r.Lambda < 1 || r.Limit < 1 {
		return fmt.Errorf("%w: %d plots, λ=%d and a limit of %d, must be at least 1", ErrOptions, r.Plots, r.Lambda, r.Limit)
	}
	return nil
}

// scan is one call of Scan.
type scan struct {
	*Store
	request Request
	result  ScanResult
	seen    map[proof.Quality]bool
}

// jobs lists what has to be read, by disk, in the order of places.
func (s *scan) jobs(files []*plotFile, folders []folderState) map[string][]*job {
	queues := map[string][]*job{}
	for _, folder := range folders {
		if folder.err != nil {
			s.result.Faults = append(s.result.Faults, Fault{Folder: folder.path, Err: fmt.Errorf("%w: %w", ErrFolder, folder.err)})
		}
	}
	for _, f := range files {
		covered := s.covered(f)
		switch {
		case len(covered) == 0:
			continue
		case f.status == Missing:
			s.fault(f, covered, errors.New(f.problem))
			continue
		}
		at := slices.IndexFunc(folders, func(x folderState) bool { return x.path == f.folder })
		disk := folders[at].disk
		if s.request.Selector != nil {
			queues[disk] = append(queues[disk], &job{file: f, from: covered[0], to: covered[len(covered)-1] + 1, rotating: folders[at].rotating})
			continue
		}
		for _, place := range covered {
			queues[disk] = append(queues[disk], &job{file: f, from: place, to: place + 1, rotating: folders[at].rotating})
		}
	}
	for _, queue := range queues {
		for _, j := range queue {
			j.sets = s.challenge(j.file, j.from).SetIndex
		}
		slices.SortStableFunc(queue, func(a, b *job) int {
			return cmp.Or(cmp.Compare(a.file.path, b.file.path), cmp.Compare(a.sets[0], b.sets[0]))
		})
	}
	return queues
}

// covered are the places of a file's plots that take part.
func (s *scan) covered(f *plotFile) (places []int) {
	if f.status != Ready && f.status != Damaged && f.status != Missing {
		return nil
	}
	for i := range f.header.Plots {
		switch {
		case f.shadowed[i]:
		case f.header.Params != s.request.Params || f.header.First+uint64(i) >= s.request.Plots:
			s.result.Skipped++
		default:
			places = append(places, i)
		}
	}
	return places
}

// challenge is the challenge as a plot of a file sees it. Parameters of files are valid.
func (s *scan) challenge(f *plotFile, place int) proof.Challenge {
	plot, _ := proof.NewPlot(f.header.IDs[place], f.header.Params)
	if s.request.Selector != nil {
		return plot.SharedChallenge(s.request.Selector, &s.request.Challenge)
	}
	return plot.Challenge(&s.request.Challenge)
}

// run reads with some goroutines per disk and searches with some per core. It does not wait for a read that a dead disk
// holds up: what is late when the context ends is a fault.
func (s *scan) run(ctx context.Context, queues map[string][]*job) {
	read := make(chan readOut, 64)
	pending := map[*job]bool{}
	for _, queue := range queues {
		readers := s.Readers
		if readers == 0 {
			readers = 16
			if queue[0].rotating {
				readers = 2
			}
		}
		next := make(chan *job, len(queue))
		for _, j := range queue {
			pending[j] = true
			next <- j
		}
		close(next)
		for range min(readers, len(queue)) {
			go s.read(ctx, next, read)
		}
	}
	search := make(chan readOut)
	found := make(chan searched, 64)
	var searchers sync.WaitGroup
	for range s.Threads {
		searchers.Go(func() { s.search(search, found) })
	}
	busy := 0
	var waiting []readOut
	take := func(out readOut) {
		s.result.Reads += out.reads
		s.result.Bytes += out.bytes
		delete(pending, out.job)
		if out.err != nil {
			s.fault(out.job.file, out.job.places(), out.err)
		}
		waiting = append(waiting, out)
	}
	for len(pending) > 0 || len(waiting) > 0 || busy > 0 {
		var feed chan readOut
		var first readOut
		if len(waiting) > 0 {
			feed, first = search, waiting[0]
		}
		select {
		case out := <-read:
			take(out)
		case feed <- first:
			waiting = waiting[1:]
			busy++
		case f := <-found:
			s.add(f)
			if f.done {
				busy--
			}
		case <-done(ctx, len(pending) > 0):
			for j := range pending {
				s.fault(j.file, j.places(), fmt.Errorf("not read in time: %w", context.Cause(ctx)))
			}
			clear(pending)
		}
	}
	close(search)
	searchers.Wait()
}

// done is the context's channel while somebody waits for it.
func done(ctx context.Context, wanted bool) <-chan struct{} {
	if wanted {
		return ctx.Done()
	}
	return nil
}

// places are the places of a job's plots.
func (j *job) places() (out []int) {
	for i := j.from; i < j.to; i++ {
		if !j.file.shadowed[i] {
			out = append(out, i)
		}
	}
	return out
}

// read serves jobs until there are no more or the context ends. Its results fit the channel or are taken; after the
// context's end nobody waits.
func (s *scan) read(ctx context.Context, jobs <-chan *job, out chan<- readOut) {
	var buffer []byte
	for j := range jobs {
		if ctx.Err() != nil {
			return
		}
		var r readOut
		r, buffer = readJob(s.fsys, j, buffer)
		select {
		case out <- r:
		case <-ctx.Done():
			return
		}
	}
}

// readJob reads the four sets of a job.
func readJob(fsys vfs.FS, j *job, buffer []byte) (readOut, []byte) {
	out := readOut{job: j}
	file, err := fsys.Open(j.file.path)
	if err != nil {
		out.err = err
		return out, buffer
	}
	defer file.Close()
	reader := plotfile.NewReader(j.file.header, file)
	for i, set := range j.sets {
		var p plotfile.Piece
		p, buffer, err = reader.ReadRun(set, j.rotating, buffer)
		out.reads += uint64(p.Reads)
		out.bytes += uint64(p.Bytes)
		if err == nil {
			lists := make([][]uint64, j.to-j.from)
			err = reader.Set(lists, p.Run, p.Data, set, j.from, j.to)
			out.fragments[i] = lists
		}
		if err != nil {
			// All links of a chain need all sets, so the others are not read.
			out.err = wrapFormat(err)
			return out, buffer
		}
	}
	return out, buffer
}

// searched are the chains of one plot; done comes once for every job.
type searched struct {
	chains []Chain
	plots  int
	done   bool
}

// search looks for chains in what was read.
func (s *scan) search(in <-chan readOut, out chan<- searched) {
	var finder chains.Finder
	for r := range in {
		var got searched
		if r.err == nil {
			for _, place := range r.job.places() {
				got.chains = append(got.chains, s.chains(&finder, r, place)...)
				got.plots++
			}
		}
		got.done = true
		out <- got
	}
}

// chains finds those of one plot.
func (s *scan) chains(finder *chains.Finder, r readOut, place int) (out []Chain) {
	f := r.job.file
	plot, _ := proof.NewPlot(f.header.IDs[place], f.header.Params)
	c := s.challenge(f, place)
	var sets [proof.Sets][]uint64
	for i := range sets {
		sets[i] = r.fragments[i][place-r.job.from]
	}
	finder.Find(&plot, &c, &sets, func(fragments *[proof.Links]uint64) {
		out = append(out, Chain{
			Index: f.header.First + uint64(place), ID: f.header.IDs[place],
			Quality: plot.Quality(s.request.Challenge, *fragments), Fragments: *fragments,
		})
	})
	return out
}

// add counts chains and keeps the best ones. A fragment that a plot has twice gives a chain twice, which counts once.
func (s *scan) add(f searched) {
	if s.seen == nil {
		s.seen = map[proof.Quality]bool{}
	}
	s.result.Scanned += f.plots
	for _, chain := range f.chains {
		if s.seen[chain.Quality] {
			continue
		}
		s.seen[chain.Quality] = true
		s.result.Found++
		if !chain.Quality.Within(s.request.Plots, s.request.Lambda) {
			continue
		}
		s.result.Winning++
		at, _ := slices.BinarySearchFunc(s.result.Chains, chain, compareChains)
		s.result.Chains = slices.Insert(s.result.Chains, at, chain)
		s.result.Chains = s.result.Chains[:min(len(s.result.Chains), s.request.Limit)]
	}
}

func compareChains(a, b Chain) int { return slices.Compare(a.Quality[:], b.Quality[:]) }

// fault notes what was not read, and what that says of the file.
func (s *scan) fault(f *plotFile, places []int, err error) {
	fault := Fault{Folder: f.folder, File: f.path, Err: err}
	for _, place := range places {
		fault.Plots = append(fault.Plots, f.header.First+uint64(place))
	}
	s.result.Faults = append(s.result.Faults, fault)
	switch {
	case errors.Is(err, ErrDamaged):
		s.mark(f, Damaged, err.Error())
	case errors.Is(err, fs.ErrNotExist):
		s.mark(f, Missing, err.Error())
	}
}
