package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func radioID(number uint32) string { return fmt.Sprintf("jouledev1r%d", number) }

// added and taken are changes of a radio's units.
func added(number uint32, units uint64) worktypes.RadioUnits {
	return worktypes.RadioUnits{DeviceId: radioID(number), Number: number, Added: units}
}

func taken(number uint32, units uint64) worktypes.RadioUnits {
	return worktypes.RadioUnits{DeviceId: radioID(number), Number: number, Taken: units}
}

func opened(number uint32, units uint64, paid uint32, changes ...worktypes.RadioUnits) *worktypes.EventRadioBeacon {
	return &worktypes.EventRadioBeacon{
		Epoch: 4, Number: number, PayloadHash: "00ff", Units: units, Witnesses: paid + 1, Paid: paid, DeviceId: radioID(number), Changes: changes,
	}
}

func late(witness, beaconer uint32, units uint64, changes ...worktypes.RadioUnits) *worktypes.EventRadioLateReceipt {
	return &worktypes.EventRadioLateReceipt{Epoch: 4, Number: beaconer, Witness: witness, Units: units, DeviceId: radioID(witness), Changes: changes}
}

// radioTx is a transaction of radios' items, with its events.
type radioTx struct {
	results []worktypes.ItemResult
	events  []proto.Message
}

func (x *radioTx) item(phase worktypes.Phase, number uint32, units uint64) {
	x.results = append(x.results, worktypes.ItemResult{DeviceId: radioID(number), Window: 4, Phase: phase, Accepted: true, Units: units, Epoch: 4})
}

func (x *radioTx) open(e *worktypes.EventRadioBeacon) {
	x.item(worktypes.PHASE_OPEN, e.Number, e.Units)
	x.events = append(x.events, e)
}

func (x *radioTx) prove(e *worktypes.EventRadioLateReceipt) {
	x.item(worktypes.PHASE_PROVE, e.Witness, e.Units)
	x.events = append(x.events, e)
}

