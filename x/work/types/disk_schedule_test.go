package types_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// goldenLot was computed by another program from the README.
const goldenLot = "7477"

func randomDiskParams(r *rand.Rand) types.DiskParams {
	p := testutil.Params().Disk
	p.Cohorts = 1 + r.Uint32N(types.MaxDiskCohorts)>>r.UintN(12)
	p.WindowBlocks = 1 + r.Uint32N(types.MaxWindowBlocks)>>r.UintN(10)
	return p
}

// TestScheduleProperties: whatever the parameters, and while they change from epoch to epoch, every cohort has exactly
// one window in an epoch, all of it within the epoch, at most MaxLiveDiskWindows live at once, and ids never repeat.
func TestScheduleProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 300 {
		start, live, ids := int64(1+r.IntN(1_000)), map[int64]int{}, map[uint64]bool{}
		for epoch := uint64(1); epoch <= 4; epoch++ {
			blocks := uint64(2 + r.IntN(2_000)>>r.UintN(11))
			s := types.NewDiskSchedule(epoch, start, blocks, randomDiskParams(r))
			require.NoError(t, s.Validate())
			require.True(t, s.HasWindows())
			next := uint32(0)
			for height := start; height < start+int64(blocks); height++ {
				first, end := s.Opening(height)
				if first == end {
					continue
				}
				require.Equal(t, next, first, "cohorts open in order")
				for cohort := first; cohort < end; cohort++ {
					w := s.Window(cohort, make([]byte, 32))
					require.NoError(t, w.Validate())
					require.False(t, ids[w.Id])
					ids[w.Id] = true
					require.Equal(t, height+1, w.OpenHeight)
					require.LessOrEqual(t, w.CloseHeight, start+int64(blocks)-1, "it ends within its epoch")
					require.Equal(t, int64(s.Params.WindowBlocks), w.CloseHeight-w.OpenHeight+1)
					// Stored from the end of its opening block to before the end of its last.
					for h := height; h < w.CloseHeight; h++ {
						live[h]++
						require.LessOrEqual(t, live[h], types.MaxLiveDiskWindows)
					}
				}
				next = end
			}
			require.Equal(t, s.Params.Cohorts, next, "each cohort has its window")
			for _, height := range []int64{start - 1, start + int64(blocks), 0, -5} {
				first, end := s.Opening(height)
				require.Equal(t, first, end)
			}
			start += int64(blocks)
		}
	}
}

// TestScheduleFigures: mainnet's and the devnet's, and what the bounds cut.
func TestScheduleFigures(t *testing.T) {
	mainnet := types.NewDiskSchedule(7, 3_601, 600, types.DefaultDiskParams())
	require.Equal(t, types.DefaultDiskParams(), mainnet.Params)
	open, last := mainnet.Heights(143)
	require.EqualValues(t, 3_601+143*596/144+1, open)
	require.EqualValues(t, open+3, last)
	id, o, l, ok := mainnet.WindowFor(make([]byte, 20))
	require.True(t, ok)
	epoch, cohort := types.SplitDiskWindowID(id)
	require.EqualValues(t, 7, epoch)
	require.Equal(t, types.DiskCohort(make([]byte, 20), 144), cohort)
	open, last = mainnet.Heights(cohort)
	require.Equal(t, []int64{open, last}, []int64{o, l})

	p := testutil.Params().Disk
	p.Cohorts, p.WindowBlocks = 4_096, 1_000
	tight := types.NewDiskSchedule(1, 1, 20, p)
	require.EqualValues(t, 19, tight.Params.WindowBlocks)
	require.EqualValues(t, 64, tight.Params.Cohorts)
	first, end := tight.Opening(1)
	require.Equal(t, []uint32{0, 64}, []uint32{first, end})

	require.False(t, types.NewDiskSchedule(1, 1, 1, p).HasWindows(), "one block is too short")
	require.False(t, types.DiskSchedule{}.HasWindows())
	_, _, _, ok = types.DiskSchedule{}.WindowFor(make([]byte, 20))
	require.False(t, ok)
	next := mainnet.Next(500, p)
	require.EqualValues(t, 8, next.Epoch)
	require.EqualValues(t, 4_201, next.StartHeight)
	require.EqualValues(t, 500, next.Blocks)
}

