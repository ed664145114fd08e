package types_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	collcodec "cosmossdk.io/collections/codec"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/internal/compact"
	"github.com/joulechain/joule/x/internal/compact/compacttest"
	"github.com/joulechain/joule/x/work/types"
)

func recordCodec() collcodec.ValueCodec[types.DeviceWork] {
	return types.NewDeviceWorkCodec(codec.NewProtoCodec(codectypes.NewInterfaceRegistry()))
}

// workingGPU is a record with three unsettled epochs and one commitment.
func workingGPU() types.DeviceWork {
	d := types.NewDeviceWork(devicetypes.WORK_CLASS_GPU, make([]byte, 20))
	d.Accrued, d.TotalUnits, d.TotalSettled = math.NewInt(123_456_789), math.NewInt(1<<40), math.NewInt(9_876_543_210)
	d.PaidEpoch, d.Paid, d.PaidBefore = 9_000, 1<<24, 1<<23
	for e := range uint64(3) {
		d.Units = append(d.Units, types.EpochUnits{Epoch: 1_000 + e, Units: 1 << 24})
	}
	d.SetCommitment(types.PendingCommitment{Window: 1_000_000, Rounds: 30_000, Root: make([]byte, 32), Height: 1_000_003, DeadlineHeight: 1_000_700})
	return d
}

// TestStoredRecordSizes holds the figures of docs/benchmarks.md.
func TestStoredRecordSizes(t *testing.T) {
	idle := types.NewDeviceWork(devicetypes.WORK_CLASS_GPU, make([]byte, 20))
	for want, d := range map[int]types.DeviceWork{4: idle, 92: workingGPU()} {
		bz, err := recordCodec().Encode(d)
		require.NoError(t, err)
		require.Len(t, bz, want)
	}
}

// TestStoredRecords: whatever a record's fields are, it comes back as it was but for the key's part, and a field that
// the encoding does not know would be missed.
func TestStoredRecords(t *testing.T) {
	rng, c := rand.New(rand.NewPCG(5, 6)), recordCodec()
	for i := range 3_000 {
		var d types.DeviceWork
		compacttest.Fill(rng, nil, &d)
		some(rng, &d)
		bz, err := c.Encode(d)
		require.NoError(t, err)
		d.DeviceId, d.WorkClass = nil, 0
		back, err := c.Decode(bz)
		require.NoError(t, err)
		require.Equal(t, d, back, i)
	}
}

// some empties some fields.
func some(rng *rand.Rand, d *types.DeviceWork) {
	for _, set := range []func(){
		func() { d.Units = nil }, func() { d.Pending = nil }, func() { d.Claims = nil }, func() { d.Faults = 0 }, func() { d.LastProvenEpoch = 0 },
		func() { d.Radio = &types.RadioWork{} }, func() { d.Radio = nil }, func() { d.Accrued = math.ZeroInt() },
		func() {
			for i := range d.Pending {
				d.Pending[i].Opened, d.Pending[i].TierPpm = i%2 == 0, 0
			}
		},
	} {
		if rng.IntN(2) == 0 {
			set()
		}
	}
}

func TestRecordsThatAreNotStored(t *testing.T) {
	for field, change := range map[string]func(*types.DeviceWork){
		"accrued":       func(d *types.DeviceWork) { d.Accrued = math.NewInt(-1) },
		"total_units":   func(d *types.DeviceWork) { d.TotalUnits = math.NewInt(-1) },
		"total_settled": func(d *types.DeviceWork) { d.TotalSettled = math.NewInt(-1) },
	} {
		d := workingGPU()
		change(&d)
		_, err := recordCodec().Encode(d)
		require.ErrorContains(t, err, field+" is -1")
	}
}

func TestTamperedRecords(t *testing.T) {
	c := recordCodec()
	bz, err := c.Encode(workingGPU())
	require.NoError(t, err)
	for n := range bz {
		_, err := c.Decode(bz[:n])
		require.ErrorIs(t, err, compact.ErrEncoding, "%d of %d bytes", n, len(bz))
	}
	for i := range bz {
		for bit := range 8 {
			other := append([]byte(nil), bz...)
			other[i] ^= 1 << bit
			requireCanonical(t, c, other)
		}
	}
	for name, bz := range map[string][]byte{
		"an empty list":     {1, 0, 0, 0, 0, 0},
		"no fault":          {4, 0, 0, 0, 0, 0},
		"a tier of nothing": {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0},
		"a list too long":   {1, 0, 0, 0, 0, 255, 255, 3},
	} {
		_, err := c.Decode(bz)
		require.ErrorIs(t, err, compact.ErrEncoding, name)
	}
}

func requireCanonical(t testing.TB, c collcodec.ValueCodec[types.DeviceWork], bz []byte) {
	d, err := c.Decode(bz)
	if err != nil {
		require.ErrorIs(t, err, compact.ErrEncoding)
		return
	}
	again, err := c.Encode(d)
	require.NoError(t, err)
	require.Equal(t, bz, again)
}

// FuzzStoredRecord: no bytes panic, and those that are read are the record's one encoding.
func FuzzStoredRecord(f *testing.F) {
	c := recordCodec()
	bz, err := c.Encode(workingGPU())
	require.NoError(f, err)
	f.Add(bz)
	f.Fuzz(func(t *testing.T, bz []byte) { requireCanonical(t, c, bz) })
}

func TestDeviceOfWorkKey(t *testing.T) {
	id := []byte("a device's own bytes")
	for _, class := range types.Classes() {
		got, gotID, err := types.DeviceOfWorkKey(types.DeviceWorkKey(class, id))
		require.NoError(t, err)
		require.Equal(t, class, got)
		require.Equal(t, id, gotID)
	}
	disk := types.DeviceWorkKey(devicetypes.WORK_CLASS_DISK, id)
	disk[1]++
	for _, key := range [][]byte{nil, disk, types.DeviceWorkKey(1, id)[:22], append(types.DeviceWorkKey(1, id), 0)} {
		_, _, err := types.DeviceOfWorkKey(key)
		require.ErrorIs(t, err, compact.ErrEncoding)
	}
}
