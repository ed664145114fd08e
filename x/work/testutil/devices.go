package testutil

import (
	"context"
	"fmt"
	"math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Devices stands in for x/device: records in memory. It does not follow a context that is thrown away.
type Devices struct {
	records map[string]devicetypes.Device
	// Allowance is what every bond covers, in units.
	Allowance uint64
	// Suspensions are the calls of SuspendForFaults, in order.
	Suspensions []uint64
	// Tier is a device's multiplier in an epoch; nil means that no device has hardware evidence.
	Tier func(id []byte, epoch uint64) uint32
}

// NewDevices knows no device; bonds cover everything.
func NewDevices() *Devices {
	return &Devices{records: map[string]devicetypes.Device{}, Allowance: math.MaxUint64}
}

// Register adds an active GPU.
func (d *Devices) Register(key *Device) {
	d.Set(devicetypes.Device{
		Id: key.ID(), PublicKey: key.Public, WorkClass: devicetypes.WORK_CLASS_GPU, State: devicetypes.DEVICE_STATE_ACTIVE,
		Bond: sdk.NewInt64Coin(devicetypes.DefaultBondDenom, 1), Generation: 1,
	})
}

// RegisterDisk adds an active disk of an owner.
func (d *Devices) RegisterDisk(key *DiskDevice, owner string) {
	d.Set(devicetypes.Device{
		Id: key.ID(), PublicKey: key.Public, Owner: owner, WorkClass: devicetypes.WORK_CLASS_DISK, State: devicetypes.DEVICE_STATE_ACTIVE,
		Bond: sdk.NewInt64Coin(devicetypes.DefaultBondDenom, 1), Generation: 1,
	})
}

// RegisterRadio adds an active radio of an owner.
func (d *Devices) RegisterRadio(key *RadioDevice, owner string) {
	d.Set(devicetypes.Device{
		Id: key.ID(), PublicKey: key.Public, Owner: owner, WorkClass: devicetypes.WORK_CLASS_RADIO, State: devicetypes.DEVICE_STATE_ACTIVE,
		Bond: sdk.NewInt64Coin(devicetypes.DefaultBondDenom, 1), Generation: 1,
	})
}

// Set replaces a record.
func (d *Devices) Set(r devicetypes.Device) { d.records[string(r.Id)] = r }

// SetState changes a device's state.
func (d *Devices) SetState(id []byte, state devicetypes.DeviceState) {
	r := d.records[string(id)]
	r.State = state
	d.Set(r)
}

// HasDevice implements the work module's DeviceKeeper.
func (d *Devices) HasDevice(_ context.Context, id []byte) (bool, error) {
	_, found := d.records[string(id)]
	return found, nil
}

// GetDevice implements the work module's DeviceKeeper.
func (d *Devices) GetDevice(_ context.Context, id []byte) (devicetypes.Device, error) {
	r, found := d.records[string(id)]
	if !found {
		return r, fmt.Errorf("device %X is not registered", id)
	}
	return r, nil
}

// BondAllowance implements the work module's DeviceKeeper.
func (d *Devices) BondAllowance(context.Context, devicetypes.Device) (uint64, error) {
	return d.Allowance, nil
}

// TierPpm implements the work module's DeviceKeeper.
func (d *Devices) TierPpm(_ context.Context, id []byte, epoch uint64) (uint32, error) {
	if d.Tier == nil {
		return devicetypes.BaseTierPpm, nil
	}
	return d.Tier(id, epoch), nil
}

// SuspendForFaults implements the work module's DeviceKeeper.
func (d *Devices) SuspendForFaults(_ context.Context, id []byte, untilEpoch uint64) error {
	d.SetState(id, devicetypes.DEVICE_STATE_SUSPENDED)
	d.Suspensions = append(d.Suspensions, untilEpoch)
	return nil
}
