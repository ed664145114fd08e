package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
)

// fakeChain has ten epochs of ten blocks; the device works 100 units in each, and epoch wrong lost its receipt.
type fakeChain struct{ wrong uint64 }

func (fakeChain) Epoch(_ context.Context, n uint64) (types.EpochEmission, error) {
	if n == 0 {
		n = 8
	}
	if n > 10 {
		return types.EpochEmission{}, fmt.Errorf("epoch %d has not started", n)
	}
	p := types.DefaultParams()
	p.Classes[0].BaselineUnits, p.Classes[0].BaselineGrowthPpb = math.NewInt(1_000), 0
	e := types.NewEpochEmission(n, int64(n-1)*10+1, 10, p)
	e.Ended, e.Frozen, e.Reserve = true, n <= 8, types.MaxSupply()
	e.Budget = types.Budget(e.Reserve, 10, p.SpeedBps)
	e.Validators, e.Community = types.Part(e.Budget, p.ValidatorsBps), types.Part(e.Budget, p.CommunityBps)
	e.EndHeight, e.FreezeHeight = int64(n)*10, int64(n+2)*10
	state := types.NewClassState(p.Classes[0])
	for range n - 1 {
		state.Advance(math.NewInt(100), p.Classes[0], p.TrailingEpochs)
	}
	pool := types.Pool(e.Budget, 4_200, math.NewInt(100), math.NewInt(1_000))
	e.Classes = []types.ClassEmission{{
		WorkClass: devicetypes.WORK_CLASS_GPU, ShareBps: 4_200, Units: math.NewInt(100), Baseline: math.NewInt(1_000),
		Pool: pool, FromCarry: math.ZeroInt(), Minted: pool, ScheduledBaseline: state.ScheduledBaseline, TrailingUnits: state.TrailingUnits,
	}}
	return e, nil
}

func (fakeChain) Tallies(context.Context, types.EpochEmission) ([]report.Tally, error) {
	return nil, nil
}

// Receipts appear one epoch after the work.
func (c fakeChain) Receipts(_ context.Context, h int64) ([]report.Receipt, error) {
	epoch := uint64(h / 10)
	if h%10 != 5 || epoch == 0 || epoch == c.wrong {
		return nil, nil
	}
	return []report.Receipt{{
		Height: h, Tx: 1, DeviceID: "jouledev1a", Class: devicetypes.WORK_CLASS_GPU, Window: epoch, Epoch: epoch, Units: 100,
	}}, nil
}

func reportWith(t *testing.T, source chainSource, args ...string) (string, string, error) {
	t.Helper()
	cmd := EmissionReportCmd()
	require.NoError(t, cmd.ParseFlags(args))
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetContext(context.Background())
	err := run(cmd, source)
	return out.String(), errs.String(), err
}

func TestEmissionReport(t *testing.T) {
	csv, errs, err := reportWith(t, fakeChain{}, "--from-epoch", "1", "--to-epoch", "8", "--format", "csv")
	require.NoError(t, err)
	require.Empty(t, errs)
	require.Equal(t, 9, strings.Count(csv, "\n"))
	again, _, err := reportWith(t, fakeChain{}, "--from-epoch", "1", "--to-epoch", "8", "--format", "csv")
	require.NoError(t, err)
	require.Equal(t, csv, again)
	newest, _, err := reportWith(t, fakeChain{})
	require.NoError(t, err)
	require.Contains(t, newest, `"epoch": 8`)
	named, _, err := reportWith(t, fakeChain{}, "--epoch", "8")
	require.NoError(t, err)
	require.Equal(t, newest, named)
}

// A difference is loud: the report is printed, the difference goes to stderr and the command fails.
func TestEmissionReportMismatch(t *testing.T) {
	out, errs, err := reportWith(t, fakeChain{wrong: 3}, "--from-epoch", "2", "--to-epoch", "4")
	require.ErrorContains(t, err, "mismatches")
	require.Contains(t, errs, "MISMATCH epoch 3: gpu units: the chain recorded 100, the receipts and rules give 0")
	require.NotContains(t, errs, "epoch 2")
	require.Contains(t, out, `"epoch": 3`)
}

func TestEmissionReportRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--format", "xml"}, `--format is "xml": json or csv`},
		{[]string{"--from-epoch", "5", "--to-epoch", "4"}, "ascending"},
		{[]string{"--from-epoch", "0", "--to-epoch", "4"}, "count from 1"},
		{[]string{"--from-epoch", "1", "--to-epoch", "1001"}, "at most 1000"},
		{[]string{"--epoch", "9"}, "not frozen"},
		{[]string{"--epoch", "11"}, "has not started"},
	} {
		_, _, err := reportWith(t, fakeChain{}, c.args...)
		require.ErrorContains(t, err, c.says)
	}
}
