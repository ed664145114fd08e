package apptest

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// BenchmarkRecheck is what a waiting transaction costs after each block: CometBFT asks for all of them again while it
// holds its mempool's lock, and with an application in the same process nothing cuts that short. Times a full pool this
// is how long a block's successor waits.
func BenchmarkRecheck(b *testing.B) {
	members := fleet(2_000, NewAccount("account", 0))
	for name, make := range map[string]func(*Chain) [][]byte{
		"one item": func(c *Chain) (txs [][]byte) {
			w := c.opening()
			for _, m := range members {
				txs = append(txs, c.Submit(m.Owner, m.Commit(w, benchRounds)))
			}
			return txs
		},
		"32 items": func(c *Chain) [][]byte {
			w := c.opening()
			commits := make([]worktypes.Evidence, len(members))
			for i, m := range members {
				commits[i] = m.Commit(w, benchRounds)
			}
			return c.batches(commits)
		},
		"send": (*Chain).sends,
	} {
		b.Run(name, func(b *testing.B) {
			c := newBench(b, 2_000, func(g *Genesis) {
				laneGenesis(members)(g)
				Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) { s.Params.Gpu.WindowBlocks = 4 })
			})
			c.Blocks(2)
			var spent time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				txs := make(c)
				for _, tx := range txs {
					require.Zero(b, c.CheckTx(tx).Code)
				}
				c.Commit(c.Propose()[:1])
				b.StartTimer()
				start := cpuTime()
				for _, tx := range txs {
					res, err := c.App().CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_Recheck})
					require.NoError(b, err)
					require.Zero(b, res.Code, res.Log)
				}
				spent, n = spent+cpuTime()-start, n+len(txs)
				b.StopTimer()
				c.Block() // empties the pool
				b.StartTimer()
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(n), "cpu-us/tx")
		})
	}
}

// opening waits for a window that takes commitments in the next block and in the one after it.
func (c *Chain) opening() (w worktypes.Window) {
	c.BlocksUntil(20, func() bool {
		windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_GPU)
		require.NoError(c.t, err)
		for _, w = range windows {
			if w.CheckCommit(c.height+1) == nil && w.CheckCommit(c.height+2) == nil {
				return true
			}
		}
		return false
	})
	return w
}

// BenchmarkUnorderedNonces is what the nonces of unordered transactions cost when very many time out in one block.
func BenchmarkUnorderedNonces(b *testing.B) {
	const nonces = 50_000
	c := newBench(b, 4, laneGenesis(nil))
	c.Blocks(2)
	var spent time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		ctx := c.Ctx()
		for i := range nonces {
			at := c.timeAt(c.height).Add(-time.Duration(i + 1))
			require.NoError(b, c.App().AccountKeeper.TryAddUnorderedNonce(ctx, seed("sender", i)[:20], at))
		}
		b.StartTimer()
		start := cpuTime()
		require.NoError(b, c.App().AccountKeeper.RemoveExpiredUnorderedNonces(ctx))
		spent, n = spent+cpuTime()-start, n+nonces
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(n), "cpu-us/nonce")
}
