package keeper

import (
	"encoding/binary"
	"math/bits"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// gpuClass judges committed matrix products (protocol section 3.1).
type gpuClass struct{ k *Keeper }

func (c gpuClass) check(ctx sdk.Context, it *item) error {
	if it.evidence.Phase == types.PHASE_COMMIT {
		return c.checkCommit(ctx, it)
	}
	return checkOpen(it)
}

func (c gpuClass) checkCommit(ctx sdk.Context, it *item) error {
	if !it.device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices commit", it.device.Text(), it.device.State)
	}
	if err := it.window.CheckCommit(it.height); err != nil {
		return err
	}
	rules := it.window.Gpu
	commitment, err := gpu.UnmarshalCommitment(it.evidence.Payload)
	if err != nil {
		return types.ErrRounds.Wrap(err.Error())
	}
	if commitment.Rounds < rules.MinRounds || commitment.Rounds > rules.MaxRounds {
		return types.ErrRounds.Wrapf("commitment has R = %d rounds; want %d to %d", commitment.Rounds, rules.MinRounds, rules.MaxRounds)
	}
	if before, found := it.record.Commitment(it.window.Id); found && commitment.Rounds <= before.Rounds {
		return types.ErrNotLarger.Wrapf("commitment has R = %d rounds and the one it would replace %d; want more", commitment.Rounds, before.Rounds)
	} else if !found && livePending(it.record, it.height) >= types.MaxLiveWindows {
		return types.ErrTooManyPending.Wrapf("%d commitments wait for their openings; want at most %d", livePending(it.record, it.height), types.MaxLiveWindows)
	}
	// The tier is fixed here: the opening earns what the bond was measured by, whatever becomes of the attestation.
	if it.tier, err = c.k.devices.TierPpm(ctx, it.device.Id, it.window.Epoch); err != nil {
		return err
	}
	if it.tier == tierDenominator {
		it.tier = 0 // not written: most devices have none
	}
	return c.checkBond(ctx, it, commitment.Rounds)
}

// livePending counts the commitments that a touch at height would keep.
func livePending(d types.DeviceWork, height int64) int {
	n := 0
	for _, p := range d.Pending {
		if p.DeadlineHeight >= height {
			n++
		}
	}
	return n
}

// tierDenominator is one in a tier's millionths.
const tierDenominator = devicetypes.BaseTierPpm

// tierOf is a commitment's tier; those from before tiers existed have 0.
func tierOf(ppm uint32) uint64 {
	if ppm == 0 {
		return tierDenominator
	}
	return uint64(ppm)
}

// gpuUnits are what R rounds earn under a tier: floor(units · tier / 10^6). The rounding is the device's loss, less
// than one unit a window.
func gpuUnits(rules types.GpuParams, rounds uint64, tier uint32) (uint64, error) {
	units, err := gpu.Units(rules.Kernel(), rounds, rules.UnitShift)
	if err != nil {
		return 0, types.ErrUnits.Wrap(err.Error())
	}
	hi, lo := bits.Mul64(units, tierOf(tier))
	if hi >= tierDenominator {
		return 0, types.ErrUnits.Wrapf("%d units times a tier of %d millionths exceed 2^64", units, tier)
	}
	raised, _ := bits.Div64(hi, lo, tierDenominator)
	return raised, nil
}

// unitsBefore is the most units whose product with the tier stays within the allowance.
func unitsBefore(allowed uint64, tier uint32) uint64 {
	if tierOf(tier) == tierDenominator {
		return allowed
	}
	// floor(u·t/10^6) ≤ a holds just where u·t < (a+1)·10^6. The tier is above 10^6, so the quotient fits.
	hi, lo := bits.Mul64(allowed, tierDenominator)
	lo, carry := bits.Add64(lo, tierDenominator-1, 0)
	u, _ := bits.Div64(hi+carry, lo, tierOf(tier))
	return u
}

// checkBond wants the bond to cover what the declared work would earn, tier included: bonds scale with it, so that
// large claims are not free to make.
func (c gpuClass) checkBond(ctx sdk.Context, it *item, rounds uint64) error {
	rules := it.window.Gpu
	units, err := gpuUnits(rules, rounds, it.tier)
	if err != nil {
		return err
	}
	allowed, err := c.k.devices.BondAllowance(ctx, it.device)
	if err != nil {
		return types.ErrBondTooSmall.Wrap(err.Error())
	}
	if units > allowed {
		return types.ErrBondTooSmall.Wrapf("R = %d rounds are %d units and the bond of %s covers %d; commit at most R = %d or add to the bond",
			rounds, units, it.device.Bond, allowed, roundsWithin(rules, unitsBefore(allowed, it.tier)))
	}
	return nil
}

