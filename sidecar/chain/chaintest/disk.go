package chaintest

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// EpochBlocks is the length of the fake chain's epochs; epoch 1 begins at height 0.
const EpochBlocks = 20

func epochOf(height int64) uint64 { return uint64(height)/EpochBlocks + 1 }

// Epoch is the current epoch.
func (c *Chain) Epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return epochOf(c.height)
}

// AddDisk registers a disk without a transaction.
func (c *Chain) AddDisk(pk devicetypes.PublicKey, owner string, bond int64) {
	c.add(pk, devicetypes.WORK_CLASS_DISK, owner, bond)
}

// Claim makes a claim hold at once, and from the current epoch on.
func (c *Chain) Claim(device []byte, claim worktypes.DiskClaim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	claim.FromEpoch = epochOf(c.height)
	c.record(device).Claims = []worktypes.DiskClaim{claim}
}

// OpenDisk opens the window of a disk's cohort with the newest height's mix, whatever a schedule would say; once in an
// epoch. Its evidence executes from the next height on.
func (c *Chain) OpenDisk(device []byte) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	rules := c.params.Disk
	epoch := epochOf(c.height)
	w := &worktypes.Window{
		Id: worktypes.DiskWindowID(epoch, worktypes.DiskCohort(device, rules.Cohorts)), WorkClass: devicetypes.WORK_CLASS_DISK, Epoch: epoch,
		OpenHeight: c.height + 1, CloseHeight: c.height + int64(rules.WindowBlocks), DeadlineHeight: c.height + int64(rules.WindowBlocks),
		SeedMix: Mix(c.height), Disk: &rules,
	}
	c.windows[w.Id] = w
	return w.Id
}

// Proven tells whether a disk's evidence of a window's epoch was accepted.
func (c *Chain) Proven(device []byte, window uint64) bool {
	epoch, _ := worktypes.SplitDiskWindowID(window)
	return c.Work(device).LastProvenEpoch >= epoch
}

// prove judges a disk's evidence as the chain does; its proofs only after VerifyProofs, and counts one without.
func (c *Chain) prove(e worktypes.Evidence, w *worktypes.Window, height int64, apply bool, res *worktypes.ItemResult) error {
	if !w.Serves(e.DeviceId) {
		return worktypes.ErrWrongCohort
	}
	if err := w.CheckProve(height); err != nil {
		return err
	}
	rec := c.record(e.DeviceId)
	if rec.LastProvenEpoch >= w.Epoch {
		return worktypes.ErrAlreadyProven
	}
	claim, ok := rec.ClaimFor(w.Epoch)
	if !ok {
		return worktypes.ErrNoClaim
	}
	var err error
	if claim.Units() > c.allowance(e.DeviceId) {
		return worktypes.ErrBondTooSmall
	}
	proofs := 1
	if c.proofs {
		if proofs, err = c.verifyShares(e, w, claim); err != nil {
			return err
		}
	}
	if !apply {
		return nil
	}
	res.Units, res.Epoch = disk.Units(uint8(claim.K), claim.Plots, uint32(proofs), w.Disk.Lambda), w.Epoch
	rec.LastProvenEpoch = w.Epoch
	return rec.Credit(w.Epoch, res.Units)
}

func (c *Chain) verifyShares(e worktypes.Evidence, w *worktypes.Window, claim worktypes.DiskClaim) (int, error) {
	shape, _, err := disk.EvidenceShape(e.Payload)
	if err != nil || shape != claim.PlotParams() {
		return 0, worktypes.ErrClaimMismatch
	}
	n, err := disk.VerifyEvidence(disk.EvidenceParams{
		ChainID: c.ID, DeviceID: e.DeviceId, Challenge: disk.DeriveChallenge(c.ID, w.Id, [32]byte(w.SeedMix)),
		Params: claim.PlotParams(), Plots: claim.Plots, Lambda: w.Disk.Lambda, MaxProofs: w.Disk.MaxProofs,
	}, e.Payload)
	if err != nil {
		return 0, worktypes.ErrBadProof.Wrap(err.Error())
	}
	return n, nil
}

func (c *Chain) allowance(device []byte) uint64 {
	d := c.devices[string(device)]
	for _, p := range c.devParams.Classes {
		if d != nil && p.WorkClass == d.WorkClass {
			return p.Allowance(d.Bond.Amount)
		}
	}
	return 0
}

// setClaim runs MsgSetDiskClaim.
func (c *Chain) setClaim(signer string, m *worktypes.MsgSetDiskClaim, apply bool) error {
	id, err := devicetypes.ParseDeviceID(m.DeviceId)
	if err != nil {
		return worktypes.ErrInvalidRequest.Wrap(err.Error())
	}
	d := c.devices[string(id)]
	switch {
	case d == nil:
		return worktypes.ErrUnknownDevice
	case m.Owner != signer || d.Owner != signer:
		return worktypes.ErrUnauthorized
	case d.WorkClass != devicetypes.WORK_CLASS_DISK:
		return worktypes.ErrWrongClass
	}
	claim := worktypes.DiskClaim{Plots: m.Plots, K: m.K, Strength: m.Strength}
	if err := claim.ValidateFor(c.params.Disk); err != nil {
		return err
	}
	if claim.Units() > c.allowance(id) {
		return worktypes.ErrBondTooSmall
	}
	if apply {
		c.record(id).SetClaim(claim, epochOf(c.height))
	}
	return nil
}

// DiskSchedule answers for a device as the chain does, for windows that begin with the epoch.
func (s *work) DiskSchedule(_ context.Context, r *worktypes.QueryDiskScheduleRequest) (*worktypes.QueryDiskScheduleResponse, error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	epoch := epochOf(s.chain.height)
	schedule := worktypes.NewDiskSchedule(epoch, int64(epoch-1)*EpochBlocks, EpochBlocks, s.chain.params.Disk)
	out := &worktypes.QueryDiskScheduleResponse{Schedule: schedule, Height: s.chain.height}
	if r.DeviceId == "" {
		return out, nil
	}
	id, err := devicetypes.ParseDeviceID(r.DeviceId)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if d := s.chain.devices[string(id)]; d == nil || d.WorkClass != devicetypes.WORK_CLASS_DISK {
		return nil, status.Error(codes.NotFound, "no such disk")
	}
	rec := s.chain.record(id)
	out.Device = &worktypes.DiskDeviceSchedule{NextClaims: rec.ClaimsAfter(epoch), Proven: rec.LastProvenEpoch >= epoch}
	out.Device.Window, out.Device.OpenHeight, out.Device.CloseHeight, _ = schedule.WindowFor(id)
	_, out.Device.Cohort = worktypes.SplitDiskWindowID(out.Device.Window)
	if claim, ok := rec.ClaimFor(epoch); ok {
		out.Device.Claim = &claim
	}
	_, out.Device.NextOpenHeight, out.Device.NextCloseHeight, _ = schedule.Next(EpochBlocks, s.chain.params.Disk).WindowFor(id)
	return out, nil
}