// TestCohorts: a device has one cohort, spread evenly, and a cohort's records are neighbours in the store for any
// number of cohorts.
func TestCohorts(t *testing.T) {
	lot := types.DiskLot(append([]byte{1, 2, 3}, make([]byte, 17)...))
	require.Equal(t, goldenLot, hex.EncodeToString([]byte{byte(lot >> 8), byte(lot)}))
	var ids [][]byte
	for n := range uint64(2_000) {
		ids = append(ids, testutil.NewDevice("c", n).ID())
	}
	key := func(id []byte) []byte { return types.DeviceWorkKey(devicetypes.WORK_CLASS_DISK, id) }
	slices.SortFunc(ids, func(a, b []byte) int { return bytes.Compare(key(a), key(b)) })
	for _, cohorts := range []uint32{1, 2, 7, 144, 4_096} {
		last, most, count := uint32(0), 0, map[uint32]int{}
		for _, id := range ids {
			c := types.DiskCohort(id, cohorts)
			require.Less(t, c, cohorts)
			require.GreaterOrEqual(t, c, last, "the store's order is the cohorts'")
			last = c
			count[c]++
			most = max(most, count[c])
		}
		if cohorts <= 144 {
			require.Len(t, count, int(cohorts))
		}
		mean := float64(len(ids)) / float64(cohorts)
		require.Less(t, float64(most), 2*mean+10)
	}
	require.Len(t, key(ids[0]), 23)
	require.Equal(t, []byte{1, 0, 0}, types.DeviceWorkKey(devicetypes.WORK_CLASS_GPU, ids[0])[:3])
}

// TestServes: of an epoch's windows exactly one serves a disk, and every GPU window serves a GPU.
func TestServes(t *testing.T) {
	p := testutil.Params().Disk
	p.Cohorts = 37
	s := types.NewDiskSchedule(3, 61, 100, p)
	for n := range uint64(200) {
		id := testutil.NewDevice("c", n).ID()
		served := 0
		for cohort := range s.Params.Cohorts {
			w := s.Window(cohort, make([]byte, 32))
			if w.Serves(id) {
				served++
				mine, _, _, _ := s.WindowFor(id)
				require.Equal(t, mine, w.Id)
			}
		}
		require.Equal(t, 1, served)
	}
	require.True(t, types.NewGpuWindow(5, 1, testutil.Params().Gpu).Serves(make([]byte, 20)))
	require.False(t, types.Window{WorkClass: devicetypes.WORK_CLASS_DISK}.Serves(make([]byte, 20)), "no rules")
}

func TestDiskWindowRefusals(t *testing.T) {
	s := types.NewDiskSchedule(3, 61, 100, testutil.Params().Disk)
	good := s.Window(1, make([]byte, 32))
	require.NoError(t, good.Validate())
	require.NoError(t, good.CheckProve(good.OpenHeight))
	require.NoError(t, good.CheckProve(good.CloseHeight))
	require.ErrorIs(t, good.CheckProve(good.OpenHeight-1), types.ErrWindowNotOpen)
	require.ErrorIs(t, good.CheckProve(good.CloseHeight+1), types.ErrWindowClosed)
	for name, spoil := range map[string]func(*types.Window){
		"mix":      func(w *types.Window) { w.SeedMix = w.SeedMix[1:] },
		"draw":     func(w *types.Window) { w.DrawAMix = make([]byte, 32) },
		"draws":    func(w *types.Window) { w.DrawBHeight = 5 },
		"deadline": func(w *types.Window) { w.DeadlineHeight++ },
		"gpu":      func(w *types.Window) { w.Gpu.N = 64 },
		"epoch":    func(w *types.Window) { w.Epoch++ },
		"id":       func(w *types.Window) { w.Id += 1 << 16 },
		"no rules": func(w *types.Window) { w.Disk = nil },
		"rules":    func(w *types.Window) { w.Disk.Lambda = 0 },
	} {
		w := s.Window(1, make([]byte, 32))
		spoil(&w)
		require.Error(t, w.Validate(), name)
	}
	gpu := types.NewGpuWindow(5, 1, testutil.Params().Gpu)
	gpu.Disk = good.Disk
	require.ErrorIs(t, gpu.Validate(), types.ErrInvalidGenesis)
}

func TestScheduleRefusals(t *testing.T) {
	require.NoError(t, types.DiskSchedule{}.Validate())
	for name, spoil := range map[string]func(*types.DiskSchedule){
		"no epoch":      func(s *types.DiskSchedule) { s.Epoch = 0 },
		"start":         func(s *types.DiskSchedule) { s.StartHeight = 0 },
		"no blocks":     func(s *types.DiskSchedule) { s.Blocks = 0 },
		"endless":       func(s *types.DiskSchedule) { s.Blocks = 1 << 63 },
		"rules":         func(s *types.DiskSchedule) { s.Params.MinK = 19 },
		"long windows":  func(s *types.DiskSchedule) { s.Params.WindowBlocks = 100 },
		"many at once":  func(s *types.DiskSchedule) { s.Blocks, s.Params.Cohorts = 5, 65 },
		"beyond blocks": func(s *types.DiskSchedule) { s.Blocks = 4 },
	} {
		s := types.NewDiskSchedule(3, 61, 100, testutil.Params().Disk)
		require.NoError(t, s.Validate())
		spoil(&s)
		require.Error(t, s.Validate(), name)
	}
}