// roundsWithin is the largest R whose units do not exceed the allowance.
func roundsWithin(rules types.GpuParams, units uint64) uint64 {
	n := uint64(rules.N)
	hi, lo := bits.Mul64(units, uint64(1)<<rules.UnitShift)
	if hi >= n*n*n {
		return rules.MaxRounds
	}
	r, _ := bits.Div64(hi, lo, n*n*n)
	return min(r, rules.MaxRounds)
}

func checkOpen(it *item) error {
	if err := it.window.CheckOpen(it.height); err != nil {
		return err
	}
	commitment, found := it.record.Commitment(it.window.Id)
	if !found {
		return types.ErrNoCommitment.Wrapf("device %s has no commitment in window %d", it.device.Text(), it.window.Id)
	}
	if commitment.Opened {
		return types.ErrAlreadyOpened.Wrapf("device %s has opened its commitment of window %d", it.device.Text(), it.window.Id)
	}
	if most := gpu.MaxProofSize(it.window.Gpu.Kernel()); len(it.evidence.Payload) > most {
		return types.ErrProofTooLarge.Wrapf("opening has %d bytes; window %d takes at most %d", len(it.evidence.Payload), it.window.Id, most)
	}
	return nil
}

func (gpuClass) proof(ctx sdk.Context, it *item) (arithmetic, error) {
	if it.evidence.Phase == types.PHASE_COMMIT {
		// A commitment is a statement: its form is checked with the state, its truth when it is opened.
		return arithmetic{run: func() error { return nil }, cost: gpu.CommitmentCost}, nil
	}
	commitment, found := it.record.Commitment(it.window.Id)
	if !found {
		return arithmetic{}, types.ErrNoCommitment.Wrapf("device %s, window %d", it.device.Text(), it.window.Id)
	}
	params := it.window.Gpu.Kernel()
	challenge := gpu.Challenge{
		Seed0:      gpu.Seed0(ctx.ChainID(), it.window.Id, [32]byte(it.window.SeedMix), it.evidence.DeviceId),
		Commitment: gpu.Commitment{Rounds: commitment.Rounds, Root: gpu.Root(commitment.Root)},
		MixA:       [32]byte(it.window.DrawAMix), MixB: [32]byte(it.window.DrawBMix),
	}
	payload := append([]byte(nil), it.evidence.Payload...)
	return arithmetic{
		run:       func() error { return gpu.VerifyOpening(params, challenge, payload) },
		challenge: encodeGpuChallenge(params, challenge),
		cost:      gpu.OpeningCost(params),
	}, nil
}

// encodeGpuChallenge gives everything that decides a verdict beside the proof: fixed sizes, so no two are alike.
func encodeGpuChallenge(p gpu.Params, c gpu.Challenge) []byte {
	buf := make([]byte, 0, 24+4*32+8)
	for _, v := range []uint32{p.Version, p.N, p.B, p.T} {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	buf = binary.BigEndian.AppendUint64(buf, p.MaxRounds)
	buf = append(buf, c.Seed0[:]...)
	buf = append(buf, c.Commitment.Marshal()...)
	buf = append(buf, c.MixA[:]...)
	return append(buf, c.MixB[:]...)
}

func (gpuClass) apply(_ sdk.Context, it *item) (uint64, error) {
	if it.evidence.Phase == types.PHASE_COMMIT {
		commitment, err := gpu.UnmarshalCommitment(it.evidence.Payload)
		if err != nil {
			return 0, types.ErrRounds.Wrap(err.Error())
		}
		it.record.SetCommitment(types.PendingCommitment{
			Window: it.window.Id, Rounds: commitment.Rounds, Root: commitment.Root[:], Height: it.height, DeadlineHeight: it.window.DeadlineHeight,
			TierPpm: it.tier,
		})
		return 0, nil
	}
	commitment, found := it.record.Commitment(it.window.Id)
	if !found {
		return 0, types.ErrNoCommitment.Wrapf("device %s, window %d", it.device.Text(), it.window.Id)
	}
	units, err := gpuUnits(it.window.Gpu, commitment.Rounds, commitment.TierPpm)
	if err != nil {
		return 0, err
	}
	if err := it.record.Credit(it.window.Epoch, units); err != nil {
		return 0, err
	}
	commitment.Opened = true
	it.record.Faults = 0
	return units, nil
}
