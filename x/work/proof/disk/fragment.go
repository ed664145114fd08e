package disk

// A fragment is a 2k-bit permutation, keyed by the plot id, of the high halves of
// the first, third, fifth and seventh of eight x-values. Plots store fragments,
// sorted; a solver finds the x-values again.

const feistelRounds = 4

// fragmentKey holds one round's three k-bit words.
type fragmentKey struct{ b, c, d uint64 }

// makeFragmentKeys cuts the round keys out of the plot id (SPEC.md 5).
func makeFragmentKeys(id *[32]byte, k uint) (keys [feistelRounds]fragmentKey) {
	mask := uint64(1)<<k - 1
	for round := range keys {
		start := uint(round) * (256 - 3*k) / (feistelRounds - 1)
		slice := keySlice(id, start, 3*k)
		keys[round] = fragmentKey{slice & mask, slice >> k & mask, slice >> (2 * k) & mask}
	}
	return keys
}

// keySlice reads n bits of the id, first bit highest. The reference collects the
// bytes in 64 bits, so of a longer slice only what its last eight bytes hold
// survives. That is part of the format.
func keySlice(id *[32]byte, start, n uint) uint64 {
	first, end := start/8, (start+n+7)/8
	var v uint64
	for _, b := range id[first:end] {
		v = v<<8 | uint64(b)
	}
	v >>= 8*end - start - n
	if n < 64 {
		v &= 1<<n - 1
	}
	return v
}

// feistel is the round function: two of ChaCha's quarter rounds on k-bit words.
func (key *fragmentKey) feistel(a uint64, k uint) uint64 {
	mask := uint64(1)<<k - 1
	b, c, d := key.b, key.c, key.d
	a = (a + b) & mask
	d = rotateK(d^a, 16, k, mask)
	c = (c + d) & mask
	b = rotateK(b^c, 12, k, mask)
	a = (a + b) & mask
	d = rotateK(d^a, 8, k, mask)
	c = (c + d) & mask
	return rotateK(b^c, 7, k, mask)
}

func rotateK(v uint64, by, k uint, mask uint64) uint64 { return v<<by&mask | v>>(k-by) }

// Encode returns the fragment of four k/2-bit halves, the first one highest.
func (p *Plot) Encode(halves uint64) uint64 {
	k := uint(p.params.K)
	left, right := halves>>k&p.maskK, halves&p.maskK
	for i := range p.fragmentKeys {
		left, right = right, left^p.fragmentKeys[i].feistel(right, k)
	}
	return left<<k | right
}

// Decode is the inverse of Encode: the solver starts from its result.
func (p *Plot) Decode(fragment uint64) uint64 {
	k := uint(p.params.K)
	left, right := fragment>>k&p.maskK, fragment&p.maskK
	for i := feistelRounds - 1; i >= 0; i-- {
		left, right = right^p.fragmentKeys[i].feistel(left, k), left
	}
	return left<<k | right
}

// Fragment returns the fragment of eight x-values, of k bits each.
func (p *Plot) Fragment(x *[8]uint32) uint64 {
	k, half := uint(p.params.K), uint(p.params.K)/2
	return p.Encode(uint64(x[0]>>half)<<(k+half) | uint64(x[2]>>half)<<k | uint64(x[4]>>half)<<half | uint64(x[6]>>half))
}
