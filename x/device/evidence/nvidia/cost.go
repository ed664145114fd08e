package nvidia

import "github.com/joulechain/joule/x/device/evidence/x509chain"

// Cost of what is not a signature, in nanoseconds of one core of the reference machine (../SPEC.md section 7).
const (
	costReportBase     = 10_000 // cutting, comparing
	costReportByte     = 8      // SHA-384 and parsing, measured about 5
	nanosecondsPerUnit = 1000
)

// ChainCost is VerifyChain's cost in units of 1 µs on the reference machine: five certificates, whatever they hold.
func ChainCost() uint64 { return x509chain.CostBound(ChainLength) }

// ReportCost is VerifyReport's cost for a report of size bytes, in units of 1 µs on the reference machine. It counts up
// to MaxReportSize, above which a report is refused unread.
func ReportCost(size int) uint64 {
	bytes := uint64(min(max(size, 0), MaxReportSize))
	return x509chain.SignatureCost(x509chain.KeyP384) + (costReportBase+bytes*costReportByte+nanosecondsPerUnit-1)/nanosecondsPerUnit
}
