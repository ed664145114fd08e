package types

import (
	collcodec "cosmossdk.io/collections/codec"

	"github.com/cosmos/cosmos-sdk/codec"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/internal/compact"
)

// Flags of a stored record: the parts that it has.
const (
	hasUnits uint64 = 1 << iota
	hasPending
	hasFaults
	hasClaims
	hasLastProven
	hasRadio
	hasPay
	recordFlags = 1<<iota - 1
)

// Flags of a stored commitment.
const (
	isOpened uint64 = 1 << iota
	hasTier
	commitmentFlags = 1<<iota - 1
)

// storedRecordRoom is about what a GPU's record takes.
const storedRecordRoom = 128

// deviceWorkCodec stores a record in some 90 bytes: no device id and class, because the store's key has them, numbers
// by their distance from a neighbour, amounts as bytes.
type deviceWorkCodec struct {
	// ValueCodec is the message's own, for JSON and text.
	collcodec.ValueCodec[DeviceWork]
}

// NewDeviceWorkCodec returns the codec of stored records. What it reads lacks device_id and work_class: DeviceOfWorkKey
// gives them.
func NewDeviceWorkCodec(cdc codec.BinaryCodec) collcodec.ValueCodec[DeviceWork] {
	return deviceWorkCodec{ValueCodec: codec.CollValue[DeviceWork](cdc)}
}

// Encode implements codec.ValueCodec. A negative amount is an error.
func (deviceWorkCodec) Encode(d DeviceWork) ([]byte, error) {
	w, flags := compact.NewWriter(storedRecordRoom), d.storedFlags()
	w.Uint(flags)
	w.Int("accrued", d.Accrued)
	w.Int("total_units", d.TotalUnits)
	w.Int("total_settled", d.TotalSettled)
	if flags&hasPay != 0 {
		w.Uint(d.PaidEpoch)
		w.Uint(d.Paid)
		w.Uint(d.PaidBefore)
	}
	if flags&hasUnits != 0 {
		writeUnits(w, d.Units)
	}
	if flags&hasPending != 0 {
		writePending(w, d.Pending)
	}
	if flags&hasFaults != 0 {
		w.Uint(uint64(d.Faults))
	}
	if flags&hasClaims != 0 {
		writeClaims(w, d.Claims)
	}
	if flags&hasLastProven != 0 {
		w.Uint(d.LastProvenEpoch)
	}
	if flags&hasRadio != 0 {
		writeRadioWork(w, d.Radio)
	}
	return w.Encoded()
}

func (d DeviceWork) storedFlags() (flags uint64) {
	for flag, set := range [...]bool{
		len(d.Units) > 0, len(d.Pending) > 0, d.Faults > 0, len(d.Claims) > 0, d.LastProvenEpoch > 0, d.Radio != nil,
		d.PaidEpoch > 0 || d.Paid > 0 || d.PaidBefore > 0,
	} {
		if set {
			flags |= 1 << flag
		}
	}
	return flags
}

// Decode implements codec.ValueCodec. Bytes that Encode would not write are compact.ErrEncoding.
func (deviceWorkCodec) Decode(bz []byte) (DeviceWork, error) {
	r := compact.NewReader(bz)
	flags := r.Flags("flags", recordFlags)
	d := DeviceWork{
		Accrued: r.Int("accrued"), TotalUnits: r.Int("total_units"), TotalSettled: r.Int("total_settled"),
	}
	if flags&hasPay != 0 {
		d.PaidEpoch, d.Paid, d.PaidBefore = r.Uint("paid_epoch"), r.Uint("paid"), r.Uint("paid_before")
	}
	if flags&hasUnits != 0 {
		d.Units = readUnits(r)
	}
	if flags&hasPending != 0 {
		d.Pending = readPending(r)
	}
	if flags&hasFaults != 0 {
		d.Faults = uint32(r.Upto("faults", maxUint32))
	}
	if flags&hasClaims != 0 {
		d.Claims = readClaims(r)
	}
	if flags&hasLastProven != 0 {
		d.LastProvenEpoch = r.Uint("last_proven_epoch")
	}
	if flags&hasRadio != 0 {
		d.Radio = readRadioWork(r)
	}
	if d.storedFlags() != flags {
		r.Fail("flags", "name a part that is empty")
	}
	if err := r.End(); err != nil {
		return DeviceWork{}, err
	}
	return d, nil
}

