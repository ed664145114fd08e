package abci

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// JobSource lists the verification jobs of a batch's new items.
type JobSource interface {
	Jobs(ctx context.Context, msg *worktypes.MsgSubmitWork) ([]worktypes.Job, error)
}

// PreVerifier verifies the evidence of a proposal or a block on a bounded number of goroutines before the transactions
// execute one after the other, and leaves the verdicts in the cache: one lock spans all ABCI calls of a local client,
// and a replaying node has an empty cache. Execution verifies whatever is not cached, so that no result depends on it.
type PreVerifier struct {
	decode  sdk.TxDecoder
	jobs    JobSource
	cache   *VerdictCache
	workers int
}

// NewPreVerifier returns a pre-verifier; workers ≤ 0 means one per CPU.
func NewPreVerifier(decode sdk.TxDecoder, jobs JobSource, cache *VerdictCache, workers int) *PreVerifier {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &PreVerifier{decode: decode, jobs: jobs, cache: cache, workers: workers}
}

// decodeBlock decodes a block's transactions. nil stands for the reveal and for what does not decode.
func (v *PreVerifier) decodeBlock(txs [][]byte) []sdk.Tx {
	decoded := make([]sdk.Tx, len(txs))
	for i, bz := range txs {
		if i == 0 && beacontypes.IsRevealTx(bz) {
			continue
		}
		if tx, err := v.decode(bz); err == nil {
			decoded[i] = tx
		}
	}
	return decoded
}

// preVerifyTxs checks all signatures first; a batch with a bad one fails as a whole, and its proofs are not worth
// computing.
func (v *PreVerifier) preVerifyTxs(ctx sdk.Context, txs []sdk.Tx) {
	batches := v.collect(ctx, txs)
	var all []worktypes.Job
	for _, jobs := range batches {
		all = append(all, jobs...)
	}
	signed := make([]bool, len(all))
	v.each(len(all), func(i int) { signed[i] = v.cache.VerifySignature(all[i]) == nil })
	var proofs []worktypes.Job
	for i := 0; len(batches) > 0; batches = batches[1:] {
		n := len(batches[0])
		if allTrue(signed[i : i+n]) {
			proofs = append(proofs, all[i:i+n]...)
		}
		i += n
	}
	v.each(len(proofs), func(i int) { _ = v.cache.Verify(proofs[i]) })
}

func allTrue(bs []bool) bool {
	for _, b := range bs {
		if !b {
			return false
		}
	}
	return true
}

// collect reads the jobs from the state, one transaction after the other: a store's cache is not safe for goroutines.
// It works on a branch of the state that is dropped, and a panic only means that execution finds the same.
func (v *PreVerifier) collect(ctx sdk.Context, txs []sdk.Tx) (batches [][]worktypes.Job) {
	defer func() {
		if r := recover(); r != nil {
			ctx.Logger().Error("listing evidence to verify ahead failed", "panic", r)
		}
	}()
	branch, _ := ctx.CacheContext()
	for _, tx := range txs {
		if tx == nil {
			continue
		}
		msg, ok := lane.Message(tx)
		if !ok {
			continue
		}
		if jobs, err := v.jobs.Jobs(branch, msg); err == nil && len(jobs) > 0 {
			batches = append(batches, jobs)
		}
	}
	return batches
}

// each calls f for 0 … n−1 from at most workers goroutines and returns when all are done.
func (v *PreVerifier) each(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(v.workers, n) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				callQuietly(f, i)
			}
		}()
	}
	wg.Wait()
}

// callQuietly leaves a panic to execution, which meets it again where it is turned into a failed transaction.
func callQuietly(f func(int), i int) {
	defer func() { _ = recover() }()
	f(i)
}
