package radio

// Cost of one piece of evidence in cost units (1 unit = 1 µs of one core of the reference machine), the worst case: a
// batch that fails is checked again one by one, and a P-256 signature costs more than both. SPEC.md 11 has the
// measurements.
const (
	costBase          = 60  // decoding, derivation, rules
	costSignature     = 220 // per signature: 35 in the batch and 100 alone, or 180 for P-256, and a fifth for noise
	stepsPerCost      = 4   // hash-chain steps a unit: 0.2 µs each, and some for noise
	maxReceiptsInCost = MaxWitnesses
	costLateState     = 1600 // a late receipt's state: limits and pay run anew, up to ten records on average are read and written at what a commitment's one costs
)

// Cost is what evidence with that many receipts and a preimage that many steps after its anchor is charged, in cost
// units. Both count up to their bounds.
func Cost(receipts int, steps uint64) uint64 {
	signatures := uint64(min(max(receipts, 0), maxReceiptsInCost)) + 1
	return costBase + signatures*costSignature + (min(steps, MaxChainSteps)+stepsPerCost-1)/stepsPerCost
}

// CostCommit is what a witness's commitment is charged: a hash is stored.
const CostCommit = 1

// CostLate is what a late receipt with a path of so many hashes is charged, in cost units; the path counts up to its
// bound. Its arithmetic is one signature, but it may rewrite what 15 other radios were credited, and colluders can make
// each of theirs do so.
func CostLate(depth int) uint64 {
	return costBase + costSignature + costLateState + uint64(min(max(depth, 0), MaxCommitDepth))
}
