package plotter

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// BenchmarkPlot measures a whole plot in memory, on all cores; JOULE_BENCH_K24=1 adds k = 24.
func BenchmarkPlot(b *testing.B) {
	list := []proof.Params{{K: 18, Strength: 2}, {K: 20, Strength: 2}, {K: 22, Strength: 2}, {K: 22, Strength: 4}}
	if os.Getenv("JOULE_BENCH_K24") != "" {
		list = append(list, proof.Params{K: 24, Strength: 2}, proof.Params{K: 24, Strength: 4})
	}
	for _, params := range list {
		b.Run(fmt.Sprintf("k=%d/strength=%d", params.K, params.Strength), func(b *testing.B) {
			var stages [6]time.Duration
			for b.Loop() {
				meter := new(Meter)
				stop := make(chan struct{})
				go watch(meter, &stages, stop)
				result, err := Run(context.Background(), Config{ID: testID(1), Params: params, Threads: runtime.GOMAXPROCS(0), Meter: meter})
				require.NoError(b, err)
				require.NoError(b, result.Each(context.Background(), func(int, []uint64) error { return nil }))
				require.NoError(b, result.Close())
				close(stop)
			}
			for i, d := range stages[:5] {
				b.ReportMetric(float64(d.Milliseconds())/float64(b.N), fmt.Sprintf("ms-stage%d", i))
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(disk960(params))*float64(1<<30), "s/GiB")
		})
	}
}

// disk960 is the nominal size of a plot in bytes.
func disk960(p proof.Params) int64 { return int64(1) << p.K * int64(p.K+2) / 8 }

// watch adds up the time in each stage.
func watch(meter *Meter, stages *[6]time.Duration, stop chan struct{}) {
	last := time.Now()
	for {
		select {
		case <-stop:
			return
		case <-time.After(2 * time.Millisecond):
			now := time.Now()
			stages[meter.Stage.Load()] += now.Sub(last)
			last = now
		}
	}
}
