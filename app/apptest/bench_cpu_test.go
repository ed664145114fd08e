package apptest

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the processor time that the process has used, in all its threads. Unlike a clock it hardly depends on what
// else the machine does. scripts/bench-compare.sh puts this file into older versions of the package as well.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// timed is run, with the processor time of all phases: what runs beside them, such as verification ahead of execution
// and the garbage collector, is in it.
func (p *phaseTimes) timed(c *Chain, txs [][]byte) {
	c.t.Helper()
	before := cpuTime()
	p.run(c, txs)
	p.cpu += cpuTime() - before
}

// report gives the rates, and the processor time of an item.
func (p *phaseTimes) report(b *testing.B, blocks, items int, unit string) {
	p.rates(b, blocks, items, unit)
	b.ReportMetric(float64(p.cpu.Nanoseconds())/1_000/float64(blocks*items), "cpu-us/"+unit)
}
