package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	mrand "math/rand/v2"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// CheckOptions are the arguments of Check.
type CheckOptions struct {
	// Params tell plots of one number apart; zero takes any.
	Params proof.Params
	// Challenges is how many made-up challenges are answered from the plot and their proofs verified; 0 means until one
	// chain was found, at most sixteen.
	Challenges int
	// BytesPerSecond bounds the reading; 0 means no bound.
	BytesPerSecond uint64
	// Progress, if set, is told how many bytes of how many were read.
	Progress func(done, total uint64)
}

// CheckReport is what Check found. A plot is whole where Damaged is empty, Fragments is Expected and Unsolved is 0.
type CheckReport struct {
	Plot Plot
	// Tiles were read; Damaged are lines about those that are not whole.
	Tiles   uint32
	Damaged []string
	// HeaderCopy says that the header was damaged and its copy served.
	HeaderCopy bool
	// Fragments is the number found in this plot, Expected the header's.
	Fragments, Expected uint64
	// Chains were found for Challenges; Proofs of them verified, Unsolved did not.
	Challenges, Chains, Proofs, Unsolved int
	Elapsed                              time.Duration
}

// Whole says whether nothing was found wrong.
func (r *CheckReport) Whole() bool {
	return len(r.Damaged) == 0 && !r.HeaderCopy && r.Fragments == r.Expected && r.Unsolved == 0
}

// Check reads the file of a plot from its first byte to its last, then proves from it. The error wraps ErrNoPlot, the
// context's cause or what the disk said; damage is in the report.
func (s *Store) Check(ctx context.Context, index uint64, o CheckOptions) (CheckReport, error) {
	begin := time.Now()
	f, place := s.file(index, func(f *plotFile) bool { return o.Params == proof.Params{} || f.header.Params == o.Params })
	if f == nil {
		return CheckReport{}, fmt.Errorf("%w: number %d", ErrNoPlot, index)
	}
	r := CheckReport{Plot: f.plots()[place]}
	err := s.checkFile(ctx, f, place, o, &r)
	if err == nil {
		err = s.checkProofs(ctx, f, place, o, &r)
	}
	if len(r.Damaged) > 0 {
		s.mark(f, Damaged, r.Damaged[0])
	}
	r.Elapsed = time.Since(begin)
	return r, err
}

// checkFile reads the headers and every tile.
func (s *Store) checkFile(ctx context.Context, f *plotFile, place int, o CheckOptions, r *CheckReport) error {
	file, err := s.fsys.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return err
	}
	h, fromCopy, err := plotfile.ReadHeader(file, size)
	if err != nil {
		return wrapFormat(err)
	}
	if r.HeaderCopy = fromCopy; !fromCopy {
		if err := plotfile.CheckCopy(&h, file); err != nil {
			r.Damaged = append(r.Damaged, err.Error())
		}
	}
	r.Expected = h.Fragments[place]
	reader := plotfile.NewReader(h, file)
	pace := newPace(o.BytesPerSecond)
	var buffer []byte
	lists := make([][]uint64, 1)
	for tile := range h.Tiles() {
		if buffer, err = reader.ReadTile(tile, buffer); err != nil && !errors.Is(err, plotfile.ErrDamaged) {
			return err
		}
		if err == nil {
			err = h.CheckTile(tile, buffer, func(run plotfile.Run) {
				problem := run.Err
				for set := run.Number << h.RunBits; set < (run.Number+1)<<h.RunBits && problem == nil; set++ {
					problem = h.Set(lists, run.Number, run.Data, set, place, place+1)
					r.Fragments += uint64(len(lists[0]))
				}
				if problem != nil {
					r.Damaged = append(r.Damaged, problem.Error())
				}
			})
		}
		if err != nil {
			r.Damaged = append(r.Damaged, err.Error())
		}
		r.Tiles++
		if o.Progress != nil {
			o.Progress(uint64(r.Tiles)*uint64(h.SlotBytes), uint64(h.Tiles())*uint64(h.SlotBytes))
		}
		if err := pace.wait(ctx, uint64(h.SlotBytes)); err != nil {
			return err
		}
	}
	return nil
}