// ValueType implements codec.ValueCodec.
func (deviceWorkCodec) ValueType() string { return "joule.work.v1.DeviceWork/compact" }

func writeUnits(w *compact.Writer, units []EpochUnits) {
	w.Uint(uint64(len(units)))
	epoch := uint64(0)
	for _, u := range units {
		w.Near(u.Epoch, epoch)
		w.Uint(u.Units)
		epoch = u.Epoch
	}
}

func readUnits(r *compact.Reader) []EpochUnits {
	units := make([]EpochUnits, r.Count("units", 2))
	epoch := uint64(0)
	for i := range units {
		epoch = r.Near("units.epoch", epoch)
		units[i] = EpochUnits{Epoch: epoch, Units: r.Uint("units.units")}
	}
	return units
}

func writePending(w *compact.Writer, pending []PendingCommitment) {
	w.Uint(uint64(len(pending)))
	window := uint64(0)
	for _, p := range pending {
		var flags uint64
		if p.Opened {
			flags |= isOpened
		}
		if p.TierPpm > 0 {
			flags |= hasTier
		}
		w.Uint(flags)
		w.Near(p.Window, window)
		w.Uint(p.Rounds)
		w.Bytes(p.Root)
		w.Uint(uint64(p.Height))
		w.Near(uint64(p.DeadlineHeight), uint64(p.Height))
		if flags&hasTier != 0 {
			w.Uint(uint64(p.TierPpm))
		}
		window = p.Window
	}
}

func readPending(r *compact.Reader) []PendingCommitment {
	pending := make([]PendingCommitment, r.Count("pending", 6))
	window := uint64(0)
	for i := range pending {
		flags := r.Flags("pending.flags", commitmentFlags)
		window = r.Near("pending.window", window)
		p := PendingCommitment{
			Window: window, Rounds: r.Uint("pending.rounds"), Root: r.Bytes("pending.root"), Height: int64(r.Uint("pending.height")),
			Opened: flags&isOpened != 0,
		}
		p.DeadlineHeight = int64(r.Near("pending.deadline_height", uint64(p.Height)))
		if flags&hasTier != 0 {
			p.TierPpm = uint32(r.Upto("pending.tier_ppm", maxUint32))
			if p.TierPpm == 0 {
				r.Fail("pending.tier_ppm", "is 0; a zero is left out")
			}
		}
		pending[i] = p
	}
	return pending
}

func writeClaims(w *compact.Writer, claims []DiskClaim) {
	w.Uint(uint64(len(claims)))
	epoch := uint64(0)
	for _, c := range claims {
		w.Uint(uint64(c.Plots))
		w.Uint(uint64(c.K))
		w.Uint(uint64(c.Strength))
		w.Near(c.FromEpoch, epoch)
		epoch = c.FromEpoch
	}
}

func readClaims(r *compact.Reader) []DiskClaim {
	claims := make([]DiskClaim, r.Count("claims", 4))
	epoch := uint64(0)
	for i := range claims {
		claims[i] = DiskClaim{
			Plots: uint32(r.Upto("claims.plots", maxUint32)), K: uint32(r.Upto("claims.k", maxUint32)),
			Strength: uint32(r.Upto("claims.strength", maxUint32)),
		}
		epoch = r.Near("claims.from_epoch", epoch)
		claims[i].FromEpoch = epoch
	}
	return claims
}

// DeviceOfWorkKey reads a record's class and device id from its key; compact.ErrEncoding for other bytes than
// DeviceWorkKey writes.
func DeviceOfWorkKey(key []byte) (devicetypes.WorkClass, []byte, error) {
	r := compact.NewReader(key)
	if len(key) != deviceWorkKeySize {
		r.Fail("key", "has not the 23 bytes of class, lot and device id")
		return 0, nil, r.Err()
	}
	class, id := devicetypes.WorkClass(key[0]), append([]byte(nil), key[3:]...)
	if string(DeviceWorkKey(class, id)) != string(key) {
		r.Fail("key", "has another lot than its device's")
	}
	return class, id, r.Err()
}
