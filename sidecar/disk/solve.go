package disk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/solver"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Solve opens chains of a scan as x-values. Every proof that it returns was verified as the chain will verify it;
// chains that could not be opened are faults. Chains of one plot share the work. The error wraps ErrOptions.
func (s *Store) Solve(ctx context.Context, r Request, list ...Chain) ([]Proof, []Fault, error) {
	if err := r.validate(); err != nil {
		return nil, nil, err
	}
	var proofs []Proof
	var faults []Fault
	byPlot := map[proof.PlotID][]Chain{}
	var order []proof.PlotID
	for _, chain := range list {
		if len(byPlot[chain.ID]) == 0 {
			order = append(order, chain.ID)
		}
		byPlot[chain.ID] = append(byPlot[chain.ID], chain)
	}
	for _, id := range order {
		some, err := s.solvePlot(ctx, &r, byPlot[id])
		if errors.Is(err, solver.ErrUnsolved) && len(byPlot[id]) > 1 {
			// One chain with a wrong fragment must not take the others along.
			for _, chain := range byPlot[id] {
				one, err := s.solvePlot(ctx, &r, []Chain{chain})
				proofs, faults = append(proofs, one...), appendFault(faults, err, chain)
			}
			continue
		}
		proofs, faults = append(proofs, some...), appendFault(faults, err, byPlot[id]...)
	}
	slices.SortFunc(proofs, func(a, b Proof) int { return compareChains(a.Chain, b.Chain) })
	return proofs, faults, nil
}

func appendFault(faults []Fault, err error, list ...Chain) []Fault {
	if err == nil {
		return faults
	}
	f := Fault{Err: err}
	for _, chain := range list {
		f.Plots = append(f.Plots, chain.Index)
	}
	return append(faults, f)
}

// solvePlot opens chains of one plot.
func (s *Store) solvePlot(ctx context.Context, r *Request, list []Chain) ([]Proof, error) {
	plot, err := proof.NewPlot(list[0].ID, r.Params)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	var all []uint64
	for _, chain := range list {
		all = append(all, chain.Fragments[:]...)
	}
	begin := time.Now()
	values, err := solver.Solve(ctx, &plot, all, s.Threads)
	if errors.Is(err, solver.ErrUnsolved) {
		return nil, fmt.Errorf("%w: plot %d: %w", ErrUnsolved, list[0].Index, err)
	} else if err != nil {
		return nil, err
	}
	s.noteSolve(r.Params, time.Since(begin))
	proofs := make([]Proof, 0, len(list))
	for i, chain := range list {
		var x [proof.Values]uint32
		for j, eight := range values[i*proof.Links : (i+1)*proof.Links] {
			copy(x[8*j:], eight[:])
		}
		packed, err := proof.Pack(r.Params, &x)
		if err != nil {
			return nil, err
		}
		quality, err := r.verify(chain.ID, packed)
		if err == nil && quality != chain.Quality {
			err = errors.New("its quality is another one")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: plot %d: the proof does not verify: %w", ErrUnsolved, chain.Index, err)
		}
		proofs = append(proofs, Proof{Chain: chain, Packed: packed})
	}
	return proofs, nil
}

// verify is the chain's own check.
func (r *Request) verify(id proof.PlotID, packed []byte) (proof.Quality, error) {
	if r.Selector != nil {
		return proof.VerifyShared(*r.Selector, id, r.Params, r.Challenge, packed)
	}
	return proof.Verify(id, r.Params, r.Challenge, packed)
}

// noteSolve remembers how long solving took.
func (s *Store) noteSolve(params proof.Params, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.solving == nil {
		s.solving = map[proof.Params]time.Duration{}
	}
	s.solving[params] = took
}

// SolveTime is how long the last solve with these parameters took, or an estimate from their work before there was one.
func (s *Store) SolveTime(params proof.Params) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if took, ok := s.solving[params]; ok {
		return took
	}
	return time.Duration(solver.Hashes(params)) * 25 * time.Nanosecond / time.Duration(s.Threads)
}

// Prove scans and solves within the context's deadline, if it has one: the scan ends early enough to solve what it
// found, so that a disk which hangs costs its own plots only. The best chains are solved first. The error wraps
// ErrOptions.
func (s *Store) Prove(ctx context.Context, r Request) (ProveResult, error) {
	scanning := ctx
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		var cancel context.CancelFunc
		scanning, cancel = context.WithDeadline(ctx, deadline.Add(-min(left/2, 2*s.SolveTime(r.Params))))
		defer cancel()
	}
	scan, err := s.Scan(scanning, r)
	if err != nil {
		return ProveResult{}, err
	}
	out := ProveResult{Scan: scan}
	begin := time.Now()
	// Best first, but all chains of a plot at once.
	list := slices.Clone(scan.Chains)
	rank := map[proof.PlotID]int{}
	for i, chain := range list {
		if _, ok := rank[chain.ID]; !ok {
			rank[chain.ID] = i
		}
	}
	slices.SortStableFunc(list, func(a, b Chain) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	out.Proofs, out.Unsolved, err = s.Solve(ctx, r, list...)
	out.Solving = time.Since(begin)
	return out, err
}

// SelfTestResult is how long an answer takes.
type SelfTestResult struct {
	// Scan is the scan of all plots of the request's parameters; Solving the time to open one chain.
	Scan    ScanResult
	Solving time.Duration
	// Proof is whether a chain was found, opened and verified.
	Proof bool
	// Total is scan and solving together: to be held against the window.
	Total time.Duration
}

// SelfTest answers made-up challenges until a chain is found, at most eight, and reports the last scan. Of the request,
// Challenge, Lambda and Limit are ignored.
func (s *Store) SelfTest(ctx context.Context, r Request) (SelfTestResult, error) {
	var out SelfTestResult
	r.Lambda, r.Limit = r.Plots, 1
	for range 8 {
		if _, err := rand.Read(r.Challenge[:]); err != nil {
			return out, err
		}
		scan, err := s.Scan(ctx, r)
		if err != nil {
			return out, err
		}
		out.Scan, out.Total = scan, scan.Elapsed
		if len(scan.Chains) == 0 {
			continue
		}
		begin := time.Now()
		proofs, faults, err := s.Solve(ctx, r, scan.Chains...)
		out.Solving = time.Since(begin)
		out.Total += out.Solving
		out.Proof = len(proofs) == 1
		if err == nil && len(faults) > 0 {
			err = faults[0].Err
		}
		return out, err
	}
	return out, nil
}
