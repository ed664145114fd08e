// Package disk is the class of claimed plots (protocol section 3.2): claims and their evidence judged by the state, the
// epoch's schedule of windows, and what shares earn.
package disk

import (
	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

// Class judges shares of claimed plots. Nothing here is ever a fault: what a device does not send, it is not paid for.
type Class struct {
	types.DiskRules
	ledger class.Ledger

	// Schedule is the current epoch's order of windows, from the end of its first block on.
	Schedule collections.Item[types.DiskSchedule]
}

var _ class.Class = (*Class)(nil)

// New builds the class with its part of the store.
func New(env class.Env) *Class {
	return &Class{
		ledger:   env.Ledger(devicetypes.WORK_CLASS_DISK),
		Schedule: collections.NewItem(env.Schema, types.DiskScheduleKey, "disk_schedule", codec.CollValue[types.DiskSchedule](env.Codec)),
	}
}

// WorkClass implements class.Class.
func (*Class) WorkClass() devicetypes.WorkClass { return devicetypes.WORK_CLASS_DISK }

// Check implements class.Class.
func (c *Class) Check(ctx sdk.Context, it *class.Item) error {
	if !it.Device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices prove", it.Device.Text(), it.Device.State)
	}
	if it.Window.Disk == nil {
		return types.ErrUnknownWindow.Wrapf("window %d has no disk rules", it.Window.Id)
	}
	if err := checkCohort(it); err != nil {
		return err
	}
	if err := it.Window.CheckProve(it.Height); err != nil {
		return err
	}
	if it.Record.LastProvenEpoch >= it.Window.Epoch {
		return types.ErrAlreadyProven.Wrapf("device %s has proven its plots in epoch %d; the next window is in the next epoch", it.Device.Text(), it.Record.LastProvenEpoch)
	}
	claim, err := claimInEffect(it)
	if err != nil {
		return err
	}
	if err := checkShares(it, claim); err != nil {
		return err
	}
	return c.checkBond(ctx, it.Device, claim)
}

func checkCohort(it *class.Item) error {
	if it.Window.Serves(it.Evidence.DeviceId) {
		return nil
	}
	cohorts := it.Window.Disk.Cohorts
	mine := types.DiskCohort(it.Evidence.DeviceId, cohorts)
	return types.ErrWrongCohort.Wrapf("device %s is in cohort %d of %d in epoch %d, whose window is %d; this is window %d",
		it.Device.Text(), mine, cohorts, it.Window.Epoch, types.DiskWindowID(it.Window.Epoch, mine), it.Window.Id)
}

// claimInEffect is the claim that holds in the window's epoch, if it still meets the rules.
func claimInEffect(it *class.Item) (types.DiskClaim, error) {
	epoch := it.Window.Epoch
	claim, ok := it.Record.ClaimFor(epoch)
	if !ok {
		for _, next := range it.Record.ClaimsAfter(epoch) {
			if next.Plots > 0 {
				return claim, types.ErrNoClaim.Wrapf("device %s claims %d plots from epoch %d on; this is epoch %d", it.Device.Text(), next.Plots, next.FromEpoch, epoch)
			}
		}
		return claim, types.ErrNoClaim.Wrapf("device %s claims no plots in epoch %d; set a claim, it holds two epochs later", it.Device.Text(), epoch)
	}
	if err := claim.ValidateFor(*it.Window.Disk); err != nil {
		return claim, types.ErrClaimMismatch.Wrapf("the claim no longer meets the rules, set another: %s", err)
	}
	return claim, nil
}

// checkShares compares the evidence's shape with the claim; it computes no proof.
func checkShares(it *class.Item, claim types.DiskClaim) error {
	e, err := proof.ParseEvidence(it.Evidence.Payload)
	if err != nil {
		return types.ErrClaimMismatch.Wrap(err.Error())
	}
	if e.Params != claim.PlotParams() {
		return types.ErrClaimMismatch.Wrapf("evidence is of k %d and strength %d; the claim's are %d and %d", e.Params.K, e.Params.Strength, claim.K, claim.Strength)
	}
	if most := int(it.Window.Disk.MaxProofs); len(e.Shares) > most {
		return types.ErrTooManyProofs.Wrapf("evidence has %d proofs; window %d pays at most %d: send those of the lowest quality", len(e.Shares), it.Window.Id, most)
	}
	for i, s := range e.Shares {
		if s.Index >= claim.Plots {
			return types.ErrPlotIndex.Wrapf("proof %d is of plot %d; the claim is of plots 0 to %d", i, s.Index, claim.Plots-1)
		}
	}
	return nil
}

// Apply implements class.Class.
func (*Class) Apply(_ sdk.Context, it *class.Item) (uint64, error) {
	claim, err := claimInEffect(it)
	if err != nil {
		return 0, err
	}
	_, proofs, err := proof.EvidenceShape(it.Evidence.Payload)
	if err != nil {
		return 0, types.ErrClaimMismatch.Wrap(err.Error())
	}
	units := proof.Units(uint8(claim.K), claim.Plots, uint32(proofs), it.Window.Disk.Lambda)
	if err := it.Record.Credit(it.Window.Epoch, units); err != nil {
		return 0, err
	}
	it.Record.LastProvenEpoch = it.Window.Epoch
	return units, nil
}
