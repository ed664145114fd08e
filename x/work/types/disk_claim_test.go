package types_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// TestClaimsAgainstModel: through any sequence of claims, the one that holds in epoch E is the last one set in E − 2 or
// before; what holds in the current and in the next epoch never changes; a record has at most three.
func TestClaimsAgainstModel(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 300 {
		d := types.NewDeviceWork(devicetypes.WORK_CLASS_DISK, make([]byte, 20))
		model := map[uint64]types.DiskClaim{} // by the epoch in which it was set, the last one
		holds := func(epoch uint64) (c types.DiskClaim) {
			for set := epoch - types.DiskClaimDelay; set >= 1 && epoch > types.DiskClaimDelay; set-- {
				if c, ok := model[set]; ok {
					return c
				}
			}
			return types.DiskClaim{}
		}
		for now := uint64(1); now < 40; now++ {
			for range r.IntN(3) {
				c := types.DiskClaim{Plots: 1 + r.Uint32N(1_000), K: 18, Strength: 2}
				if r.IntN(4) == 0 {
					c = types.DiskClaim{}
				}
				set := d.SetClaim(c, now)
				require.Equal(t, now+2, set.FromEpoch)
				model[now] = set
			}
			require.LessOrEqual(t, len(d.Claims), types.MaxDiskClaims)
			require.NoError(t, d.Validate())
			for epoch := now; epoch < now+5; epoch++ {
				got, ok := d.ClaimFor(epoch)
				want := holds(epoch)
				require.Equal(t, want.Plots > 0, ok)
				if ok {
					require.Equal(t, want, got, "epoch %d, now %d", epoch, now)
				}
			}
		}
	}
}

func TestClaimsAfter(t *testing.T) {
	d := types.NewDeviceWork(devicetypes.WORK_CLASS_DISK, make([]byte, 20))
	require.Empty(t, d.ClaimsAfter(0))
	for epoch, plots := range []uint32{5, 6, 7} {
		d.SetClaim(types.DiskClaim{Plots: plots, K: 18, Strength: 2}, uint64(epoch+1))
	}
	require.Len(t, d.ClaimsAfter(2), 3)
	require.Len(t, d.ClaimsAfter(3), 2)
	require.Len(t, d.ClaimsAfter(5), 0)
	_, ok := d.ClaimFor(2)
	require.False(t, ok)
	got, ok := d.ClaimFor(9)
	require.True(t, ok)
	require.EqualValues(t, 7, got.Plots)
	// A genesis may hold claims of far epochs; a new one drops what it replaces and stays in order.
	d.Claims[2].FromEpoch = 100
	d.SetClaim(types.DiskClaim{Plots: 8, K: 18, Strength: 2}, 4)
	require.NoError(t, d.Validate())
	got, _ = d.ClaimFor(100)
	require.EqualValues(t, 8, got.Plots)
}

func TestClaimValidate(t *testing.T) {
	rules := types.DefaultDiskParams()
	for name, tc := range map[string]struct {
		claim types.DiskClaim
		text  string
	}{
		"few plots":        {types.DiskClaim{Plots: 7, K: 28, Strength: 4}, "plots is 7; want 8 to 32768"},
		"many plots":       {types.DiskClaim{Plots: 1<<15 + 1, K: 28, Strength: 4}, "plots is 32769"},
		"small k":          {types.DiskClaim{Plots: 8, K: 26, Strength: 4}, "k is 26; want 28 to 30"},
		"large k":          {types.DiskClaim{Plots: 8, K: 32, Strength: 4}, "k is 32; want 28 to 30"},
		"odd k":            {types.DiskClaim{Plots: 8, K: 29, Strength: 4}, "k is 29; want an even number"},
		"k beyond a byte":  {types.DiskClaim{Plots: 8, K: 256 + 28, Strength: 4}, "k is 284"},
		"weak":             {types.DiskClaim{Plots: 8, K: 28, Strength: 3}, "strength is 3; want 4 to 8"},
		"too strong":       {types.DiskClaim{Plots: 8, K: 28, Strength: 9}, "strength is 9; want 4 to 8"},
		"end with k":       {types.DiskClaim{K: 28}, "want 0 for both to end a claim"},
		"end and strength": {types.DiskClaim{Strength: 4}, "want 0 for both to end a claim"},
	} {
		err := tc.claim.ValidateFor(rules)
		require.ErrorIs(t, err, types.ErrInvalidClaim, name)
		require.ErrorContains(t, err, tc.text, name)
	}
	for _, good := range []types.DiskClaim{{}, {Plots: 8, K: 28, Strength: 4}, {Plots: 1 << 15, K: 30, Strength: 8}} {
		require.NoError(t, good.ValidateFor(rules))
	}
	require.EqualValues(t, 8*15_360, types.DiskClaim{Plots: 8, K: 28, Strength: 4}.Units())
	require.EqualValues(t, uint64(math.MaxUint32)*65_536, types.DiskClaim{Plots: math.MaxUint32, K: 30, Strength: 8}.Units())
}

