package gpu

// listSet is the ascending set of the leaves that a multiproof of the list tree leads to the root: each opened round
// r, whose root the verifier computes from the opened tile, and r−1, whose root seed_r follows from.
type listSet struct {
	round  [2 * MaxT]uint64
	opened [2 * MaxT]bool // else the proof carries the round's root
	size   int
}

// openedRounds collects the leaves that the positions demand. The place of r−1 is the one before that of r.
func openedRounds(positions []Position) (set listSet) {
	for _, position := range positions {
		set.insert(position.Round, true)
		if position.Round > 0 {
			set.insert(position.Round-1, false)
		}
	}
	return set
}

func (s *listSet) insert(round uint64, opened bool) {
	at := 0
	for at < s.size && s.round[at] < round {
		at++
	}
	if at == s.size || s.round[at] != round {
		copy(s.round[at+1:s.size+1], s.round[at:s.size])
		copy(s.opened[at+1:s.size+1], s.opened[at:s.size])
		s.round[at], s.opened[at] = round, false
		s.size++
	}
	s.opened[at] = s.opened[at] || opened
}

// carried calls visit(level, index) for every node of the list tree that a proof carries, in encoding order: first the
// leaves of the set that are not opened, ascending; then the siblings, level by level from the leaves, left to right.
// Padding nodes are never carried.
func (s *listSet) carried(rounds uint64, visit func(level int, index uint64)) {
	for i, round := range s.round[:s.size] {
		if !s.opened[i] {
			visit(0, round)
		}
	}
	known := *s
	for level := range listDepth(rounds) {
		last := (rounds - 1) >> level
		size := 0
		for i := 0; i < known.size; i++ {
			index := known.round[i]
			switch {
			case index&1 == 1:
				visit(level, index-1)
			case i+1 < known.size && known.round[i+1] == index+1:
				i++
			case index < last:
				visit(level, index+1)
			}
			known.round[size] = index >> 1
			size++
		}
		known.size = size
	}
}

// carriedCount returns how many nodes of the list tree a proof carries.
func (s *listSet) carriedCount(rounds uint64) int {
	count := 0
	s.carried(rounds, func(int, uint64) { count++ })
	return count
}

// root folds the set's leaves and the carried siblings into the sealed list root, and overwrites the leaves. siblings
// must hold all that carried visits after the leaves.
func (s *listSet) root(rounds uint64, nodes *[2 * MaxT]Node, siblings []byte) Root {
	known := *s
	take := func() *Node {
		node := (*Node)(siblings)
		siblings = siblings[NodeSize:]
		return node
	}
	for level := range listDepth(rounds) {
		last := (rounds - 1) >> level
		size := 0
		for i := 0; i < known.size; i++ {
			index, at := known.round[i], i
			left, right := &nodes[at], &padding[level]
			switch {
			case index&1 == 1:
				left, right = take(), &nodes[at]
			case i+1 < known.size && known.round[i+1] == index+1:
				i++
				right = &nodes[i]
			case index < last:
				right = take()
			}
			nodes[size] = hashPair(&keyListNode, left, right)
			known.round[size] = index >> 1
			size++
		}
		known.size = size
	}
	return sealList(&nodes[0], rounds)
}
