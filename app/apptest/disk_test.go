package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// farmer proves its plots in every window of its own, in a lane transaction.
type farmer struct {
	*worktestutil.DiskDevice
	owner Account
	// accepted are the units of the evidence that blocks took.
	accepted uint64
}

// evidence is what the farmer submits to the next block, if anything.
func (f *farmer) evidence(c *Chain) ([]byte, bool) {
	windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_DISK)
	require.NoError(c.t, err)
	record, err := c.App().WorkKeeper.Devices.Get(c.Ctx(), worktypes.DeviceWorkKey(devicetypes.WORK_CLASS_DISK, f.ID()))
	if err != nil {
		return nil, false // nothing claimed yet
	}
	for _, w := range windows {
		claim, ok := record.ClaimFor(w.Epoch)
		if !ok || !w.Serves(f.ID()) || record.LastProvenEpoch >= w.Epoch || w.CheckProve(c.height+1) != nil {
			continue
		}
		if e, ok := f.Prove(w, claim.Plots); ok {
			return c.Submit(f.owner, e), true
		}
	}
	return nil, false
}

// farm makes blocks; each proof must be taken in the block after it was made.
func (c *Chain) farm(blocks int, f *farmer) {
	c.t.Helper()
	for range blocks {
		tx, due := f.evidence(c)
		if !due {
			c.Block()
			continue
		}
		res := c.Block(tx)
		last := res[len(res)-1]
		require.Zero(c.t, last.Code, last.Log)
		f.accepted++
	}
}

// TestDisksArePaid: a disk registers, claims, proves real plots through the lane on differently-run apps, is paid, and
// goes on after an export.
func TestDisksArePaid(t *testing.T) {
	f := &farmer{DiskDevice: worktestutil.NewDiskDevice(ChainID, 1), owner: NewAccount("account", 0)}
	c := New(t, Options{Genesis: workGenesis()})
	r := devicetestutil.Registration(ChainID, f.owner.Address.String(), f.Key, devicetestutil.ForDisk())
	claim := &worktypes.MsgSetDiskClaim{Owner: f.owner.Address.String(), DeviceId: f.Text(), Plots: 3, K: 18, Strength: 2}
	for _, res := range c.Block(c.Pay(f.owner, &devicetypes.MsgRegisterDevice{Owner: f.owner.Address.String(), Registration: r}, claim)) {
		require.Zero(t, res.Code, res.Log)
	}
	c.farm(140, f)
	require.GreaterOrEqual(t, f.accepted, uint64(1), "in five epochs with a claim at least one has a proof")
	work, err := c.App().WorkKeeper.Devices.Get(c.Ctx(), worktypes.DeviceWorkKey(devicetypes.WORK_CLASS_DISK, f.ID()))
	require.NoError(t, err)
	require.True(t, work.TotalUnits.IsPositive())
	require.Zero(t, work.TotalUnits.Int64()%30, "units come in multiples of the claim")
	_, earned, err := c.App().WorkKeeper.Claimable(c.Ctx(), f.ID())
	require.NoError(t, err)
	require.True(t, earned.IsPositive())
	c.RequireInvariants()
	c.Replay()

	next := c.ExportImport(Variants[:2])
	before := f.accepted
	next.farm(60, f)
	require.Greater(t, f.accepted, before)
	next.RequireInvariants()
	res := next.Block(next.Claim(f.owner))
	require.Zero(t, res[len(res)-1].Code, res[len(res)-1].Log)
	next.RequireInvariants()
}

// TestDiskEvidenceInABadBlock: a proposer cannot get a disk's evidence into a block twice, nor a proof that is false.
func TestDiskEvidenceInABadBlock(t *testing.T) {
	f := &farmer{DiskDevice: worktestutil.NewDiskDevice(ChainID, 1), owner: NewAccount("account", 0)}
	c := New(t, Options{Genesis: workGenesis(), Variants: Variants[:1]})
	r := devicetestutil.Registration(ChainID, f.owner.Address.String(), f.Key, devicetestutil.ForDisk())
	claim := &worktypes.MsgSetDiskClaim{Owner: f.owner.Address.String(), DeviceId: f.Text(), Plots: 2, K: 18, Strength: 2}
	c.Block(c.Pay(f.owner, &devicetypes.MsgRegisterDevice{Owner: f.owner.Address.String(), Registration: r}, claim))
	var tx []byte
	c.BlocksUntil(400, func() (due bool) {
		tx, due = f.evidence(c)
		return due
	})
	decoded, err := c.App().TxConfig().TxDecoder()(tx)
	require.NoError(t, err)
	good := decoded.GetMsgs()[0].(*worktypes.MsgSubmitWork).Evidence[0]
	bad := good
	bad.Payload = append([]byte(nil), good.Payload...)
	bad.Payload[len(bad.Payload)-1] ^= 1
	forged := c.Submit(f.owner, f.Sign(bad))
	again := c.Submit(NewAccount("account", 1), good)

	require.NotZero(t, c.CheckTx(forged).Code)
	require.Zero(t, c.CheckTx(tx).Code)
	honest := c.Propose(tx)
	require.True(t, c.Process(honest))
	require.False(t, c.Process(append(append([][]byte{}, honest...), again)), "the same evidence a second time")
	require.False(t, c.Process(append(append([][]byte{}, c.Propose()...), forged)), "a proof that fails")
	c.Commit(honest)
	require.NotZero(t, c.CheckTx(again).Code, "nothing new in it")
}
