package abci_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app/abci"
	"github.com/joulechain/joule/app/internal/minapp"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	errSignature = errors.New("bad signature")
	errProof     = errors.New("bad proof")
)

// counted is a job that counts its runs. Of ten in a row the first has a bad signature, the second a bad proof.
func counted(n int, signatures, proofs *atomic.Int64) worktypes.Job {
	job := worktypes.Job{DeviceID: fmt.Appendf(nil, "device %d", n%7), Index: n}
	job.Key = [32]byte{byte(n), byte(n >> 8), byte(n >> 16), 1}
	job.Signature = func() error {
		signatures.Add(1)
		if n%10 == 0 {
			return errSignature
		}
		return nil
	}
	job.Proof = func() error {
		proofs.Add(1)
		if n%10 == 1 {
			return errProof
		}
		return nil
	}
	return job
}

func TestCacheAnswersLikeDirectVerification(t *testing.T) {
	for _, size := range []int{1, 64, 1_000, 100_000} {
		var signatures, proofs atomic.Int64
		cache := abci.NewVerdictCache(size, abci.NewOffenders())
		direct := worktypes.DirectVerifier{}
		rng := rand.New(rand.NewPCG(uint64(size), 2))
		for range 20_000 {
			job := counted(rng.IntN(2_000), &signatures, &proofs)
			if rng.IntN(2) == 0 {
				require.Equal(t, direct.VerifySignature(job), cache.VerifySignature(job))
			} else {
				require.Equal(t, direct.Verify(job), cache.Verify(job))
			}
		}
		require.LessOrEqual(t, cache.Len(), max(size, 64)+max(size/8, 64), "size %d", size)
	}
}

func TestCacheRemembers(t *testing.T) {
	var signatures, proofs atomic.Int64
	cache := abci.NewVerdictCache(10_000, nil)
	for range 3 {
		for n := range 100 {
			job := counted(n, &signatures, &proofs)
			_ = cache.VerifySignature(job)
			_ = cache.Verify(job)
		}
	}
	require.EqualValues(t, 100, signatures.Load())
	require.EqualValues(t, 90, proofs.Load(), "no proof under a bad signature")
}

// Failures, which strangers can make at will, do not push out what the next block needs.
func TestCacheKeepsGoodVerdictsInAFloodOfBadOnes(t *testing.T) {
	var signatures, proofs, ignored atomic.Int64
	cache := abci.NewVerdictCache(6_400, nil)
	for n := range 500 {
		_ = cache.Verify(counted(n, &signatures, &proofs))
	}
	for n := range 50_000 {
		_ = cache.Verify(counted(1_000+10*n, &ignored, &ignored))
	}
	before := proofs.Load()
	for n := range 500 {
		if n%10 > 1 {
			require.NoError(t, cache.Verify(counted(n, &signatures, &proofs)))
		}
	}
	require.Equal(t, before, proofs.Load())
}

func TestOffendersList(t *testing.T) {
	o := abci.NewOffenders()
	id := []byte("device")
	for range abci.OffenceLimit {
		require.False(t, o.Ignored(7, id))
		o.Note(id)
	}
	require.True(t, o.Ignored(7, id))
	require.False(t, o.Ignored(7, []byte("another")))
	require.False(t, o.Ignored(8, id))
	require.False(t, o.Ignored(7, id), "the list is that of the newest question's epoch")
}

// Many goroutines on one cache, small enough to evict all the time; run with -race.
func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	var signatures, proofs atomic.Int64
	cache := abci.NewVerdictCache(128, abci.NewOffenders())
	var wg sync.WaitGroup
	var wrong atomic.Int64
	for g := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(g), 3))
			for range 3_000 {
				n := rng.IntN(400)
				want := map[int]error{0: errSignature, 1: errProof}[n%10]
				if !errors.Is(cache.Verify(counted(n, &signatures, &proofs)), want) {
					wrong.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	require.Zero(t, wrong.Load())
}

// CacheAndPreVerify: a cold node, a warm one and one whose cache holds nothing for long agree on every result.
func TestCacheAndPreVerifyChangeNoResult(t *testing.T) {
	items := func(relayer int) []worktypes.Evidence {
		var out []worktypes.Evidence
		for i := range 8 {
			out = append(out, minapp.Item(100*relayer+i, 1, true, !(relayer == 2 && i == 5)))
		}
		return out
	}
	block := func(a *minapp.App) [][]byte {
		txs := [][]byte{a.Reveals.At(2)}
		for relayer := range 4 {
			txs = append(txs, a.Sign(relayer, a.Submit(relayer, 0, items(relayer)...)))
		}
		return txs
	}
	warm := minapp.New(t, minapp.Options{})
	for _, tx := range block(warm)[1:] {
		warm.Check(tx)
	}
	require.False(t, warm.Process(block(warm)), "relayer 2 carries a bad proof")
	cold := minapp.New(t, minapp.Options{CacheSize: 1})
	want := cold.Commit(block(cold))
	require.Equal(t, want, warm.Commit(block(warm)))
	require.Equal(t, []uint32{0, 0, 0}, []uint32{want[1].Code, want[2].Code, want[4].Code})
	require.NotZero(t, want[3].Code)
	require.Equal(t, cold.LastCommitID(), warm.LastCommitID())
}

// A proof that panics fails its transaction and nothing else, also when it is verified ahead.
func TestCachePreVerifySurvivesPanics(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	txs := [][]byte{a.Reveals.At(2), a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true))), a.Sign(0, a.Send(0, 0, 1))}
	a.Work.OnProof = func() { panic("broken verifier") }
	require.False(t, a.Process(txs[:2]))
	results := a.Commit(txs)
	require.NotZero(t, results[1].Code)
	require.Zero(t, results[2].Code)
}

func TestCachePreVerifyWorksInParallel(t *testing.T) {
	a := minapp.New(t, minapp.Options{Workers: 4})
	var running, most atomic.Int64
	gate := make(chan struct{})
	var once sync.Once
	a.Work.OnProof = func() {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		if running.Load() == 4 {
			once.Do(func() { close(gate) })
		}
		<-gate
		running.Add(-1)
	}
	var items []worktypes.Evidence
	for i := range 8 {
		items = append(items, minapp.Item(i, 1, true, true))
	}
	require.True(t, a.Process([][]byte{a.Reveals.At(2), a.Sign(1, a.Submit(1, 0, items...))}))
	require.EqualValues(t, 4, most.Load(), "as many as there are workers, and no more")
	require.EqualValues(t, 8, a.Work.Proofs.Load(), "each once")
}
