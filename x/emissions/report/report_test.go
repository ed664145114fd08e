package report_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const gpu = devicetypes.WORK_CLASS_GPU

// example is a frozen epoch, its tally and its receipts, as a chain would have recorded them.
func example() (e, before types.EpochEmission, tallies []report.Tally, receipts []report.Receipt) {
	receipts = []report.Receipt{
		{Height: 7, Tx: 1, Item: 0, DeviceID: "jouledev1bbb", Class: gpu, Window: 3, Epoch: 4, Units: 31},
		{Height: 9, Tx: 2, Item: 1, DeviceID: "jouledev1aaa", Class: gpu, Window: 3, Epoch: 4, Units: 300},
		{Height: 12, Tx: 1, Item: 0, DeviceID: "jouledev1aaa", Class: gpu, Window: 5, Epoch: 4, Units: 169},
		{Height: 12, Tx: 1, Item: 1, DeviceID: "jouledev1aaa", Class: gpu, Window: 11, Epoch: 5, Units: 1_000},
	}
	e = types.NewEpochEmission(4, 5, 600, types.DefaultParams())
	e.Ended, e.Frozen, e.EndHeight, e.FreezeHeight = true, true, 604, 1_804
	e.Reserve = types.MaxSupply()
	e.Budget = types.Budget(e.Reserve, e.Blocks, e.Params.SpeedBps)
	e.Validators, e.Community = types.Part(e.Budget, 2_000), types.Part(e.Budget, 1_000)
	// The epoch before had half the blocks: schedule and mean grow by one epoch, then double.
	before = types.NewEpochEmission(3, 1, 300, types.DefaultParams())
	before.Classes = []types.ClassEmission{{
		WorkClass: gpu, Units: math.NewInt(900_000_000), ScheduledBaseline: types.ScaleUnits(math.NewInt(1_000)), TrailingUnits: types.ScaleUnits(math.NewInt(500_000_000)),
	}}
	state := types.ClassState{WorkClass: gpu, ScheduledBaseline: before.Classes[0].ScheduledBaseline, TrailingUnits: before.Classes[0].TrailingUnits}
	share, _ := e.Params.ClassShare(gpu)
	state.Advance(before.Classes[0].Units, share, before.Params.TrailingEpochs)
	state.Enter(e, before, share)
	units, baseline := math.NewInt(500), types.Baseline(state.ScheduledBaseline, state.TrailingUnits)
	pool := types.Pool(e.Budget, 4_200, units, baseline)
	e.Classes = []types.ClassEmission{{
		WorkClass: gpu, ShareBps: 4_200, Units: units, Baseline: baseline, Pool: pool, FromCarry: math.NewInt(7), Minted: pool.SubRaw(7),
		ScheduledBaseline: state.ScheduledBaseline, TrailingUnits: state.TrailingUnits,
	}}
	return e, before, []report.Tally{{Class: gpu, Units: units, Pool: pool}}, receipts
}

func TestReportGolden(t *testing.T) {
	e, before, tallies, receipts := example()
	r, err := report.Compute(e, before, tallies, receipts)
	require.NoError(t, err)
	require.Empty(t, r.Mismatches)
	slices.Reverse(receipts)
	again, err := report.Compute(e, before, tallies, receipts)
	require.NoError(t, err)
	require.Equal(t, r, again, "the order of receipts does not matter")
	for file, write := range map[string]func(*bytes.Buffer) error{
		"testdata/epoch.json": func(b *bytes.Buffer) error { return report.WriteJSON(b, []report.Report{r}) },
		"testdata/epoch.csv":  func(b *bytes.Buffer) error { return report.WriteCSV(b, []report.Report{r}) },
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b))
		if *update {
			require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), b.String(), file)
	}
}

