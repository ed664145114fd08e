// Package gpu is the class of committed matrix products (protocol section 3.1): its evidence judged by the state, its
// windows, and what its work earns.
package gpu

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// Class judges committed matrix products. It stores nothing of its own: commitments are in the devices' records.
type Class struct {
	types.GpuRules
	ledger class.Ledger
}

var _ class.Class = (*Class)(nil)

// New builds the class.
func New(env class.Env) *Class { return &Class{ledger: env.Ledger(devicetypes.WORK_CLASS_GPU)} }

// WorkClass implements class.Class.
func (*Class) WorkClass() devicetypes.WorkClass { return devicetypes.WORK_CLASS_GPU }

// commitTier is the tier of a checked commitment, in millionths, 0 for one.
type commitTier uint32

// Check implements class.Class.
func (c *Class) Check(ctx sdk.Context, it *class.Item) error {
	if it.Evidence.Phase == types.PHASE_COMMIT {
		return c.checkCommit(ctx, it)
	}
	return checkOpen(it)
}

func (c *Class) checkCommit(ctx sdk.Context, it *class.Item) error {
	if !it.Device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices commit", it.Device.Text(), it.Device.State)
	}
	if err := it.Window.CheckCommit(it.Height); err != nil {
		return err
	}
	rules := it.Window.Gpu
	commitment, err := proof.UnmarshalCommitment(it.Evidence.Payload)
	if err != nil {
		return types.ErrRounds.Wrap(err.Error())
	}
	if commitment.Rounds < rules.MinRounds || commitment.Rounds > rules.MaxRounds {
		return types.ErrRounds.Wrapf("commitment has R = %d rounds; want %d to %d", commitment.Rounds, rules.MinRounds, rules.MaxRounds)
	}
	if before, found := it.Record.Commitment(it.Window.Id); found && commitment.Rounds <= before.Rounds {
		return types.ErrNotLarger.Wrapf("commitment has R = %d rounds and the one it would replace %d; want more", commitment.Rounds, before.Rounds)
	} else if !found && livePending(it.Record, it.Height) >= types.MaxLiveWindows {
		return types.ErrTooManyPending.Wrapf("%d commitments wait for their openings; want at most %d", livePending(it.Record, it.Height), types.MaxLiveWindows)
	}
	// The tier is fixed here: the opening earns what the bond was measured by, whatever becomes of the attestation.
	tier, err := c.ledger.TierPpm(ctx, it.Device.Id, it.Window.Epoch)
	if err != nil {
		return err
	}
	lift := rules.TierFor(commitment.Rounds, tier)
	if lift == tierDenominator {
		lift = 0 // not written: most devices have none
	}
	it.Found = commitTier(lift)
	return c.checkBond(ctx, it, commitment.Rounds, tier)
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

func checkOpen(it *class.Item) error {
	if err := it.Window.CheckOpen(it.Height); err != nil {
		return err
	}
	commitment, found := it.Record.Commitment(it.Window.Id)
	if !found {
		return types.ErrNoCommitment.Wrapf("device %s has no commitment in window %d", it.Device.Text(), it.Window.Id)
	}
	if commitment.Opened {
		return types.ErrAlreadyOpened.Wrapf("device %s has opened its commitment of window %d", it.Device.Text(), it.Window.Id)
	}
	if most := proof.MaxProofSize(it.Window.Gpu.Kernel()); len(it.Evidence.Payload) > most {
		return types.ErrProofTooLarge.Wrapf("opening has %d bytes; window %d takes at most %d", len(it.Evidence.Payload), it.Window.Id, most)
	}
	return nil
}

// Apply implements class.Class.
func (*Class) Apply(_ sdk.Context, it *class.Item) (uint64, error) {
	if it.Evidence.Phase == types.PHASE_COMMIT {
		commitment, err := proof.UnmarshalCommitment(it.Evidence.Payload)
		if err != nil {
			return 0, types.ErrRounds.Wrap(err.Error())
		}
		tier, checked := it.Found.(commitTier)
		if !checked {
			return 0, types.ErrAccounting.Wrapf("device %s, window %d: the commitment was not checked", it.Device.Text(), it.Window.Id)
		}
		it.Record.SetCommitment(types.PendingCommitment{
			Window: it.Window.Id, Rounds: commitment.Rounds, Root: commitment.Root[:], Height: it.Height, DeadlineHeight: it.Window.DeadlineHeight,
			TierPpm: uint32(tier),
		})
		return 0, nil
	}
	commitment, found := it.Record.Commitment(it.Window.Id)
	if !found {
		return 0, types.ErrNoCommitment.Wrapf("device %s, window %d", it.Device.Text(), it.Window.Id)
	}
	units, err := unitsOf(it.Window.Gpu, commitment.Rounds, commitment.TierPpm)
	if err != nil {
		return 0, err
	}
	if err := it.Record.Credit(it.Window.Epoch, units); err != nil {
		return 0, err
	}
	commitment.Opened = true
	it.Record.Faults = 0
	return units, nil
}
