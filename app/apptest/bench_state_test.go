package apptest

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// benchDevices names the environment variable that sets the size of the largest registry.
	benchDevices = "JOULE_BENCH_DEVICES"
	// writeChunk bounds what is written between two commits.
	writeChunk = 250_000
	// unsettled is how many epochs of units each record holds.
	unsettled = 3
)

// largest is how many devices the largest registry has: 200,000, which a laptop writes in a minute or two, unless the
// environment says otherwise.
func largest(b *testing.B) int {
	text := os.Getenv(benchDevices)
	if text == "" {
		return 200_000
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err, benchDevices)
	return n
}

// crowd starts a chain on disk and writes n devices with work records straight into its stores: registering them by
// transactions would take hours.
func crowd(b *testing.B, n int) *Chain {
	b.Helper()
	c := newBench(b, 4, func(g *Genesis) {
		Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 4 })
		Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
			s.Params = worktestutil.Params()
			s.Params.Gpu.WindowProbabilityPpm = 1
		})
	})
	c.populate(n, c.writeDevice)
	// What writing them left to compact and to collect must not disturb the measurement.
	require.NoError(b, c.nodes[0].db.(*dbm.GoLevelDB).ForceCompact(nil, nil))
	runtime.GC()
	return c
}

// populate writes n devices and their records, owned by a thousandth as many accounts, and commits them.
func (c *Chain) populate(n int, write func(sdk.Context, uint64)) {
	for done := 0; done < n; done += writeChunk {
		ctx := c.App().NewUncachedContext(false, c.header(c.height))
		for i := done; i < min(n, done+writeChunk); i++ {
			write(ctx, uint64(i))
		}
		c.Blocks(1)
	}
}

// writeDevice writes the i-th device and its record as they stand after a few epochs of work.
func (c *Chain) writeDevice(ctx sdk.Context, i uint64) {
	pk, id := crowdKey(i)
	c.register(ctx, i, pk, devicetypes.WORK_CLASS_GPU, devicetypes.Capability{
		Kind: &devicetypes.Capability_Gpu{Gpu: &devicetypes.GpuCapability{Model: "NVIDIA H100 80GB HBM3"}},
	})
	record := crowdRecord(devicetypes.WORK_CLASS_GPU, id)
	record.SetCommitment(worktypes.PendingCommitment{
		Window: 1_000_000, Rounds: 30_000, Root: binary.BigEndian.AppendUint64(make([]byte, 24), i), Height: 1_000_003, DeadlineHeight: 1_000_700,
	})
	require.NoError(c.t, c.App().WorkKeeper.Devices.Set(ctx, record))
}

func crowdKey(i uint64) (devicetypes.PublicKey, []byte) {
	pk := devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_ED25519, Key: seed("device", int(i))}
	return pk, devicetypes.DeviceID(pk)
}

// crowdOwner owns a thousand devices.
func crowdOwner(i uint64) sdk.AccAddress { return seed("crowd", int(i/1_000))[:20] }

// register writes a device that its owner pays for and is paid for.
func (c *Chain) register(ctx sdk.Context, i uint64, pk devicetypes.PublicKey, class devicetypes.WorkClass, capability devicetypes.Capability) {
	owner, id := crowdOwner(i).String(), devicetypes.DeviceID(pk)
	require.NoError(c.t, c.App().DeviceKeeper.Devices.Set(ctx, id, devicetypes.Device{
		Id: id, Owner: owner, Beneficiary: owner, BondPayer: owner, PublicKey: pk, WorkClass: class, Capability: capability,
		Bond: sdk.NewInt64Coin(app.BaseDenom, DeviceBond), State: devicetypes.DEVICE_STATE_ACTIVE, Generation: 1, RegisteredHeight: 1_000_000,
	}))
}

// crowdRecord is a record with a life behind it, and with as many unsettled epochs as mainnet has.
func crowdRecord(class devicetypes.WorkClass, id []byte) worktypes.DeviceWork {
	record := worktypes.NewDeviceWork(class, id)
	record.Accrued, record.TotalUnits, record.TotalSettled = math.NewInt(123_456_789), math.NewInt(1<<40), math.NewInt(9_876_543_210)
	record.PaidEpoch, record.Paid, record.PaidBefore = 999, 1<<31, 1<<31
	for e := range uint64(unsettled) {
		record.Units = append(record.Units, worktypes.EpochUnits{Epoch: 1_000 + e, Units: 1 << 24})
	}
	return record
}

// BenchmarkEpochBoundary executes and commits the last block of an epoch, which settles and freezes, and the others for
// comparison, with few and with very many devices: nothing may loop over them. Each operation is one boundary.
func BenchmarkEpochBoundary(b *testing.B) {
	for _, n := range []int{1_000, largest(b)} {
		b.Run(fmt.Sprintf("devices=%d", n), func(b *testing.B) {
			c := crowd(b, n)
			var boundaries, others []time.Duration
			for b.Loop() {
				b.StopTimer()
				for settled := false; !settled; {
					settled = c.lastOfEpoch()
					if settled {
						c.creditEpoch(n)
						b.StartTimer()
					}
					start := time.Now()
					c.Commit(c.Propose())
					if spent := time.Since(start); settled {
						boundaries = append(boundaries, spent)
					} else {
						others = append(others, spent)
					}
				}
			}
			b.ReportMetric(median(boundaries), "boundary-median-us")
			b.ReportMetric(median(others), "other-median-us")
		})
	}
}

// median is in microseconds: on a busy machine a mean is mostly its outliers.
func median(spent []time.Duration) float64 {
	slices.Sort(spent)
	return float64(spent[len(spent)/2].Nanoseconds()) / 1_000
}

// lastOfEpoch tells whether the next block ends its epoch.
func (c *Chain) lastOfEpoch() bool {
	e, err := c.App().BeaconKeeper.CurrentEpoch(c.Ctx())
	require.NoError(c.t, err)
	return c.height+1 == e.StartHeight+int64(e.Blocks)-1
}

// creditEpoch gives the running epoch the units of n devices, as their openings would have.
func (c *Chain) creditEpoch(n int) {
	ctx := c.App().NewUncachedContext(false, c.header(c.height))
	epoch, err := c.App().BeaconKeeper.EpochNumber(ctx)
	require.NoError(c.t, err)
	tally := worktypes.NewTally(devicetypes.WORK_CLASS_GPU, epoch)
	tally.Units, tally.Evidence = math.NewInt(1<<24).MulRaw(int64(n)), uint64(n)
	require.NoError(c.t, c.App().WorkKeeper.Tallies.Set(ctx, collections.Join(int32(devicetypes.WORK_CLASS_GPU), epoch), tally))
}
