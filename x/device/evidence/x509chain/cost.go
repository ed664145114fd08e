package x509chain

// Cost units: 1 unit is 1 µs of one core of the reference machine (../SPEC.md section 7). The constants are measured
// and rounded up by about a third, P-384's by half.
const (
	costP256    = 110
	costP384    = 1000
	costRSA2048 = 50
	costRSA3072 = 250
	costRSA4096 = 460
	// costParse is one certificate's parsing with all lookups in full lists.
	costParse = 30
)

// SignatureCost is the cost of checking one signature under a key of this kind, its key included, in units. Unknown
// kinds cost the most.
func SignatureCost(kind KeyKind) uint64 {
	switch kind {
	case KeyP256:
		return costP256
	case KeyRSA2048:
		return costRSA2048
	case KeyRSA3072:
		return costRSA3072
	case KeyRSA4096:
		return costRSA4096
	default:
		return costP384
	}
}

// CostBound is the most that Verify can cost for this many certificates, in units: all keys P-384. Gas is charged by it
// before any work.
func CostBound(certificates int) uint64 {
	return uint64(min(max(certificates, 0), MaxChain)) * (costParse + costP384)
}
