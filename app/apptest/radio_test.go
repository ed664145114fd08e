package apptest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// hotspot is a radio that beacons and hears the others, and its owner.
type hotspot struct {
	*worktestutil.RadioDevice
	owner Account
	// leavesOut is a hotspot whose receipts it never gathers.
	leavesOut *hotspot
	heard     map[uint64]bool
	committed map[uint64]bool
	opened    map[uint64]bool
	late      map[uint64]bool
	receipts  map[uint64][]radio.Receipt
}

// hotspots registers and asserts one radio for each of the first n accounts, all in one block.
func hotspots(c *Chain, n int) (all []*hotspot) {
	c.t.Helper()
	var txs [][]byte
	epoch, err := c.App().BeaconKeeper.CurrentEpoch(c.Ctx())
	require.NoError(c.t, err)
	for i := range n {
		h := &hotspot{
			RadioDevice: worktestutil.NewRadioDevice(ChainID, uint64(i)), owner: NewAccount("account", i), heard: map[uint64]bool{},
			committed: map[uint64]bool{}, opened: map[uint64]bool{}, late: map[uint64]bool{}, receipts: map[uint64][]radio.Receipt{},
		}
		r := devicetestutil.Registration(ChainID, h.owner.Address.String(), h.Key, devicetestutil.ForRadio())
		txs = append(txs, c.Pay(h.owner, &devicetypes.MsgRegisterDevice{Owner: h.owner.Address.String(), Registration: r}, h.Assert(h.owner.Address.String(), epoch.Number)))
		all = append(all, h)
	}
	for _, res := range c.Block(txs...) {
		require.Zero(c.t, res.Code, res.Log)
	}
	for _, h := range all {
		r, err := c.App().WorkKeeper.Radio.Radios.Get(c.Ctx(), h.ID())
		require.NoError(c.t, err)
		h.Number = r.Number
	}
	// Numbers follow the order in the block; evidence names witnesses by number, ascending.
	slices.SortFunc(all, func(a, b *hotspot) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

func (c *Chain) asserted(h *hotspot, epoch uint64) bool {
	r, err := c.App().WorkKeeper.Radio.Radios.Get(c.Ctx(), h.ID())
	require.NoError(c.t, err)
	_, ok := r.AssertionFor(epoch, 1)
	return ok
}

// evidence is what a hotspot would submit to the next block.
func (h *hotspot) evidence(c *Chain, w worktypes.Window, all []*hotspot) (e worktypes.Evidence, due bool) {
	next, epoch := c.height+1, w.Epoch
	switch {
	case w.CheckCommit(next) == nil && next == w.CloseHeight && h.Heard(epoch) && !h.committed[epoch]:
		h.committed[epoch] = true
		return h.Commit(w), true
	case w.CheckBeacon(next) == nil && !h.opened[epoch] && h.heard[epoch]:
		h.opened[epoch] = true
		return h.Open(w, h.receipts[epoch]...), true
	case w.CheckLate(next) == nil && !h.late[epoch] && h.committed[epoch]:
		h.late[epoch] = true
		for i, other := range others(h, all) {
			if other.leavesOut == h {
				return h.Late(w, other.Number, i), true
			}
		}
	}
	return e, false
}

func others(h *hotspot, all []*hotspot) (out []*hotspot) {
	for _, other := range all {
		if other != h {
			out = append(out, other)
		}
	}
	return out
}

// cover makes blocks in which all hotspots hear each other's beacons once an epoch, commit, open and repair what was
// left out.
func (c *Chain) cover(blocks int, all []*hotspot) {
	c.t.Helper()
	for range blocks {
		windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_RADIO)
		require.NoError(c.t, err)
		var txs [][]byte
		for _, w := range windows {
			for _, h := range all {
				if c.asserted(h, w.Epoch) && !h.heard[w.Epoch] && w.CheckCommit(c.height+1) == nil {
					h.transmit(w, all)
				}
			}
			for _, h := range all {
				if e, due := h.evidence(c, w, all); due {
					txs = append(txs, c.Submit(h.owner, e))
				}
			}
		}
		for _, res := range c.Block(txs...) {
			require.Zero(c.t, res.Code, res.Log)
		}
	}
}

func (h *hotspot) transmit(w worktypes.Window, all []*hotspot) {
	h.heard[w.Epoch] = true
	for _, other := range others(h, all) {
		receipt := other.Hear(w, h.RadioDevice)
		if h.leavesOut != other {
			h.receipts[w.Epoch] = append(h.receipts[w.Epoch], receipt)
		}
	}
}

// TestRadiosArePaid: radios assert, beacon, witness and open through the lane on differently-run apps; a left-out
// witness repairs its receipt; all are paid, and go on after an export.
func TestRadiosArePaid(t *testing.T) {
	c := New(t, Options{Genesis: workGenesis()})
	before := c.App().BankKeeper.GetSupply(c.Ctx(), "ujoule")
	all := hotspots(c, 4)
	all[0].leavesOut = all[2]
	pool, err := c.App().DistrKeeper.FeePool.Get(c.Ctx())
	require.NoError(t, err)
	require.True(t, pool.CommunityPool.AmountOf("ujoule").GTE(sdk.NewDecCoin("ujoule", worktypes.DefaultRadioParams().AssertFee.MulRaw(4)).Amount))
	c.cover(150, all)
	for _, h := range all {
		work, err := c.App().WorkKeeper.Devices.Get(c.Ctx(), worktypes.DeviceWorkKey(devicetypes.WORK_CLASS_RADIO, h.ID()))
		require.NoError(t, err)
		require.Positive(t, work.TotalUnits.Int64())
		_, earned, err := c.App().WorkKeeper.Claimable(c.Ctx(), h.ID())
		require.NoError(t, err)
		require.True(t, earned.IsPositive())
	}
	require.True(t, all[2].late[all[2].lastLate()], "a receipt was repaired")
	require.True(t, before.IsLTE(c.App().BankKeeper.GetSupply(c.Ctx(), "ujoule")))
	c.RequireInvariants()
	c.Replay()

	next := c.ExportImport(Variants[:2])
	next.cover(60, all)
	next.RequireInvariants()
	res := next.Block(next.Claim(all[2].owner))
	require.Zero(t, res[len(res)-1].Code, res[len(res)-1].Log)
	next.RequireInvariants()
}

func (h *hotspot) lastLate() (newest uint64) {
	for epoch := range h.late {
		newest = max(newest, epoch)
	}
	return newest
}

// TestRadioEvidenceInABadBlock: a proposer cannot get a beacon into a block twice, nor one whose receipts or reveal are
// false.
func TestRadioEvidenceInABadBlock(t *testing.T) {
	c := New(t, Options{Genesis: workGenesis(), Variants: Variants[:1]})
	all := hotspots(c, 3)
	var w worktypes.Window
	c.BlocksUntil(400, func() bool {
		windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_RADIO)
		require.NoError(t, err)
		for _, live := range windows {
			if c.asserted(all[0], live.Epoch) && live.CheckBeacon(c.height+1) == nil {
				w = live
				return true
			}
		}
		return false
	})
	all[0].transmit(w, all)
	receipts := all[0].receipts[w.Epoch]
	good := all[0].Open(w, receipts...)
	stolen := receipts[1]
	stolen.Number = receipts[0].Number
	tx := c.Submit(all[0].owner, good)
	forged := c.Submit(all[0].owner, all[0].Open(w, stolen))
	again := c.Submit(all[1].owner, good)
	require.NotZero(t, c.CheckTx(forged).Code)
	require.Zero(t, c.CheckTx(tx).Code)
	honest := c.Propose(tx)
	require.True(t, c.Process(honest))
	require.False(t, c.Process(append(append([][]byte{}, honest...), again)), "the same beacon a second time")
	require.False(t, c.Process(append(append([][]byte{}, c.Propose()...), forged)), "a stolen receipt")
	c.Commit(honest)
	require.NotZero(t, c.CheckTx(again).Code, "nothing new in it")
}
