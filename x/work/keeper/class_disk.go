package keeper

import (
	"encoding/binary"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

// diskClass judges shares of claimed plots (protocol section 3.2). Nothing here is ever a fault: what a device does not
// send, it is not paid for.
type diskClass struct{ k *Keeper }

func (c diskClass) check(ctx sdk.Context, it *item) error {
	if !it.device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices prove", it.device.Text(), it.device.State)
	}
	if it.window.Disk == nil {
		return types.ErrUnknownWindow.Wrapf("window %d has no disk rules", it.window.Id)
	}
	if err := checkCohort(it); err != nil {
		return err
	}
	if err := it.window.CheckProve(it.height); err != nil {
		return err
	}
	if it.record.LastProvenEpoch >= it.window.Epoch {
		return types.ErrAlreadyProven.Wrapf("device %s has proven its plots in epoch %d; the next window is in the next epoch", it.device.Text(), it.record.LastProvenEpoch)
	}
	claim, err := claimInEffect(it)
	if err != nil {
		return err
	}
	if err := checkShares(it, claim); err != nil {
		return err
	}
	return c.k.checkClaimBond(ctx, it.device, claim)
}

func checkCohort(it *item) error {
	if it.window.Serves(it.evidence.DeviceId) {
		return nil
	}
	cohorts := it.window.Disk.Cohorts
	mine := types.DiskCohort(it.evidence.DeviceId, cohorts)
	return types.ErrWrongCohort.Wrapf("device %s is in cohort %d of %d in epoch %d, whose window is %d; this is window %d",
		it.device.Text(), mine, cohorts, it.window.Epoch, types.DiskWindowID(it.window.Epoch, mine), it.window.Id)
}

// claimInEffect is the claim that holds in the window's epoch, if it still meets the rules.
func claimInEffect(it *item) (types.DiskClaim, error) {
	epoch := it.window.Epoch
	claim, ok := it.record.ClaimFor(epoch)
	if !ok {
		for _, next := range it.record.ClaimsAfter(epoch) {
			if next.Plots > 0 {
				return claim, types.ErrNoClaim.Wrapf("device %s claims %d plots from epoch %d on; this is epoch %d", it.device.Text(), next.Plots, next.FromEpoch, epoch)
			}
		}
		return claim, types.ErrNoClaim.Wrapf("device %s claims no plots in epoch %d; set a claim, it holds two epochs later", it.device.Text(), epoch)
	}
	if err := claim.ValidateFor(*it.window.Disk); err != nil {
		return claim, types.ErrClaimMismatch.Wrapf("the claim no longer meets the rules, set another: %s", err)
	}
	return claim, nil
}

// checkShares compares the evidence's shape with the claim; it computes no proof.
func checkShares(it *item, claim types.DiskClaim) error {
	e, err := disk.ParseEvidence(it.evidence.Payload)
	if err != nil {
		return types.ErrClaimMismatch.Wrap(err.Error())
	}
	if e.Params != claim.PlotParams() {
		return types.ErrClaimMismatch.Wrapf("evidence is of k %d and strength %d; the claim's are %d and %d", e.Params.K, e.Params.Strength, claim.K, claim.Strength)
	}
	if most := int(it.window.Disk.MaxProofs); len(e.Shares) > most {
		return types.ErrTooManyProofs.Wrapf("evidence has %d proofs; window %d pays at most %d: send those of the lowest quality", len(e.Shares), it.window.Id, most)
	}
	for i, s := range e.Shares {
		if s.Index >= claim.Plots {
			return types.ErrPlotIndex.Wrapf("proof %d is of plot %d; the claim is of plots 0 to %d", i, s.Index, claim.Plots-1)
		}
	}
	return nil
}

func (diskClass) proof(ctx sdk.Context, it *item) (arithmetic, error) {
	claim, err := claimInEffect(it)
	if err != nil {
		return arithmetic{}, err
	}
	rules := *it.window.Disk
	params := disk.EvidenceParams{
		ChainID: ctx.ChainID(), DeviceID: append([]byte(nil), it.evidence.DeviceId...),
		Challenge: disk.DeriveChallenge(ctx.ChainID(), it.window.Id, [32]byte(it.window.SeedMix)),
		Params:    claim.PlotParams(), Plots: claim.Plots, Lambda: rules.Lambda, MaxProofs: rules.MaxProofs,
	}
	payload := append([]byte(nil), it.evidence.Payload...)
	shape, proofs, err := disk.EvidenceShape(payload)
	if err != nil {
		return arithmetic{}, types.ErrClaimMismatch.Wrap(err.Error())
	}
	return arithmetic{
		run: func() error {
			_, err := disk.VerifyEvidence(params, payload)
			return err
		},
		challenge: encodeDiskChallenge(rules.Version, params),
		cost:      disk.EvidenceCost(shape, proofs),
	}, nil
}

// encodeDiskChallenge gives everything that decides a verdict beside the evidence: fixed sizes but for the chain id,
// which comes last.
func encodeDiskChallenge(version uint32, p disk.EvidenceParams) []byte {
	buf := make([]byte, 0, 6*4+32+len(p.DeviceID)+len(p.ChainID))
	for _, v := range []uint32{version, uint32(p.Params.K), uint32(p.Params.Strength), p.Plots, p.Lambda, p.MaxProofs} {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	buf = append(buf, p.Challenge[:]...)
	buf = append(buf, p.DeviceID...)
	return append(buf, p.ChainID...)
}

func (diskClass) apply(_ sdk.Context, it *item) (uint64, error) {
	claim, err := claimInEffect(it)
	if err != nil {
		return 0, err
	}
	_, proofs, err := disk.EvidenceShape(it.evidence.Payload)
	if err != nil {
		return 0, types.ErrClaimMismatch.Wrap(err.Error())
	}
	units := disk.Units(uint8(claim.K), claim.Plots, uint32(proofs), it.window.Disk.Lambda)
	if err := it.record.Credit(it.window.Epoch, units); err != nil {
		return 0, err
	}
	it.record.LastProvenEpoch = it.window.Epoch
	return units, nil
}