// Every step that the chain recorded wrongly is named.
func TestReportTellsMismatches(t *testing.T) {
	one := math.OneInt()
	for name, c := range map[string]struct {
		tamper func(*types.EpochEmission, *[]report.Tally, *[]report.Receipt)
		says   string
	}{
		"budget": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) { e.Budget = e.Budget.Add(one) }, "budget"},
		"validators": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Validators = e.Validators.Add(one)
		}, "validators' share"},
		"community": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Community = e.Community.Sub(one)
		}, "community share"},
		"pool": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Classes[0].Pool = e.Classes[0].Pool.Add(one)
		}, "gpu pool"},
		"baseline": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Classes[0].Baseline = e.Classes[0].Baseline.Sub(one)
		}, "gpu baseline"},
		"schedule": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Classes[0].ScheduledBaseline = e.Classes[0].ScheduledBaseline.Add(one)
		}, "gpu scheduled baseline"},
		"mean": {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) {
			e.Classes[0].TrailingUnits = e.Classes[0].TrailingUnits.Sub(one)
		}, "gpu trailing mean"},
		"units":      {func(e *types.EpochEmission, _ *[]report.Tally, _ *[]report.Receipt) { e.Classes[0].Units = one }, "gpu units"},
		"tally":      {func(_ *types.EpochEmission, t *[]report.Tally, _ *[]report.Receipt) { (*t)[0].Units = one }, "gpu units of the tally"},
		"tally pool": {func(_ *types.EpochEmission, t *[]report.Tally, _ *[]report.Receipt) { (*t)[0].Pool = one }, "gpu pool of the tally"},
		"lost":       {func(_ *types.EpochEmission, _ *[]report.Tally, r *[]report.Receipt) { *r = (*r)[1:] }, "gpu units"},
		"twice":      {func(_ *types.EpochEmission, _ *[]report.Tally, r *[]report.Receipt) { *r = append(*r, (*r)[0]) }, "jouledev1bbb earned units for window 3 twice"},
		"late":       {func(_ *types.EpochEmission, _ *[]report.Tally, r *[]report.Receipt) { (*r)[0].Height = 1_805 }, "outside the epoch's 5..1804"},
		"class":      {func(_ *types.EpochEmission, _ *[]report.Tally, r *[]report.Receipt) { (*r)[0].Class = 2 }, "disk: receipts of 1 devices"},
	} {
		t.Run(name, func(t *testing.T) {
			e, before, tallies, receipts := example()
			c.tamper(&e, &tallies, &receipts)
			r, err := report.Compute(e, before, tallies, receipts)
			require.NoError(t, err)
			require.NotEmpty(t, r.Mismatches)
			var all string
			for _, m := range r.Mismatches {
				all += m + "\n"
			}
			require.Contains(t, all, c.says)
		})
	}
	e, before, _, _ := example()
	e.Frozen = false
	_, err := report.Compute(e, before, nil, nil)
	require.ErrorContains(t, err, "not frozen")
}

// submitted is a batch of two items of which one earned units, with its response.
func submitted(t *testing.T) (*worktypes.MsgSubmitWork, *codectypes.Any) {
	t.Helper()
	res, err := codectypes.NewAnyWithValue(&worktypes.MsgSubmitWorkResponse{Results: []worktypes.ItemResult{
		{DeviceId: "jouledev1a", Window: 3, Accepted: true},
		{DeviceId: "jouledev1b", Window: 3, Accepted: true, Units: 8, Epoch: 4},
		{DeviceId: "jouledev1c", Window: 3, Units: 9, Epoch: 4, Code: 7},
	}})
	require.NoError(t, err)
	return &worktypes.MsgSubmitWork{Evidence: []worktypes.Evidence{{WorkClass: gpu}, {WorkClass: gpu}, {WorkClass: gpu}}}, res
}

func data(t *testing.T, responses ...*codectypes.Any) []byte {
	t.Helper()
	d := sdk.TxMsgData{MsgResponses: responses}
	bz, err := d.Marshal()
	require.NoError(t, err)
	return bz
}

func TestTxReceipts(t *testing.T) {
	msg, res := submitted(t)
	want := []report.Receipt{{Height: 11, Tx: 2, Item: 1, DeviceID: "jouledev1b", Class: gpu, Window: 3, Epoch: 4, Units: 8}}
	got, err := report.TxReceipts(11, 2, []sdk.Msg{msg}, data(t, res), nil)
	require.NoError(t, err)
	require.Equal(t, want, got)

	exec := authz.NewMsgExec(sdk.AccAddress{1}, []sdk.Msg{msg})
	nested, err := codectypes.NewAnyWithValue(&authz.MsgExecResponse{Results: [][]byte{res.Value}})
	require.NoError(t, err)
	got, err = report.TxReceipts(11, 2, []sdk.Msg{&exec}, data(t, nested), nil)
	require.NoError(t, err)
	require.Equal(t, want, got)

	got, err = report.TxReceipts(11, 0, []sdk.Msg{&banktypes.MsgSend{}}, nil, nil)
	require.NoError(t, err, "transactions without evidence are not read")
	require.Empty(t, got)

	for name, bad := range map[string][]byte{"no response": data(t), "not a result": {0xff}} {
		_, err = report.TxReceipts(11, 2, []sdk.Msg{msg}, bad, nil)
		require.Error(t, err, name)
	}
	msg.Evidence = msg.Evidence[:1]
	_, err = report.TxReceipts(11, 2, []sdk.Msg{msg}, data(t, res), nil)
	require.ErrorContains(t, err, "1 items but 3 results")
}