// receipts reads the transactions, one a block, as a node's answers give them.
func receipts(t *testing.T, txs []radioTx) (all []report.Receipt, err error) {
	t.Helper()
	for i, x := range txs {
		msg := &worktypes.MsgSubmitWork{}
		for range x.results {
			msg.Evidence = append(msg.Evidence, worktypes.Evidence{WorkClass: devicetypes.WORK_CLASS_RADIO})
		}
		res, err := codectypes.NewAnyWithValue(&worktypes.MsgSubmitWorkResponse{Results: x.results})
		require.NoError(t, err)
		events := []abci.Event{{Type: "tx", Attributes: []abci.EventAttribute{{Key: "fee", Value: "no JSON"}}}}
		for _, e := range x.events {
			typed, err := sdk.TypedEventToEvent(e)
			require.NoError(t, err)
			events = append(events, abci.Event(typed.AppendAttributes(sdk.NewAttribute("msg_index", "0"))))
		}
		found, err := report.TxReceipts(int64(20+i), 1, []sdk.Msg{msg}, data(t, res), events)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// radioEpoch is an epoch of five radios: two open beacons, one with nobody to pay; radio 4 brings late receipts of two
// beacons, of which the first takes radio 3's place and part of radio 2's pay.
func radioEpoch() (e types.EpochEmission, txs []radioTx) {
	txs = make([]radioTx, 3)
	txs[0].item(worktypes.PHASE_COMMIT, 4, 0)
	txs[0].open(opened(1, 300, 2, added(1, 300), added(2, 100), added(3, 100)))
	txs[0].open(opened(2, 250, 1, added(2, 250), added(1, 70)))
	txs[1].open(opened(4, 10, 1, added(4, 10), added(5, 20)))
	txs[1].open(opened(5, 0, 0))
	txs[2].prove(late(4, 1, 90, added(1, 50), taken(2, 20), taken(3, 100), added(4, 90)))
	txs[2].prove(late(4, 2, 60, added(4, 60)))
	txs[2].prove(late(3, 2, 0))

	e, _, _, _ = example()
	units, schedule := math.NewInt(930), types.ScaleUnits(math.NewInt(1_000))
	share, _ := e.Params.ClassShare(devicetypes.WORK_CLASS_RADIO)
	baseline := types.Baseline(schedule, math.ZeroInt())
	pool := types.Pool(e.Budget, share.ShareBps, units, baseline)
	e.Classes = []types.ClassEmission{{
		WorkClass: devicetypes.WORK_CLASS_RADIO, ShareBps: share.ShareBps, Units: units, Baseline: baseline, Pool: pool,
		FromCarry: math.ZeroInt(), Minted: pool, ScheduledBaseline: schedule, TrailingUnits: math.ZeroInt(),
	}}
	return e, txs
}

func TestReportOfRadios(t *testing.T) {
	e, txs := radioEpoch()
	found, err := receipts(t, txs)
	require.NoError(t, err)
	r, err := report.Compute(e, types.EpochEmission{}, nil, found)
	require.NoError(t, err)
	require.Empty(t, r.Mismatches)
	var got []string
	for _, d := range r.Classes[0].Devices {
		got = append(got, fmt.Sprintf("%s %s in %d", d.DeviceID, d.Units, d.Receipts))
	}
	require.Equal(t, []string{"jouledev1r1 420 in 3", "jouledev1r2 330 in 3", "jouledev1r3 0 in 2", "jouledev1r4 160 in 3", "jouledev1r5 20 in 1"}, got)
}

// Nothing of a radio's event is believed that does not fit, or that is told twice.
func TestReportDoubtsRadioEvents(t *testing.T) {
	beacon := func(txs []radioTx) *worktypes.EventRadioBeacon { return txs[0].events[0].(*worktypes.EventRadioBeacon) }
	receipt := func(txs []radioTx) *worktypes.EventRadioLateReceipt {
		return txs[2].events[0].(*worktypes.EventRadioLateReceipt)
	}
	for name, c := range map[string]struct {
		tamper func(txs []radioTx)
		says   string
	}{
		"opening without event": {
			func(x []radioTx) { x[0].events = x[0].events[1:] },
			"jouledev1r1, height 20 tx 1 item 1: no EventRadioBeacon of it among the transaction's events: whom else it paid is unknown",
		},
		"late without event": {func(x []radioTx) { x[2].events = x[2].events[:2] }, "jouledev1r3, height 22 tx 1 item 2: no EventRadioLateReceipt"},
		"event without item": {func(x []radioTx) { x[0].results = x[0].results[:2] }, "jouledev1r2, height 20 tx 1 item 2: an EventRadioBeacon that belongs to no accepted item"},
		"event twice":        {func(x []radioTx) { x[0].events = append(x[0].events, beacon(x)) }, "an EventRadioBeacon that belongs to no accepted item"},
		"other epoch":        {func(x []radioTx) { beacon(x).Epoch = 5 }, "no EventRadioBeacon of it"},
		"other carrier":      {func(x []radioTx) { receipt(x).DeviceId = radioID(5) }, "no EventRadioLateReceipt of it"},
		"carrier's units":    {func(x []radioTx) { beacon(x).Changes[0].Added++ }, "EventRadioBeacon tells of 300 units and adds 301, the item's result says 300"},
		"carrier left out":   {func(x []radioTx) { receipt(x).Changes = receipt(x).Changes[:3] }, "EventRadioLateReceipt tells of 90 units and adds 0, the item's result says 90"},
		"event's units":      {func(x []radioTx) { receipt(x).Units = 91 }, "tells of 91 units and adds 90"},
		"result's units":     {func(x []radioTx) { x[0].results[1].Units = 299 }, "the item's result says 299"},
		"more than paid":     {func(x []radioTx) { beacon(x).Changes = append(beacon(x).Changes, added(5, 1)) }, "changes 3 witnesses' units, but says that 2 were paid"},
		"opening takes":      {func(x []radioTx) { beacon(x).Changes[2] = taken(3, 1) }, "takes 1 units of radio 3: only a late receipt takes, and of others"},
		"takes of itself":    {func(x []radioTx) { receipt(x).Changes[3] = taken(4, 1) }, "takes 1 units of radio 4"},
		"both":               {func(x []radioTx) { receipt(x).Changes[1].Added = 7 }, "adds 7 and takes 20 units of radio 2: one of both is above 0"},
		"neither":            {func(x []radioTx) { receipt(x).Changes[1].Taken = 0 }, "adds 0 and takes 0 units of radio 2"},
		"radio twice":        {func(x []radioTx) { receipt(x).Changes[1] = added(1, 1) }, "EventRadioLateReceipt changes radio 1, jouledev1r1, twice"},
		"false name":         {func(x []radioTx) { receipt(x).Changes[1].DeviceId = radioID(4) }, "gives radio 2 as jouledev1r4, but jouledev1r4 is radio 4"},
		"witness's units":    {func(x []radioTx) { beacon(x).Changes[1].Added++ }, "radio units: the chain recorded 930, the receipts and rules give 931"},
		"opened twice":       {func(x []radioTx) { x[1].open(beacon(x)) }, "jouledev1r1 earned units for window 4 twice, at heights 20 and 21"},
		"late twice":         {func(x []radioTx) { x[2].prove(receipt(x)) }, "jouledev1r4 earned units for window 4 by a late receipt of radio 1's beacon twice"},
		"taken twice":        {func(x []radioTx) { x[2].prove(late(5, 1, 0, taken(3, 100))) }, "jouledev1r3: 100 units more were taken than it earned"},
	} {
		t.Run(name, func(t *testing.T) {
			e, txs := radioEpoch()
			c.tamper(txs)
			found, err := receipts(t, txs)
			require.NoError(t, err)
			r, err := report.Compute(e, types.EpochEmission{}, nil, found)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(r.Mismatches, func(m string) bool { return strings.Contains(m, c.says) }), "%q", r.Mismatches)
		})
	}
}

// An event that is no such event is not passed over.
func TestRadioEventUnreadable(t *testing.T) {
	bad := abci.Event{Type: "joule.work.v1.EventRadioBeacon", Attributes: []abci.EventAttribute{{Key: "epoch", Value: "{"}}}
	msg, res := submitted(t)
	_, err := report.TxReceipts(11, 2, []sdk.Msg{msg}, data(t, res), []abci.Event{bad})
	require.ErrorContains(t, err, "height 11 tx 2: event joule.work.v1.EventRadioBeacon")
}
