package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// BenchmarkNode is one validator with goleveldb that checks, proposes, processes, executes and commits full blocks:
// commitments from a fleet eight times as large as a block, openings with real proofs at n = 64, and plain transfers
// for comparison. Signing is not timed. Optimistic execution is on, so that execution overlaps with what follows the
// processing.
func BenchmarkNode(b *testing.B) {
	b.Run("commitments", func(b *testing.B) {
		relayer := NewAccount("account", 0)
		members := fleet(8*benchItems, relayer)
		c := newBench(b, 4, laneGenesis(members))
		c.Blocks(2)
		var phases phaseTimes
		blocks := 0
		for b.Loop() {
			b.StopTimer()
			txs := c.commitments(members)
			b.StartTimer()
			phases.timed(c, txs)
			blocks++
		}
		phases.report(b, blocks, benchItems, "evidence")
		b.ReportMetric(c.lastBlockBytes()/benchItems, "B/evidence")
	})
	b.Run("openings", func(b *testing.B) {
		const opened = 512
		members := fleet(opened, NewAccount("account", 0))
		c := newBench(b, 4, laneGenesis(members))
		c.Blocks(2)
		var phases phaseTimes
		blocks := 0
		for b.Loop() {
			b.StopTimer()
			txs := c.openings(members)
			b.StartTimer()
			phases.timed(c, txs)
			blocks++
		}
		phases.report(b, blocks, opened, "evidence")
		b.ReportMetric(c.lastBlockBytes()/opened, "B/evidence")
		b.ReportMetric(float64(gpu.OpeningCost(gpu.MainnetParams())), "mainnet-opening-cost-us")
		b.ReportMetric(float64(gpu.OpeningCost(workParams(c).Gpu.Kernel())), "opening-cost-us")
	})
	b.Run("sends", func(b *testing.B) {
		c := newBench(b, 2_000, laneGenesis(nil))
		var phases phaseTimes
		blocks := 0
		for b.Loop() {
			b.StopTimer()
			txs := c.sends()
			b.StartTimer()
			phases.timed(c, txs)
			blocks++
		}
		phases.report(b, blocks, len(c.Accounts)/2, "tx")
	})
}

// lastBlockBytes is the size of the last block's transactions.
func (c *Chain) lastBlockBytes() (total float64) {
	for _, tx := range c.BlockTxs(c.height) {
		total += float64(len(tx))
	}
	return total
}

func workParams(c *Chain) worktypes.Params {
	p, err := c.App().WorkKeeper.GetParams(c.Ctx())
	require.NoError(c.t, err)
	return p
}

// openings has all members work and commit in one window, goes on to where it may be opened and signs the openings.
func (c *Chain) openings(members []*Member) [][]byte {
	w := c.committing()
	commits := make([]worktypes.Evidence, len(members))
	for i, m := range members {
		commits[i] = m.Commit(w, benchRounds)
	}
	c.Block(c.batches(commits)...)
	c.BlocksUntil(20, func() bool { return c.reload(&w).CheckOpen(c.height+1) == nil })
	opens := make([]worktypes.Evidence, len(members))
	for i, m := range members {
		opens[i] = m.Open(w)
	}
	return c.batches(opens)
}

// reload reads a live window again: its draws come with later blocks.
func (c *Chain) reload(w *worktypes.Window) worktypes.Window {
	windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_GPU)
	require.NoError(c.t, err)
	for _, live := range windows {
		if live.Id == w.Id {
			*w = live
		}
	}
	return *w
}