// checkProofs answers made-up challenges: only fragments of this very plot lead to x-values.
func (s *Store) checkProofs(ctx context.Context, f *plotFile, place int, o CheckOptions, r *CheckReport) error {
	request := Request{Params: f.header.Params, Plots: 1 << 32, Lambda: 1 << 32, Limit: 4}
	one := &scan{Store: s, request: request}
	for n := 0; n < o.Challenges || o.Challenges == 0 && n < 16 && r.Chains == 0; n++ {
		if _, err := rand.Read(one.request.Challenge[:]); err != nil {
			return err
		}
		j := &job{file: f, from: place, to: place + 1}
		j.sets = one.challenge(f, place).SetIndex
		out, _ := readJob(s.fsys, j, nil)
		r.Challenges++
		if out.err != nil {
			if errors.Is(out.err, ErrDamaged) {
				continue // counted already
			}
			return out.err
		}
		one.result = ScanResult{}
		in, found := make(chan readOut, 1), make(chan searched, 1)
		in <- out
		close(in)
		one.search(in, found)
		one.add(<-found)
		r.Chains += len(one.result.Chains)
		proofs, _, err := s.Solve(ctx, one.request, one.result.Chains...)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		r.Proofs += len(proofs)
		r.Unsolved += len(one.result.Chains) - len(proofs)
	}
	return nil
}

// ScrubOptions are the arguments of Scrub.
type ScrubOptions struct {
	// BytesPerSecond bounds the reading; 0 means 1 MiB: a tenth of a per cent of a hard disk's time.
	BytesPerSecond uint64
	// Found, if set, is called for damage and for plots that have gone.
	Found func(Plot)
	// Step, if set, is called after every tile with the bytes that were read.
	Step func(bytes uint64)
	// Tiles ends the scrub after so many; 0 means that only the context does.
	Tiles int
}

// Scrub reads tiles of all plots at random, slowly, and checks them. It ends with the context, and returns nil then.
// What it finds is in Plots too.
func (s *Store) Scrub(ctx context.Context, o ScrubOptions) error {
	if o.BytesPerSecond == 0 {
		o.BytesPerSecond = 1 << 20
	}
	pace := newPace(o.BytesPerSecond)
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	random := mrand.New(mrand.NewChaCha8(seed))
	for n := 0; o.Tiles == 0 || n < o.Tiles; n++ {
		f := s.pick(random)
		if f == nil {
			if err := pace.wait(ctx, o.BytesPerSecond); err != nil {
				return nil
			}
			continue
		}
		err := s.scrubTile(f, random.Uint32N(f.header.Tiles()))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			status := Missing
			if errors.Is(err, ErrDamaged) || errors.Is(err, ErrFormat) {
				status = Damaged
			} else if !errors.Is(err, fs.ErrNotExist) {
				status = Damaged
				err = fmt.Errorf("unreadable: %w", err)
			}
			known := f.status == status
			s.mark(f, status, err.Error())
			if o.Found != nil && !known {
				p := f.plots()[0]
				p.Status, p.Problem = status, err.Error()
				o.Found(p)
			}
		}
		if o.Step != nil {
			o.Step(uint64(f.header.SlotBytes))
		}
		if pace.wait(ctx, uint64(f.header.SlotBytes)) != nil {
			return nil
		}
	}
	return nil
}

// pick chooses a file that serves, each with a chance that follows its size.
func (s *Store) pick(random *mrand.Rand) *plotFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total uint64
	for _, f := range s.files {
		if f.status == Ready || f.status == Damaged {
			total += f.bytes
		}
	}
	if total == 0 {
		return nil
	}
	at := random.Uint64N(total)
	for _, f := range s.files {
		if f.status == Ready || f.status == Damaged {
			if at < f.bytes {
				return f
			}
			at -= f.bytes
		}
	}
	return nil
}

// scrubTile reads one tile and checks everything in it, and the header.
func (s *Store) scrubTile(f *plotFile, tile uint32) error {
	file, err := s.fsys.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return err
	}
	h, _, err := plotfile.ReadHeader(file, size)
	if err != nil {
		return wrapFormat(err)
	}
	reader := plotfile.NewReader(h, file)
	slot, err := reader.ReadTile(tile%h.Tiles(), nil)
	if err != nil {
		return wrapFormat(err)
	}
	var first error
	err = h.CheckTile(tile%h.Tiles(), slot, func(run plotfile.Run) {
		if first == nil {
			first = run.Err
		}
	})
	return wrapFormat(errors.Join(first, err))
}

// pace spreads reading over time.
type pace struct {
	perSecond uint64
	begin     time.Time
	read      uint64
}

func newPace(perSecond uint64) *pace { return &pace{perSecond: perSecond, begin: time.Now()} }

// wait notes bytes that were read and waits until so many may have been. It returns the context's cause where that ends
// first.
func (p *pace) wait(ctx context.Context, bytes uint64) error {
	if p.perSecond == 0 {
		return context.Cause(ctx)
	}
	p.read += bytes
	due := p.begin.Add(time.Duration(float64(p.read) / float64(p.perSecond) * float64(time.Second)))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
