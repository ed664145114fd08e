package scheduler

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	// ErrForeignCommitment means that the chain holds a commitment of this device that this sidecar did not make.
	ErrForeignCommitment = errors.New("the chain holds a commitment of this device that this sidecar did not make")
	// ErrForeignEvidence means that the chain holds a proof of this device that this sidecar did not make.
	ErrForeignEvidence = errors.New("the chain holds evidence of this device that this sidecar did not make")
)

const (
	// profileBlocks is how long a device's registration is taken as read.
	profileBlocks = 20
	// profilePause is the wait after a registration could not be read.
	profilePause = 5 * time.Second
)

func isUnregistered(err error) bool { return errors.Is(err, chain.ErrUnknownDevice) }

// profile reads the registration and the bond now and then, and tells whether the device may work.
func (d *deviceLoop) profile(ctx context.Context, height int64) bool {
	now := d.s.opts.Clock.Now()
	if (d.profileAt == 0 || height-d.profileAt >= profileBlocks || d.status().State != "active") && !now.Before(d.profileNext) {
		d.profileNext = now.Add(profilePause)
		state, units, err := d.readProfile(ctx)
		if err != nil {
			d.note(ctx, err)
		} else {
			d.profileAt = height
			desc := d.device.Worker.Worker.Describe()
			d.show(func(s *DeviceStatus) {
				s.Hardware = desc.Hardware
				if s.State != state {
					d.log.Info("device state", "state", state, "bond_covers_units", units)
				}
				s.State, s.MaxUnits = state, units
				if state == "active" {
					s.LastError = ""
				}
			})
		}
	}
	return d.status().State == "active"
}

func (d *deviceLoop) readProfile(ctx context.Context) (string, uint64, error) {
	dev, err := d.s.opts.Chain.Device(ctx, d.id)
	if err != nil {
		if isUnregistered(err) {
			d.show(func(s *DeviceStatus) { s.State = "unregistered" })
		}
		return "", 0, err
	}
	params, err := d.s.opts.Chain.DeviceParams(ctx)
	if err != nil {
		return "", 0, err
	}
	units, err := Coverage(ctx, d.s.opts.Chain, d.class(), dev, params)
	return stateName(dev.State), units, err
}

// Attestations tell of devices' hardware evidence.
type Attestations interface {
	Attestation(ctx context.Context, id []byte) (devicetypes.QueryAttestationResponse, bool, error)
}

// Coverage is how many units of work, before its tier multiplies them, a device's bond covers in one window of its
// class.
func Coverage(ctx context.Context, chain Attestations, class worker.Class, dev devicetypes.Device, params devicetypes.Params) (uint64, error) {
	units := Allowance(dev, params)
	if !class.Tiered {
		return units, nil
	}
	a, attested, err := chain.Attestation(ctx, dev.Id)
	if err != nil || !attested {
		return units, err
	}
	return BeforeTier(units, a.TierPpm), nil
}

// BeforeTier is how many units of work make at most so many once they are multiplied by a tier in millionths: the bond
// covers the multiplied ones.
func BeforeTier(units uint64, tierPpm uint32) uint64 {
	if tierPpm <= devicetypes.BaseTierPpm || units == math.MaxUint64 {
		return units
	}
	hi, lo := bits.Mul64(units, devicetypes.BaseTierPpm)
	before, _ := bits.Div64(hi, lo, uint64(tierPpm)) // hi < tierPpm, for units < 2^64 and BaseTierPpm < tierPpm
	return before
}

// Allowance is how many units a device's bond covers in one window.
func Allowance(dev devicetypes.Device, params devicetypes.Params) uint64 {
	for _, c := range params.Classes {
		if c.WorkClass != dev.WorkClass {
			continue
		}
		if !c.BondPerUnit.IsPositive() {
			return math.MaxUint64
		}
		units := dev.Bond.Amount.Quo(c.BondPerUnit)
		if !units.IsUint64() {
			return math.MaxUint64
		}
		return units.Uint64()
	}
	return 0
}

func stateName(s devicetypes.DeviceState) string {
	switch s {
	case devicetypes.DEVICE_STATE_ACTIVE:
		return "active"
	case devicetypes.DEVICE_STATE_SUSPENDED:
		return "suspended"
	case devicetypes.DEVICE_STATE_RETIRED:
		return "retired"
	}
	return "unknown"
}

// ClassName is the chain's name of a class without its prefix, in small letters.
func ClassName(c devicetypes.WorkClass) string {
	return strings.ToLower(strings.TrimPrefix(c.String(), "WORK_CLASS_"))
}

// record reads what the chain holds of the device. It is an error that gives the window up if that says that somebody
// else uses the key: a commitment, or a proof of the window's epoch, that this spool does not know.
func (d *deviceLoop) record(ctx context.Context, window, epoch uint64) (worktypes.DeviceWork, error) {
	work, err := d.deviceWork(ctx)
	if err != nil {
		return work, err
	}
	if !d.class().Taken(work, window, epoch) {
		return work, nil
	}
	d.giveUp(window, maxTries)
	if d.class().First == worktypes.PHASE_PROVE {
		return work, fmt.Errorf("%w: epoch %d is proven: another sidecar runs with this key, or the spool was lost", ErrForeignEvidence, epoch)
	}
	return work, fmt.Errorf("%w: window %d: another sidecar runs with this key, or the spool was lost", ErrForeignCommitment, window)
}
