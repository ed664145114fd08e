package keeper_test

import (
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// fullRecord is the largest record that a device has in ordinary use: three unsettled epochs and a window's commitment.
func fullRecord(id []byte) types.DeviceWork {
	d := types.NewDeviceWork(gpuClass, id)
	for e := range uint64(3) {
		d.Units = append(d.Units, types.EpochUnits{Epoch: 100_000 + e, Units: 1 << 33})
	}
	d.SetCommitment(types.PendingCommitment{Window: 60_000_000, Rounds: 1_000, Root: make([]byte, 32), Height: 60_000_005, Opened: true, DeadlineHeight: 60_000_700})
	d.Accrued, d.TotalUnits, d.TotalSettled = math.NewInt(5_000_000_000), math.NewInt(1<<50), math.NewInt(90_000_000_000)
	d.PaidEpoch, d.Paid, d.PaidBefore = 99_999, 1<<31, 1<<31
	return d
}

// BenchmarkStateBytes reports what a device's record takes in the store, key included. The operation is writing and
// reading it.
func BenchmarkStateBytes(b *testing.B) {
	id := make([]byte, 20)
	key := len(types.DevicesPrefix.Bytes()) + len(types.DeviceWorkKey(gpuClass, id))
	codec := types.NewDeviceWorkCodec(moduletestutil.MakeTestEncodingConfig().Codec)
	idle, err := codec.Encode(types.NewDeviceWork(gpuClass, id))
	require.NoError(b, err)
	var full []byte
	for b.Loop() {
		full, err = codec.Encode(fullRecord(id))
		require.NoError(b, err)
		_, err = codec.Decode(full)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(len(idle)+key), "idle-B/device")
	b.ReportMetric(float64(len(full)+key), "full-B/device")
}

// BenchmarkEndBlock ends blocks over so many device records, with 100 contributions each: the figures must not depend
// on the number of records. 1 M records take some 500 MB: run it with -bench 'EndBlock/1000000'.
func BenchmarkEndBlock(b *testing.B) {
	for _, devices := range []int{1_000, 100_000, 1_000_000} {
		name := map[int]string{1_000: "1000", 100_000: "100000", 1_000_000: "1000000"}[devices]
		b.Run(name, func(b *testing.B) {
			if devices > 100_000 && testing.Short() {
				b.Skip("-short")
			}
			c := newChain(b, opensAt(5))
			for n := range devices {
				id := binary.BigEndian.AppendUint64(make([]byte, 12), uint64(n))
				require.NoError(b, c.k.Devices.Set(c.ctx, fullRecord(id)))
			}
			c.cms.Commit()
			fleet := make([]*testutil.Device, 100)
			for n := range fleet {
				fleet[n] = c.device(uint64(n))
			}
			w := c.open(5)
			for _, d := range fleet {
				c.accept(d.Commit(w, 2))
			}
			w = c.drawn(5)
			c.ctx, _ = c.ctx.CacheContext() // a block's writes reach the tree when it is committed
			for _, d := range fleet {
				c.accept(d.Open(w))
			}
			runtime.GC()
			for b.Loop() {
				ctx, _ := c.ctx.CacheContext()
				require.NoError(b, c.k.EndBlock(ctx))
			}
		})
	}
}

// BenchmarkItem is one accepted item without its arithmetic: reading, judging, touching and writing one record.
func BenchmarkItem(b *testing.B) {
	for _, phase := range []types.Phase{types.PHASE_COMMIT, types.PHASE_OPEN} {
		b.Run(phase.String(), func(b *testing.B) {
			c := newChain(b, opensAt(5))
			c.k.SetVerifier(trusting{})
			d := c.device(1)
			w := c.open(5)
			e := d.Commit(w, 2)
			if phase == types.PHASE_OPEN {
				c.accept(e)
				e = d.Open(c.drawn(5))
			}
			for b.Loop() {
				ctx, _ := c.ctx.CacheContext()
				_, err := c.msg.SubmitWork(ctx, batch(e))
				require.NoError(b, err)
			}
		})
	}
}

// trusting is a verifier whose cache knows everything.
type trusting struct{}

func (trusting) VerifySignature(types.Job) error { return nil }
func (trusting) Verify(types.Job) error          { return nil }
