package gpu

import "fmt"

// VerifyOpening checks the answer to a challenge: nil means that every opened
// tile is the product that its round's seed demands, that each round's seed
// follows from the round before, and that all of them lie under the signed root
// at the challenged places. It reads no more than MaxProofSize bytes, spends
// OpeningCost at most, and rejects cheap faults first: sizes, then the list
// tree, then links, then tiles. The error wraps one sentinel of this package
// and, where one opening is at fault, names its index and position.
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
	parts, err := split(p, c.Commitment.Rounds, positions, proof)
	if err != nil {
		return err
	}
	if err := parts.checkList(c.Commitment); err != nil {
		return err
	}
	for i, position := range positions {
		if err := parts.checkLink(c.Seed0, position.Round); err != nil {
			return openingError(i, position, err)
		}
	}
	for i, position := range positions {
		if err := parts.checkTile(p, i, position); err != nil {
			return openingError(i, position, err)
		}
	}
	return nil
}

func openingError(i int, at Position, err error) error {
	return fmt.Errorf("opening %d (round %d, tile row %d, column %d): %w", i, at.Round, at.Row, at.Col, err)
}

// openingParts is a proof cut into its fields, none of them checked.
type openingParts struct {
	set      listSet
	leaves   [2 * MaxT]Leaf // by place in set
	siblings []byte         // of the list tree
	paths    []byte         // of the tile trees, one after the other
	scratch  tileScratch
}

// split cuts a proof by the only lengths that its challenge allows.
func split(p Params, rounds uint64, positions []Position, proof []byte) (*openingParts, error) {
	parts := &openingParts{set: openedLeaves(positions)}
	leafBytes := parts.set.size * leafSize
	siblingBytes := parts.set.siblingCount(rounds) * HashSize
	want := leafBytes + siblingBytes + len(positions)*p.TileDepth()*HashSize
	if len(proof) < want {
		return nil, fmt.Errorf("%w: %d bytes, this challenge demands %d", ErrTruncated, len(proof), want)
	}
	if len(proof) > want {
		return nil, fmt.Errorf("%w: %d bytes, this challenge demands %d", ErrTrailing, len(proof), want)
	}
	for i := range parts.set.size {
		leaf := proof[i*leafSize:]
		parts.leaves[i] = Leaf{Seed: Seed(leaf[:HashSize]), Root: Root(leaf[HashSize:leafSize])}
	}
	parts.siblings = proof[leafBytes : leafBytes+siblingBytes]
	parts.paths = proof[leafBytes+siblingBytes:]
	return parts, nil
}

func (o *openingParts) leaf(round uint64) *Leaf { return &o.leaves[o.set.find(round)] }

func (o *openingParts) checkList(c Commitment) error {
	var nodes [2 * MaxT]Root
	for i := range o.set.size {
		nodes[i] = hashListLeaf(&o.leaves[i])
	}
	if got := o.set.root(c.Rounds, &nodes, o.siblings); got != c.Root {
		return fmt.Errorf("%w: computed %x, signed %x", ErrListRoot, got[:8], c.Root[:8])
	}
	return nil
}

func (o *openingParts) checkLink(seed0 Seed, round uint64) error {
	want := seed0
	if round > 0 {
		want = NextSeed(seed0, round-1, o.leaf(round-1).Root)
	}
	if o.leaf(round).Seed != want {
		return ErrLink
	}
	return nil
}

func (o *openingParts) checkTile(p Params, opening int, at Position) error {
	leaf := o.leaf(at.Round)
	var words [maxTileWords]int32
	o.scratch.compute(&words, p, &leaf.Seed, at.Row, at.Col)
	pathBytes := p.TileDepth() * HashSize
	path := o.paths[opening*pathBytes : (opening+1)*pathBytes]
	hash := LeafHash(words[:p.B*p.B])
	if tilePathRoot(hash, LeafIndex(at.Row, at.Col), path) != leaf.Root {
		return ErrTile
	}
	return nil
}
