package apptest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/report"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

// receipts are those of all blocks so far, as `jouled emission-report` reads them from a node.
func (c *Chain) receipts() (all []report.Receipt) {
	c.t.Helper()
	decode := c.App().TxConfig().TxDecoder()
	for i, block := range c.blocks {
		for j, res := range c.results[i] {
			if res.Code != 0 {
				continue
			}
			tx, err := decode(block.Txs[j])
			require.NoError(c.t, err)
			found, err := report.TxReceipts(block.Height, j, tx.GetMsgs(), res.Data, res.Events)
			require.NoError(c.t, err)
			all = append(all, found...)
		}
	}
	return all
}

// reports are those of all frozen epochs.
func (c *Chain) reports() (all []report.Report) {
	c.t.Helper()
	receipts := c.receipts()
	var before emissionstypes.EpochEmission
	require.NoError(c.t, c.App().EmissionsKeeper.Epochs.Walk(c.Ctx(), nil, func(_ uint64, e emissionstypes.EpochEmission) (bool, error) {
		if !e.Frozen {
			return true, nil
		}
		var tallies []report.Tally
		for _, class := range e.Classes {
			t, err := c.App().WorkKeeper.Tallies.Get(c.Ctx(), collections.Join(int32(class.WorkClass), e.Epoch))
			if err == nil {
				tallies = append(tallies, report.Tally{Class: class.WorkClass, Units: t.Units, Pool: t.Pool})
			}
		}
		r, err := report.Compute(e, before, tallies, receipts)
		require.NoError(c.t, err)
		all, before = append(all, r), e
		return false, nil
	}))
	return all
}

// TestReportOfRadios: the report of epochs with opened beacons, their witnesses and late receipts that add and take
// names no mismatch, and gives each radio what it may claim.
func TestReportOfRadios(t *testing.T) {
	c := New(t, Options{Genesis: workGenesis(), Accounts: 7, Variants: Variants[:1]})
	all := hotspots(c, 7)
	all[0].leavesOut = all[3] // five witnesses share; the sixth, late, takes from each
	c.cover(150, all)
	paid := map[string]int64{}
	epochs := 0
	for _, r := range c.reports() {
		require.Empty(t, r.Mismatches)
		for _, class := range r.Classes {
			if class.Class != report.Name(devicetypes.WORK_CLASS_RADIO) || len(class.Devices) == 0 {
				continue
			}
			epochs++
			require.Len(t, class.Devices, len(all))
			for _, d := range class.Devices {
				amount, err := strconv.ParseInt(d.Payment, 10, 64)
				require.NoError(t, err)
				paid[d.DeviceID] += amount
			}
		}
	}
	require.GreaterOrEqual(t, epochs, 2)
	late, takes := 0, 0
	for _, r := range c.receipts() {
		// One that is not paid, since its witness was not heard yet, takes nothing from the others.
		if r.Late && r.Units > 0 {
			late++
			for _, o := range r.Others {
				if o.Taken > 0 {
					takes++
				}
			}
		}
	}
	require.Positive(t, late)
	require.GreaterOrEqual(t, takes, 5*late)
	for _, h := range all {
		_, earned, err := c.App().WorkKeeper.Claimable(c.Ctx(), h.ID())
		require.NoError(t, err)
		require.Equal(t, earned.Int64(), paid[h.Text()], h.Text())
	}
}
