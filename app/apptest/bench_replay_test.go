package apptest

import (
	"fmt"
	"testing"
	"time"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
)

// replayed is how many full blocks a catch-up benchmark runs.
const replayed = 6

// BenchmarkCatchUp is a fresh node on disk that runs full blocks as block sync does, without CheckTx or proposals and
// with an empty verdict cache: sequentially with one and two workers that verify ahead, and under Block-STM.
func BenchmarkCatchUp(b *testing.B) {
	ways := []struct {
		name    string
		options simtestutil.AppOptionsMap
	}{
		{"workers=1", simtestutil.AppOptionsMap{"joule.verify-workers": 1}},
		{"workers=2", simtestutil.AppOptionsMap{"joule.verify-workers": 2}},
		{"block-stm=2", blockSTM(2)},
	}
	loads := []struct {
		name, unit string
		items      int
		record     func(*testing.B) *Chain
	}{
		{"commitments", "evidence", benchItems, recordCommitments},
		{"sends", "tx", 500, recordSends},
	}
	for _, load := range loads {
		b.Run(load.name, func(b *testing.B) {
			c := load.record(b)
			for _, way := range ways {
				b.Run(way.name, func(b *testing.B) { catchUp(b, c, way.options, load.items, load.unit) })
			}
		})
	}
}

func catchUp(b *testing.B, c *Chain, options simtestutil.AppOptionsMap, items int, unit string) {
	c.t = b
	blocks := 0
	var spent, used time.Duration
	for b.Loop() {
		b.StopTimer()
		a := onDisk(b, options)
		c.InitApp(a)
		full := c.height - replayed + 1
		c.Feed(a, c.initial, full-1)
		b.StartTimer()
		start, before := time.Now(), cpuTime()
		c.Feed(a, full, c.height)
		spent, used = spent+time.Since(start), used+cpuTime()-before
		blocks += replayed
	}
	b.ReportMetric(float64(blocks)/spent.Seconds(), "blocks/s")
	b.ReportMetric(float64(used.Milliseconds())/float64(blocks), "cpu-ms/block")
	b.ReportMetric(float64(blocks*items)/spent.Seconds(), fmt.Sprintf("%s/s", unit))
}

func recordCommitments(b *testing.B) *Chain {
	members := fleet(4*benchItems, NewAccount("account", 0))
	c := newBench(b, 4, laneGenesis(members))
	c.Blocks(2)
	var phases phaseTimes
	for range replayed {
		phases.timed(c, c.commitments(members))
	}
	return c
}

func recordSends(b *testing.B) *Chain {
	c := newBench(b, 1_000, laneGenesis(nil))
	c.Blocks(2)
	var phases phaseTimes
	for range replayed {
		phases.timed(c, c.sends())
	}
	return c
}
