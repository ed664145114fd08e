package gpu

import (
	"context"
	"errors"
	"fmt"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Prover runs the rounds of a window on one backend.
type Prover struct {
	backend Backend
}

// NewProver returns a prover on this backend. It does not close the backend.
func NewProver(backend Backend) *Prover { return &Prover{backend: backend} }

// Run computes rounds from seed0 until the context ends or maxRounds is reached
// (0 means Params.MaxRounds), and calls onRound after each. A window's deadline
// is its normal end, so a context deadline gives no error; cancellation, a
// failing backend and an error from onRound do. The transcript holds every
// finished round in all cases.
func (w *Prover) Run(ctx context.Context, p proofgpu.Params, seed0 proofgpu.Seed, maxRounds uint64, onRound func(Round) error) (*Transcript, error) {
	transcript := NewTranscript(p, seed0)
	return transcript, w.Resume(ctx, transcript, maxRounds, onRound)
}

// Resume is Run on a transcript that may already hold rounds, for example one
// read back from the spool after a crash. maxRounds counts from round 0.
func (w *Prover) Resume(ctx context.Context, t *Transcript, maxRounds uint64, onRound func(Round) error) error {
	if err := t.Params.Validate(); err != nil {
		return err
	}
	if maxRounds == 0 || maxRounds > t.Params.MaxRounds {
		maxRounds = t.Params.MaxRounds
	}
	for uint64(len(t.Rounds)) < maxRounds {
		root, err := w.backend.Round(ctx, t.Params, t.NextSeed())
		if err != nil {
			return ended(ctx, fmt.Errorf("round %d on %s: %w", len(t.Rounds), w.backend.Name(), err))
		}
		round := t.Append(root)
		if onRound == nil {
			continue
		}
		if err := onRound(round); err != nil {
			return fmt.Errorf("after round %d: %w", round.Index, err)
		}
	}
	return nil
}

// ended turns the error of an interrupted round into nil where the window's
// deadline is what interrupted it.
func ended(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}
