package types_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

func TestParamsRefuse(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for name, c := range map[string]struct {
		change func(*types.Params)
		says   string
	}{
		"denom":         {func(p *types.Params) { p.Denom = "stake" }, "denom"},
		"sum":           {func(p *types.Params) { p.ValidatorsBps++ }, "sum to 10001"},
		"sum overflow":  {func(p *types.Params) { p.ValidatorsBps, p.CommunityBps = 1<<31+5_000, 1<<31+5_000; p.Classes = nil }, "sum to"},
		"order":         {func(p *types.Params) { p.Classes[0], p.Classes[1] = p.Classes[1], p.Classes[0] }, "ascending"},
		"twice":         {func(p *types.Params) { p.Classes[1].WorkClass = devicetypes.WORK_CLASS_GPU }, "each once"},
		"unspecified":   {func(p *types.Params) { p.Classes[0].WorkClass = 0 }, "work_class"},
		"unknown class": {func(p *types.Params) { p.Classes[2].WorkClass = 99 }, "known classes"},
		"many":          {func(p *types.Params) { p.Classes = make([]types.ClassShare, 17) }, "at most 16"},
		"baseline 0":    {func(p *types.Params) { p.Classes[0].BaselineUnits = math.ZeroInt() }, "baseline_units"},
		"baseline nil":  {func(p *types.Params) { p.Classes[0].BaselineUnits = math.Int{} }, "baseline_units"},
		"baseline big": {func(p *types.Params) {
			p.Classes[0].BaselineUnits = math.NewIntFromBigInt(new(big.Int).Lsh(big.NewInt(1), 128))
		}, "baseline_units"},
		"growth":   {func(p *types.Params) { p.Classes[0].BaselineGrowthPpb = 100_000_001 }, "baseline_growth_ppb"},
		"speed":    {func(p *types.Params) { p.SpeedBps = 10_001 }, "never sped up"},
		"window":   {func(p *types.Params) { p.ClaimWindowEpochs = 15 }, "claim_window_epochs is 15, it must be within 16..100000"},
		"trailing": {func(p *types.Params) { p.TrailingEpochs = 0 }, "trailing_epochs"},
		"claims":   {func(p *types.Params) { p.MaxClaimDevices = 501 }, "max_claim_devices"},
	} {
		t.Run(name, func(t *testing.T) {
			p := types.DefaultParams()
			c.change(&p)
			require.ErrorContains(t, p.Validate(), c.says)
		})
	}
}

func TestGenesisRefuses(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
	epoch := func() types.EpochEmission {
		e := types.NewEpochEmission(1, 1, 10, types.DefaultParams())
		e.Ended, e.Budget, e.Validators = true, math.NewInt(100), math.NewInt(20)
		return e
	}
	valid := func() types.GenesisState {
		g := *types.DefaultGenesis()
		g.Supply = types.NewSupply(math.NewInt(1_000))
		g.Supply.Minted = math.NewInt(20)
		g.Epochs = []types.EpochEmission{epoch()}
		g.Classes = []types.ClassState{types.NewClassState(g.Params.Classes[0])}
		return g
	}
	require.NoError(t, valid().Validate())
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		says   string
	}{
		"params":      {func(g *types.GenesisState) { g.Params.Denom = "" }, "params: denom"},
		"minted":      {func(g *types.GenesisState) { g.Supply.Minted = math.NewInt(21) }, "the epochs' accounts sum to 20"},
		"cap":         {func(g *types.GenesisState) { g.Supply.Genesis = types.MaxSupply() }, "within 0.."},
		"new":         {func(g *types.GenesisState) { g.Supply = types.Supply{} }, "must be empty"},
		"epoch twice": {func(g *types.GenesisState) { g.Epochs = append(g.Epochs, epoch()) }, "each once"},
		"epoch zero":  {func(g *types.GenesisState) { g.Epochs[0].Epoch = 0 }, "each once, ascending"},
		"over budget": {func(g *types.GenesisState) { g.Epochs[0].Budget = math.NewInt(19) }, "exceeds the budget"},
		"frozen":      {func(g *types.GenesisState) { g.Epochs[0].Frozen, g.Epochs[0].Ended = true, false }, "each implies the next"},
		"pool": {func(g *types.GenesisState) {
			z := math.ZeroInt()
			g.Epochs[0].Classes = []types.ClassEmission{{WorkClass: 1, Units: z, Baseline: z, Pool: math.OneInt(), FromCarry: z, Minted: z, ScheduledBaseline: z, TrailingUnits: z}}
		}, "from_carry + minted"},
		"class twice": {func(g *types.GenesisState) { g.Classes = append(g.Classes, g.Classes[0]) }, "each once"},
		"carry":       {func(g *types.GenesisState) { g.Classes[0].Carry = math.NewInt(-1) }, "must not be negative"},
		"escrow end":  {func(g *types.GenesisState) { g.EscrowEndHeight = -1 }, "escrow_end_height"},
		"vesting":     {func(g *types.GenesisState) { g.VestingAccounts = []string{"a", "a"} }, "twice"},
		"vesting n":   {func(g *types.GenesisState) { g.VestingAccounts = make([]string, 10_001) }, "at most 10000"},
	} {
		t.Run(name, func(t *testing.T) {
			g := valid()
			c.change(&g)
			err := g.Validate()
			require.ErrorIs(t, err, types.ErrInvalidGenesis)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Whatever bytes arrive, validation answers without a panic, and what it accepts computes without one.
func FuzzParamsValidate(f *testing.F) {
	p := types.DefaultParams()
	seed, err := p.Marshal()
	require.NoError(f, err)
	f.Add(seed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p types.Params
		if p.Unmarshal(data) != nil || p.Validate() != nil {
			return
		}
		for _, c := range p.Classes {
			s := types.NewClassState(c)
			require.NoError(t, s.Validate())
			b := types.Baseline(types.GrowSchedule(s.ScheduledBaseline, c.BaselineGrowthPpb), s.TrailingUnits)
			pool := types.Pool(types.Budget(types.MaxSupply(), 600, p.SpeedBps), c.ShareBps, b, b)
			require.True(t, pool.LTE(types.MaxSupply()))
		}
	})
}

func FuzzGenesisValidate(f *testing.F) {
	g := types.DefaultGenesis()
	g.Supply = types.NewSupply(math.NewInt(7))
	g.Epochs = []types.EpochEmission{types.NewEpochEmission(1, 1, 10, g.Params)}
	g.Classes = []types.ClassState{types.NewClassState(g.Params.Classes[0])}
	seed, err := g.Marshal()
	require.NoError(f, err)
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var g types.GenesisState
		if g.Unmarshal(data) != nil || g.Validate() != nil {
			return
		}
		require.True(t, g.Supply.IsNew() || g.Supply.Total().LTE(types.MaxSupply()))
	})
}
