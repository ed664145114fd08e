package types

import (
	"bytes"
	"fmt"
	stdmath "math"

	collcodec "cosmossdk.io/collections/codec"
	"cosmossdk.io/core/address"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkaddress "github.com/cosmos/cosmos-sdk/types/address"

	"github.com/joulechain/joule/x/internal/compact"
)

// Flags of a stored device: what differs from the usual.
const (
	hasBeneficiary uint64 = 1 << iota
	hasBondPayer
	hasPendingOwner
	hasDenom
	hasGeneration
	hasSuspension
	hasUnbonding
	hasReclaim
	deviceFlags = 1<<iota - 1
)

// storedDeviceRoom is about what a device takes.
const storedDeviceRoom = 128

// deviceCodec stores a device in some 90 bytes (README, "A stored device"): addresses as bytes, the beneficiary and the
// bond's payer only where they are not the owner, no id, because the key gives it.
type deviceCodec struct {
	// ValueCodec is the message's own, for JSON and text.
	collcodec.ValueCodec[Device]
	addresses address.Codec
}

// NewDeviceCodec returns the codec of stored devices. Addresses must be canonical texts of the address codec.
func NewDeviceCodec(cdc codec.BinaryCodec, addresses address.Codec) collcodec.ValueCodec[Device] {
	return deviceCodec{ValueCodec: codec.CollValue[Device](cdc), addresses: addresses}
}

// Encode implements codec.ValueCodec. A device whose id is not its key's, or with an address that has another text, is
// an error.
func (c deviceCodec) Encode(d Device) ([]byte, error) {
	if want := DeviceID(d.PublicKey); !bytes.Equal(d.Id, want) {
		return nil, ErrInvalidDeviceID.Wrapf("id %x is not the key's, want %x", d.Id, want)
	}
	capability, err := d.Capability.Marshal()
	if err != nil {
		return nil, err
	}
	w, flags := compact.NewWriter(storedDeviceRoom), d.storedFlags()
	w.Uint(flags)
	w.Uint(uint64(uint32(d.PublicKey.Type)))
	w.Bytes(d.PublicKey.Key)
	w.Uint(uint64(uint32(d.WorkClass)))
	w.Bytes(capability)
	w.Uint(uint64(uint32(d.State)))
	w.Uint(uint64(d.RegisteredHeight))
	w.Int("bond.amount", d.Bond.Amount)
	c.write(w, "owner", d.Owner, true)
	c.write(w, "beneficiary", d.Beneficiary, flags&hasBeneficiary != 0)
	c.write(w, "bond_payer", d.BondPayer, flags&hasBondPayer != 0)
	c.write(w, "pending_owner", d.PendingOwner, flags&hasPendingOwner != 0)
	if flags&hasDenom != 0 {
		w.Bytes([]byte(d.Bond.Denom))
	}
	if flags&hasGeneration != 0 {
		w.Uint(d.Generation)
	}
	if flags&hasSuspension != 0 {
		w.Uint(uint64(uint32(d.SuspensionReason)))
		w.Uint(d.SuspendedUntilEpoch)
	}
	if flags&hasUnbonding != 0 {
		w.Uint(d.UnbondingEpoch)
	}
	if flags&hasReclaim != 0 {
		w.Uint(d.ReclaimEpoch)
	}
	return w.Encoded()
}

func (d Device) storedFlags() (flags uint64) {
	for flag, set := range [...]bool{
		d.Beneficiary != d.Owner, d.BondPayer != d.Owner, d.PendingOwner != "", d.Bond.Denom != DefaultBondDenom, d.Generation != 1,
		d.SuspensionReason != SUSPENSION_REASON_UNSPECIFIED || d.SuspendedUntilEpoch != 0, d.UnbondingEpoch != 0, d.ReclaimEpoch != 0,
	} {
		if set {
			flags |= 1 << flag
		}
	}
	return flags
}