func TestDiskRecordRefusals(t *testing.T) {
	claim := types.DiskClaim{Plots: 3, K: 18, Strength: 2, FromEpoch: 4}
	for name, d := range map[string]types.DeviceWork{
		"claims of a GPU":  {WorkClass: devicetypes.WORK_CLASS_GPU, Claims: []types.DiskClaim{claim}},
		"proof of a GPU":   {WorkClass: devicetypes.WORK_CLASS_GPU, LastProvenEpoch: 1},
		"disk commits":     {WorkClass: devicetypes.WORK_CLASS_DISK, Pending: []types.PendingCommitment{{Window: 1, Rounds: 1, Root: make([]byte, 32)}}},
		"disk faults":      {WorkClass: devicetypes.WORK_CLASS_DISK, Faults: 1},
		"claims twice":     {WorkClass: devicetypes.WORK_CLASS_DISK, Claims: []types.DiskClaim{claim, claim}},
		"four claims":      {WorkClass: devicetypes.WORK_CLASS_DISK, Claims: make([]types.DiskClaim, 4)},
		"claim of k 32":    {WorkClass: devicetypes.WORK_CLASS_DISK, Claims: []types.DiskClaim{{Plots: 3, K: 32, Strength: 2}}},
		"claim, no params": {WorkClass: devicetypes.WORK_CLASS_DISK, Claims: []types.DiskClaim{{Plots: 3}}},
	} {
		whole := types.NewDeviceWork(d.WorkClass, make([]byte, 20))
		require.NoError(t, whole.Validate())
		whole.Claims, whole.LastProvenEpoch, whole.Pending, whole.Faults = d.Claims, d.LastProvenEpoch, d.Pending, d.Faults
		require.Error(t, whole.Validate(), name)
	}
}

func TestDiskParams(t *testing.T) {
	require.NoError(t, types.DefaultDiskParams().Validate())
	for field, spoil := range map[string]func(*types.DiskParams){
		"disk.version is 2":            func(p *types.DiskParams) { p.Version = 2 },
		"disk.min_k is 16":             func(p *types.DiskParams) { p.MinK = 16 },
		"disk.min_k is 32":             func(p *types.DiskParams) { p.MinK = 32 },
		"disk.min_k is 27; want an":    func(p *types.DiskParams) { p.MinK = 27 },
		"disk.min_strength is 1":       func(p *types.DiskParams) { p.MinStrength = 1 },
		"disk.min_strength is 9":       func(p *types.DiskParams) { p.MinStrength = 9 },
		"disk.lambda is 0":             func(p *types.DiskParams) { p.Lambda = 0 },
		"disk.lambda is 17":            func(p *types.DiskParams) { p.Lambda, p.MaxProofs = 17, 17 },
		"disk.max_proofs is 17":        func(p *types.DiskParams) { p.MaxProofs = 17 },
		"disk.max_proofs is 1; want 2": func(p *types.DiskParams) { p.MaxProofs, p.Lambda = 1, 2 },
		"disk.cohorts is 0":            func(p *types.DiskParams) { p.Cohorts = 0 },
		"disk.cohorts is 4097":         func(p *types.DiskParams) { p.Cohorts = 4_097 },
		"disk.window_blocks is 0":      func(p *types.DiskParams) { p.WindowBlocks = 0 },
		"disk.window_blocks is 1001":   func(p *types.DiskParams) { p.WindowBlocks = 1_001 },
		"disk.min_plots is 1; want 2":  func(p *types.DiskParams) { p.MinPlots, p.Lambda = 1, 2 },
		"disk.min_plots is 9; want 1":  func(p *types.DiskParams) { p.MinPlots, p.MaxPlots = 9, 8 },
		"disk.max_plots is 0":          func(p *types.DiskParams) { p.MaxPlots = 0 },
	} {
		p := types.DefaultParams()
		spoil(&p.Disk)
		err := p.Validate()
		require.ErrorIs(t, err, types.ErrInvalidParams, field)
		require.ErrorContains(t, err, field)
	}
}
