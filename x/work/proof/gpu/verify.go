package gpu

import "fmt"

// VerifyOpening checks the answer to a challenge: nil means that every opened tile is the product that its round's
// seed demands, that each opened round's seed follows from the root of the round before, and that all of them lie
// under the signed root at the challenged places. It reads no more than MaxProofSize bytes and spends OpeningCost at
// most; wrong sizes are refused before any work. The error wraps one sentinel of this package.
func VerifyOpening(p Params, c Challenge, proof []byte) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := c.Commitment.Validate(p); err != nil {
		return err
	}
	if limit := MaxProofSize(p); len(proof) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(proof), limit)
	}
	var buf [MaxT]Position
	return verifyAt(p, &c, drawAll(&buf, p, &c), proof)
}

// verifyAt checks a proof for given positions, which VerifyOpening draws.
func verifyAt(p Params, c *Challenge, positions []Position, proof []byte) error {
	set := openedRounds(positions)
	parts, err := split(p, c.Commitment.Rounds, positions, &set, proof)
	if err != nil {
		return err
	}
	// Ascending: the root of round−1 is known, carried or computed, before the seed that follows from it is needed.
	for place := range set.size {
		if !set.opened[place] {
			continue
		}
		round, seed := set.round[place], c.Seed0
		if round > 0 {
			seed = NextSeed(c.Seed0, round-1, parts.roots[place-1])
		}
		if parts.roots[place], err = parts.roundRoot(p, positions, round, &seed); err != nil {
			return err
		}
	}
	if got := set.root(c.Commitment.Rounds, &parts.roots, parts.siblings); got != c.Commitment.Root {
		return fmt.Errorf("%w: computed %x, signed %x", ErrListRoot, got[:8], c.Commitment.Root[:8])
	}
	return nil
}

// openingParts is a proof cut into its fields, and what the verifier makes of them.
type openingParts struct {
	roots    [2 * MaxT]Node // of the rounds, by place in the set
	siblings []byte         // of the list tree
	paths    []byte         // of the tile trees, one after the other
	scratch  tileScratch
}

// split cuts a proof by the only lengths that its challenge allows.
func split(p Params, rounds uint64, positions []Position, set *listSet, proof []byte) (*openingParts, error) {
	listBytes := set.carriedCount(rounds) * NodeSize
	want := listBytes + len(positions)*p.TileDepth()*NodeSize
	if len(proof) < want {
		return nil, fmt.Errorf("%w: %d bytes, this challenge demands %d", ErrTruncated, len(proof), want)
	}
	if len(proof) > want {
		return nil, fmt.Errorf("%w: %d bytes, this challenge demands %d", ErrTrailing, len(proof), want)
	}
	parts := &openingParts{siblings: proof[:listBytes], paths: proof[listBytes:]}
	for place := range set.size {
		if !set.opened[place] {
			parts.roots[place] = Node(parts.siblings[:NodeSize])
			parts.siblings = parts.siblings[NodeSize:]
		}
	}
	return parts, nil
}

// roundRoot recomputes the tiles that are opened in a round and climbs to the round's root, which all must share.
func (o *openingParts) roundRoot(p Params, positions []Position, round uint64, seed *Seed) (root Node, err error) {
	pathBytes, first := p.TileDepth()*NodeSize, -1
	for i, at := range positions {
		if at.Round != round {
			continue
		}
		var words [maxTileWords]int32
		o.scratch.compute(&words, p, seed, at.Row, at.Col)
		leaf := LeafHash(words[:p.B*p.B])
		got := tilePathRoot(leaf, LeafIndex(at.Row, at.Col), o.paths[i*pathBytes:(i+1)*pathBytes])
		if first >= 0 && got != root {
			return root, fmt.Errorf("%w: openings %d and %d give round %d two roots, %x and %x", ErrListRoot, first, i, round, root[:8], got[:8])
		}
		if first < 0 {
			first = i
		}
		root = got
	}
	return root, nil
}
