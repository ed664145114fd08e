package gpu

// Cost units: 1 unit is 1 µs of one core of the reference machine (SPEC.md 9).
// Gas and the per-block verification budget count them. The constants are
// measured and rounded up by about a third, in picoseconds.
const (
	costExpandByte  = 900        // one byte of ChaCha8 stream, measured 700
	costMultiplyAdd = 450        // one int8 product of the verifier's kernel, measured 330
	costHash        = 150_000    // one hash of 64 bytes with its bookkeeping, measured 120,000
	costBase        = 10_000_000 // bounds, draws, decoding

	picosecondsPerUnit = 1_000_000
)

// CommitmentCost is the cost of decoding and range-checking a Commitment, in
// units: far below one, charged as one.
const CommitmentCost uint64 = 1

// OpeningCost returns an upper bound of VerifyOpening's cost for these
// parameters, in units of 1 µs on the reference machine, rounded up. It does
// not depend on the proof, so gas is known before any work.
func OpeningCost(p Params) uint64 {
	if p.validateFields() != nil {
		return 0
	}
	n, b, t := uint64(p.N), uint64(p.B), uint64(p.T)
	expand := t * 2 * b * n * costExpandByte
	multiply := t * b * b * n * costMultiplyAdd
	perOpening := 2*b + b*b/16 + uint64(p.TileDepth()) + 8 // stream keys, leaf, path, seed and draw
	hashes := (t*perOpening + uint64(maxListNodes(p))*2) * costHash
	return (expand + multiply + hashes + costBase + picosecondsPerUnit - 1) / picosecondsPerUnit
}

// MaxProofSize returns the largest valid proof in bytes, over all R up to MaxRounds and all positions (SPEC.md 7).
func MaxProofSize(p Params) int {
	if p.validateFields() != nil {
		return 0
	}
	return (maxListNodes(p) + int(p.T)*p.TileDepth()) * NodeSize
}

// maxListNodes is the most nodes of the list tree that a proof carries. With P_m nodes covered on the level of 2^m
// nodes, a level carries 2·P_m − P_(m+1) siblings; over L leaves the sum telescopes to ΣP_m + 1 − L, and u opened
// rounds leave L − u leaves to carry. P_m ≤ min(2^m, L), L ≤ 2u.
func maxListNodes(p Params) int {
	depth, most := listDepth(p.MaxRounds), 0
	for opened := 1; opened <= int(p.T) && opened <= 1<<depth; opened++ {
		count := 1 - opened
		for m := range depth {
			count += min(1<<m, 2*opened)
		}
		most = max(most, count)
	}
	return most
}