// Decode implements codec.ValueCodec. Bytes that Encode would not write are compact.ErrEncoding.
func (c deviceCodec) Decode(bz []byte) (Device, error) {
	r := compact.NewReader(bz)
	flags := r.Flags("flags", deviceFlags)
	d := Device{PublicKey: PublicKey{Type: KeyType(enum(r, "public_key.type")), Key: r.Bytes("public_key.key")}, Generation: 1}
	d.WorkClass = WorkClass(enum(r, "work_class"))
	readCapability(r, &d.Capability)
	d.State = DeviceState(enum(r, "state"))
	d.RegisteredHeight = int64(r.Uint("registered_height"))
	d.Bond.Amount, d.Bond.Denom = r.Int("bond.amount"), DefaultBondDenom
	d.Owner = c.read(r, "owner")
	d.Beneficiary, d.BondPayer = d.Owner, d.Owner
	if flags&hasBeneficiary != 0 {
		d.Beneficiary = c.read(r, "beneficiary")
	}
	if flags&hasBondPayer != 0 {
		d.BondPayer = c.read(r, "bond_payer")
	}
	if flags&hasPendingOwner != 0 {
		d.PendingOwner = c.read(r, "pending_owner")
	}
	if flags&hasDenom != 0 {
		d.Bond.Denom = r.Text("bond.denom")
	}
	if flags&hasGeneration != 0 {
		d.Generation = r.Uint("generation")
	}
	if flags&hasSuspension != 0 {
		d.SuspensionReason, d.SuspendedUntilEpoch = SuspensionReason(enum(r, "suspension_reason")), r.Uint("suspended_until_epoch")
	}
	if flags&hasUnbonding != 0 {
		d.UnbondingEpoch = r.Uint("unbonding_epoch")
	}
	if flags&hasReclaim != 0 {
		d.ReclaimEpoch = r.Uint("reclaim_epoch")
	}
	if d.storedFlags() != flags {
		r.Fail("flags", "name a field that has its usual value")
	}
	if err := r.End(); err != nil {
		return Device{}, err
	}
	d.Id = DeviceID(d.PublicKey)
	return d, nil
}

// ValueType implements codec.ValueCodec.
func (deviceCodec) ValueType() string { return "joule.device.v1.Device/compact" }

// write appends an address as bytes, if it is stored at all.
func (c deviceCodec) write(w *compact.Writer, field, text string, stored bool) {
	if !stored {
		return
	}
	addr, err := c.addresses.StringToBytes(text)
	if err == nil {
		var canonical string
		if canonical, err = c.addresses.BytesToString(addr); err == nil && canonical != text {
			err = fmt.Errorf("is not canonical, want %q", canonical)
		}
	}
	if err != nil {
		w.Fail(ErrInvalidAddress.Wrapf("%s %q: %s", field, text, err))
		return
	}
	w.Bytes(addr)
}

// read takes an address as its text.
func (c deviceCodec) read(r *compact.Reader, field string) string {
	addr := r.Bytes(field)
	if r.Err() != nil {
		return ""
	}
	if len(addr) == 0 || len(addr) > sdkaddress.MaxAddrLen {
		r.Fail(field, fmt.Sprintf("has %d bytes; want 1..%d", len(addr), sdkaddress.MaxAddrLen))
		return ""
	}
	text, err := c.addresses.BytesToString(addr)
	if err != nil {
		r.Fail(field, err.Error())
	}
	return text
}

func enum(r *compact.Reader, field string) int32 {
	return int32(uint32(r.Upto(field, stdmath.MaxUint32)))
}

// readCapability takes the capability, a message, and demands that it is written as this version writes it: unknown
// fields and other encodings are refused.
func readCapability(r *compact.Reader, into *Capability) {
	bz := r.Bytes("capability")
	if r.Err() != nil {
		return
	}
	if err := into.Unmarshal(bz); err != nil {
		r.Fail("capability", err.Error())
		return
	}
	if again, err := into.Marshal(); err != nil || !bytes.Equal(again, bz) {
		r.Fail("capability", "has unknown fields or is written in another way than this version's")
	}
}
