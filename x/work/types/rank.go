package types

import "cosmossdk.io/math"

// RankedEpochs are how many epochs, counted back from the newest frozen one, rank a device on the evidence lane.
const RankedEpochs = 2

// NotePay remembers what a settled epoch paid. Epochs settle in ascending order; only the newest and the one before it
// are kept.
func (d *DeviceWork) NotePay(epoch uint64, pay math.Int) {
	if !pay.IsPositive() || epoch <= d.PaidEpoch {
		return
	}
	before := uint64(0)
	if epoch == d.PaidEpoch+1 {
		before = d.Paid
	}
	d.PaidEpoch, d.Paid, d.PaidBefore = epoch, CapUint64(pay), before
}

// RecentPay is what the record knows of the pay of the RankedEpochs before nextFreeze, the oldest epoch that is not
// frozen, in ujoule. What those epochs owe and have not settled is not in it.
func (d *DeviceWork) RecentPay(nextFreeze uint64) math.Int {
	sum := math.ZeroInt()
	if d.PaidEpoch+RankedEpochs >= nextFreeze {
		sum = sum.Add(math.NewIntFromUint64(d.Paid))
	}
	if d.PaidEpoch+RankedEpochs >= nextFreeze+1 {
		sum = sum.Add(math.NewIntFromUint64(d.PaidBefore))
	}
	return sum
}

// CapUint64 is a non-negative amount, or 2^64 − 1 where it is more.
func CapUint64(v math.Int) uint64 {
	if !v.IsUint64() {
		return ^uint64(0)
	}
	return v.Uint64()
}
