package gpu

import "fmt"

// AssembleOpening encodes an opening (SPEC.md 7): the prover's half of VerifyOpening. roots are those of all R rounds
// in order; paths[i] holds the siblings of the tile of Positions(p, c)[i], bottom first, TileDepth of them. It checks
// shapes only: call VerifyOpening on the result before submitting it.
func AssembleOpening(p Params, c Challenge, roots []Node, paths [][]Node) ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := c.Commitment.Validate(p); err != nil {
		return nil, err
	}
	if uint64(len(roots)) != c.Commitment.Rounds {
		return nil, fmt.Errorf("%w: %d roots for a commitment to %d rounds", ErrAssemble, len(roots), c.Commitment.Rounds)
	}
	if len(paths) != int(p.T) {
		return nil, fmt.Errorf("%w: %d tile paths, must be %d", ErrAssemble, len(paths), p.T)
	}
	set := openedRounds(Positions(p, c))
	proof := make([]byte, 0, MaxProofSize(p))
	levels := listLevels(roots)
	set.carried(c.Commitment.Rounds, func(level int, index uint64) {
		proof = append(proof, levels[level][index][:]...)
	})
	for i, path := range paths {
		if len(path) != p.TileDepth() {
			return nil, fmt.Errorf("%w: path %d has %d nodes, must be %d", ErrAssemble, i, len(path), p.TileDepth())
		}
		for _, node := range path {
			proof = append(proof, node[:]...)
		}
	}
	return proof, nil
}
