package types_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func TestParamsNameTheField(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	gpu := types.DefaultParams().Classes[0]
	radio := types.ClassParams{WorkClass: types.WORK_CLASS_RADIO, MinBond: sdkmath.OneInt(), BondPerUnit: sdkmath.ZeroInt()}
	above := types.MaxBond().AddRaw(1)
	tests := map[string]struct {
		change func(*types.Params)
		field  string
	}{
		"class unspecified":     {func(p *types.Params) { p.Classes[0].WorkClass = 0 }, "classes[0].work_class"},
		"class unknown":         {func(p *types.Params) { p.Classes[0].WorkClass = 4 }, "classes[0].work_class"},
		"class twice":           {func(p *types.Params) { p.Classes = []types.ClassParams{gpu, gpu} }, "classes[1].work_class"},
		"classes descending":    {func(p *types.Params) { p.Classes = []types.ClassParams{radio, gpu} }, "classes[1].work_class"},
		"min_bond unset":        {func(p *types.Params) { p.Classes[0].MinBond = sdkmath.Int{} }, "classes[0].min_bond"},
		"min_bond 0":            {func(p *types.Params) { p.Classes[0].MinBond = sdkmath.ZeroInt() }, "classes[0].min_bond"},
		"min_bond large":        {func(p *types.Params) { p.Classes[0].MinBond = above }, "classes[0].min_bond"},
		"bond_per_unit unset":   {func(p *types.Params) { p.Classes[0].BondPerUnit = sdkmath.Int{} }, "classes[0].bond_per_unit"},
		"bond_per_unit below 0": {func(p *types.Params) { p.Classes[0].BondPerUnit = sdkmath.NewInt(-1) }, "classes[0].bond_per_unit"},
		"bond_per_unit large":   {func(p *types.Params) { p.Classes[0].BondPerUnit = above }, "classes[0].bond_per_unit"},
		"bond_denom":            {func(p *types.Params) { p.BondDenom = "" }, "bond_denom"},
		"bond_denom odd":        {func(p *types.Params) { p.BondDenom = "1joule" }, "bond_denom"},
		"unbonding short":       {func(p *types.Params) { p.UnbondingEpochs = 15 }, "unbonding_epochs"},
		"reclaim short":         {func(p *types.Params) { p.ReclaimEpochs = 719 }, "reclaim_epochs"},
		"reclaim long":          {func(p *types.Params) { p.ReclaimEpochs = 100_001 }, "reclaim_epochs"},
		"unbonding long":        {func(p *types.Params) { p.UnbondingEpochs = 10_001 }, "unbonding_epochs"},
		"expiry short":          {func(p *types.Params) { p.MaxRegistrationBlocks = 9 }, "max_registration_blocks"},
		"expiry long":           {func(p *types.Params) { p.MaxRegistrationBlocks = 1_000_001 }, "max_registration_blocks"},
		"batch of none":         {func(p *types.Params) { p.MaxBatch = 0 }, "max_batch"},
		"batch large":           {func(p *types.Params) { p.MaxBatch = 257 }, "max_batch"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := types.DefaultParams()
			tc.change(&p)
			err := p.Validate()
			require.ErrorIs(t, err, types.ErrInvalidParams)
			require.ErrorContains(t, err, tc.field+":")
			g := types.DefaultGenesis()
			g.Params = p
			require.ErrorIs(t, g.Validate(), types.ErrInvalidParams)
		})
	}
	p := types.DefaultParams()
	p.Classes[2] = radio
	p.UnbondingEpochs, p.MaxRegistrationBlocks, p.MaxBatch = 16, 10, 1
	require.NoError(t, p.Validate())
	p.UnbondingEpochs, p.MaxRegistrationBlocks, p.MaxBatch = 10_000, 1_000_000, 256
	p.Classes[0].MinBond, p.Classes[0].BondPerUnit = types.MaxBond(), types.MaxBond()
	require.NoError(t, p.Validate())
}

func TestDefaultParamsOpenEveryClass(t *testing.T) {
	p := types.DefaultParams()
	for _, class := range []types.WorkClass{types.WORK_CLASS_GPU, types.WORK_CLASS_DISK, types.WORK_CLASS_RADIO} {
		_, err := p.Class(class)
		require.NoError(t, err)
	}
	for _, class := range []types.WorkClass{types.WORK_CLASS_UNSPECIFIED, 4, 9} {
		_, err := p.Class(class)
		require.ErrorIs(t, err, types.ErrClassNotOpen)
	}
}

func TestAllowance(t *testing.T) {
	class := types.ClassParams{WorkClass: types.WORK_CLASS_GPU, MinBond: sdkmath.NewInt(100), BondPerUnit: sdkmath.NewInt(7)}
	huge, _ := sdkmath.NewIntFromString("1000000000000000000000000000")
	for bond, want := range map[string]uint64{"0": 0, "6": 0, "7": 1, "20": 2, huge.String(): math.MaxUint64, "-7": 0} {
		b, _ := sdkmath.NewIntFromString(bond)
		require.Equal(t, want, class.Allowance(b), bond)
	}
	require.Zero(t, class.Allowance(sdkmath.Int{}))
	require.Equal(t, sdkmath.NewInt(100), class.BondFor(14), "never below min_bond")
	require.Equal(t, sdkmath.NewInt(105), class.BondFor(15))
	for units := range uint64(100) {
		require.GreaterOrEqual(t, class.Allowance(class.BondFor(units)), units)
	}
	class.BondPerUnit = sdkmath.ZeroInt()
	require.Equal(t, uint64(math.MaxUint64), class.Allowance(sdkmath.OneInt()))
	require.Equal(t, sdkmath.NewInt(100), class.BondFor(math.MaxUint64))
}

