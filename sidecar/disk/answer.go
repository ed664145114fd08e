package disk

import (
	"time"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Request is one challenge with the claim that it asks about.
type Request struct {
	Challenge [32]byte
	// Params are those of the claim; plots with others are passed over.
	Params proof.Params
	// Selector chooses the sets for all plots of the device, see proof.SharedChallenge; nil means that every plot's own
	// id does.
	Selector *proof.Selector
	// Plots is the claim's Q: only plots below this number count. Lambda is λ: a chain wins where quality < λ/Q.
	Plots, Lambda uint64
	// Limit is r, the most chains to return, the best ones; at least 1.
	Limit int
}

// Chain is a chain of fragments that wins, not yet opened.
type Chain struct {
	// Index is the plot's number, ID its id.
	Index     uint64
	ID        proof.PlotID
	Quality   proof.Quality
	Fragments [proof.Links]uint64
}

// Proof is an opened chain that proof.Verify, or proof.VerifyShared, accepted.
type Proof struct {
	Chain
	// Packed is the proof as the chain takes it: 16·k bytes.
	Packed []byte
}

// Fault is something that was not read.
type Fault struct {
	Folder, File string
	// Plots are the numbers of the plots that the fault kept out of the answer, wholly or in one of their sets.
	Plots []uint64
	Err   error
}

// ScanResult is what a scan found, complete or not.
type ScanResult struct {
	// Chains are the winning ones, best first, at most Request.Limit.
	Chains []Chain
	// Found counts all chains of all plots that were read, Winning those below the threshold.
	Found, Winning int
	// Scanned counts the plots that were read entirely, Skipped those that the claim does not cover.
	Scanned, Skipped int
	// Faults say what was not read. A scan with faults is still an answer.
	Faults []Fault
	// Reads and Bytes count the reads and what they transferred; Elapsed is the time.
	Reads, Bytes uint64
	Elapsed      time.Duration
}

// ProveResult is a scan with its proofs.
type ProveResult struct {
	Scan ScanResult
	// Proofs are in ascending order of quality, strictly: the order in which evidence carries them.
	Proofs []Proof
	// Unsolved are winning chains for which no proof was made, with the reason.
	Unsolved []Fault
	// Solving is the time after the scan.
	Solving time.Duration
}
