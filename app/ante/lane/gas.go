package lane

const (
	// EvidenceBlockGas is the evidence lane's gas in a block of a new chain. A lane that is full by its verification
	// budget and its bytes, in full batches, fits; a test computes it.
	EvidenceBlockGas = 75_000_000
	// PayingBlockGas is the paying transactions' gas in a block of a new chain.
	PayingBlockGas = 75_000_000
	// BlockGas is what a new chain's consensus parameters allow a block: CometBFT and the SDK know one figure.
	BlockGas = EvidenceBlockGas + PayingBlockGas
)

// SplitGas divides a block's gas between the evidence lane and the paying transactions: half each, so that neither can
// take the other's whatever governance makes of the whole. 0 means no limit and stays so for both.
func SplitGas(block uint64) (evidence, paying uint64) {
	evidence = block / 2
	return evidence, block - evidence
}