func genesisDevice(n uint64) types.Device {
	r := testutil.Registration(chainID, "joule1owner", testutil.NumberedKey(n))
	return types.Device{
		Id: types.DeviceID(r.PublicKey), Owner: r.Owner, PublicKey: r.PublicKey, WorkClass: r.WorkClass, Capability: r.Capability,
		Beneficiary: r.Owner, Bond: r.Bond, BondPayer: r.Owner, State: types.DEVICE_STATE_ACTIVE, Generation: 1, RegisteredHeight: 5,
	}
}

func TestGenesisDevices(t *testing.T) {
	two := []types.Device{genesisDevice(1), genesisDevice(2)}
	if string(two[0].Id) > string(two[1].Id) {
		two[0], two[1] = two[1], two[0]
	}
	with := func(devices ...types.Device) types.GenesisState {
		return types.GenesisState{Params: types.DefaultParams(), Devices: devices}
	}
	require.NoError(t, types.DefaultGenesis().Validate())
	require.NoError(t, with(two...).Validate())
	require.ErrorIs(t, with(two[1], two[0]).Validate(), types.ErrInvalidGenesis)
	require.ErrorIs(t, with(two[0], two[0]).Validate(), types.ErrInvalidGenesis)

	retired := func(d *types.Device) { d.State, d.UnbondingEpoch = types.DEVICE_STATE_RETIRED, 9 }
	good := map[string]func(*types.Device){
		"retired":   retired,
		"withdrawn": func(d *types.Device) { retired(d); d.Bond.Amount = sdkmath.ZeroInt() },
		"offered":   func(d *types.Device) { d.PendingOwner = "joule1x" },
		"maintenance": func(d *types.Device) {
			d.State, d.SuspensionReason = types.DEVICE_STATE_SUSPENDED, types.SUSPENSION_REASON_MAINTENANCE
		},
		"faults": func(d *types.Device) {
			d.State, d.SuspensionReason, d.SuspendedUntilEpoch = types.DEVICE_STATE_SUSPENDED, types.SUSPENSION_REASON_FAULTS, 3
		},
	}
	bad := map[string]func(*types.Device){
		"key":                    func(d *types.Device) { d.PublicKey.Key = make([]byte, 32) },
		"id":                     func(d *types.Device) { d.Id = genesisDevice(3).Id },
		"id empty":               func(d *types.Device) { d.Id = nil },
		"class":                  func(d *types.Device) { d.WorkClass = types.WORK_CLASS_RADIO },
		"owner":                  func(d *types.Device) { d.Owner = "" },
		"beneficiary":            func(d *types.Device) { d.Beneficiary = "" },
		"bond payer":             func(d *types.Device) { d.BondPayer = "" },
		"bond unset":             func(d *types.Device) { d.Bond.Amount = sdkmath.Int{} },
		"bond negative":          func(d *types.Device) { retired(d); d.Bond.Amount = sdkmath.NewInt(-1) },
		"bond denom":             func(d *types.Device) { d.Bond.Denom = "uatom" },
		"active without bond":    func(d *types.Device) { d.Bond.Amount = sdkmath.ZeroInt() },
		"generation":             func(d *types.Device) { d.Generation = 0 },
		"height":                 func(d *types.Device) { d.RegisteredHeight = -1 },
		"state unspecified":      func(d *types.Device) { d.State = 0 },
		"state unknown":          func(d *types.Device) { d.State = 7 },
		"active unbonding":       func(d *types.Device) { d.UnbondingEpoch = 3 },
		"retired, not unbonding": func(d *types.Device) { d.State = types.DEVICE_STATE_RETIRED },
		"retired, offered":       func(d *types.Device) { retired(d); d.PendingOwner = "joule1x" },
		"suspended for nothing":  func(d *types.Device) { d.State = types.DEVICE_STATE_SUSPENDED },
		"suspended oddly":        func(d *types.Device) { d.State, d.SuspensionReason = types.DEVICE_STATE_SUSPENDED, 9 },
		"active with reason":     func(d *types.Device) { d.SuspensionReason = types.SUSPENSION_REASON_FAULTS },
		"active until":           func(d *types.Device) { d.SuspendedUntilEpoch = 2 },
		"maintenance until": func(d *types.Device) {
			d.State, d.SuspensionReason, d.SuspendedUntilEpoch = types.DEVICE_STATE_SUSPENDED, types.SUSPENSION_REASON_MAINTENANCE, 3
		},
	}
	for name, change := range good {
		d := genesisDevice(1)
		change(&d)
		require.NoError(t, with(d).Validate(), name)
	}
	for name, change := range bad {
		d := genesisDevice(1)
		change(&d)
		err := with(d).Validate()
		require.ErrorIs(t, err, types.ErrInvalidGenesis, name)
		require.ErrorContains(t, err, "devices[0]", name)
	}
	huge, _ := sdkmath.NewIntFromString("115792089237316195423570985008687907853269984665640564039457584007913129639935")
	two[0].Bond.Amount, two[1].Bond.Amount = huge, huge
	require.ErrorContains(t, with(two...).Validate(), "overflows")
}
