package gpu

import (
	"context"
	"errors"
	"fmt"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

var (
	// ErrChallenge says that a challenge belongs to another window, device or
	// commitment than the transcript.
	ErrChallenge = errors.New("gpu: challenge does not belong to this transcript")
	// ErrRecompute says that a round computed again has another root than in the
	// window: faulty hardware or a backend that is not bit-exact.
	ErrRecompute = errors.New("gpu: recomputed round differs from the recorded root")
)

// Open answers a challenge. It computes each challenged round once more, at most
// t rounds, instead of keeping trees in memory (4 MiB and more a round at
// mainnet size), and returns only what the chain's own verifier accepts. The
// transcript may hold more rounds than the commitment: a commitment covers the
// first R.
func Open(ctx context.Context, backend Backend, t *Transcript, c proofgpu.Challenge) ([]byte, error) {
	rounds := c.Commitment.Rounds
	if c.Seed0 != t.Seed0 {
		return nil, fmt.Errorf("%w: seed_0 is %x, the transcript has %x", ErrChallenge, c.Seed0[:8], t.Seed0[:8])
	}
	if rounds > uint64(len(t.Rounds)) {
		return nil, fmt.Errorf("%w: commitment to %d rounds, the transcript has %d", ErrChallenge, rounds, len(t.Rounds))
	}
	committed, err := t.commitment(rounds)
	if err != nil {
		return nil, err
	}
	if committed != c.Commitment {
		return nil, fmt.Errorf("%w: list root is %x, the transcript has %x", ErrChallenge, c.Commitment.Root[:8], committed.Root[:8])
	}
	paths, err := tilePaths(ctx, backend, t, proofgpu.Positions(t.Params, c))
	if err != nil {
		return nil, err
	}
	proof, err := proofgpu.AssembleOpening(t.Params, c, t.roots(rounds), paths)
	if err != nil {
		return nil, err
	}
	if err := proofgpu.VerifyOpening(t.Params, c, proof); err != nil {
		return nil, fmt.Errorf("own opening fails verification: %w", err)
	}
	return proof, nil
}

// tilePaths asks the backend for each challenged round once.
func tilePaths(ctx context.Context, backend Backend, t *Transcript, positions []proofgpu.Position) ([][]proofgpu.Node, error) {
	paths := make([][]proofgpu.Node, len(positions))
	for i, position := range positions {
		if paths[i] != nil {
			continue
		}
		var tiles []Tile
		var openings []int
		for j, other := range positions[i:] {
			if other.Round == position.Round {
				tiles = append(tiles, Tile{Row: other.Row, Col: other.Col})
				openings = append(openings, i+j)
			}
		}
		round := t.Rounds[position.Round]
		root, found, err := backend.Paths(ctx, t.Params, round.Seed, tiles)
		if err != nil {
			return nil, fmt.Errorf("opening round %d on %s: %w", round.Index, backend.Name(), err)
		}
		if root != round.Root {
			return nil, fmt.Errorf("%w: round %d gives %x, recorded %x", ErrRecompute, round.Index, root[:8], round.Root[:8])
		}
		for j, path := range found {
			paths[openings[j]] = path
		}
	}
	return paths, nil
}
