package abci

import (
	"sync"
)

const (
	// OffenceLimit is how many different invalid proofs under a valid device signature make a node ignore the device.
	// Only the device's own key can sign them, so nobody gets another's device ignored.
	OffenceLimit = 3
	// maxOffenders bounds the list.
	maxOffenders = 65_536
)

// Offenders are the devices whose evidence this node refuses in CheckTx for the rest of an epoch. The list is the
// node's own, in memory: in a block their evidence is judged like any other. It is safe for concurrent use.
type Offenders struct {
	mtx    sync.Mutex
	epoch  uint64
	counts map[string]int
}

// NewOffenders returns an empty list.
func NewOffenders() *Offenders { return &Offenders{counts: make(map[string]int)} }

// Note counts an invalid proof that the device signed.
func (o *Offenders) Note(deviceID []byte) {
	o.mtx.Lock()
	defer o.mtx.Unlock()
	if _, known := o.counts[string(deviceID)]; !known && len(o.counts) >= maxOffenders {
		return
	}
	o.counts[string(deviceID)]++
	if o.counts[string(deviceID)] == OffenceLimit {
		count("offenders")
	}
}

// Ignored reports whether the device has reached OffenceLimit in the epoch. A new epoch starts with an empty list.
func (o *Offenders) Ignored(epoch uint64, deviceID []byte) bool {
	o.mtx.Lock()
	defer o.mtx.Unlock()
	if epoch != o.epoch {
		o.epoch = epoch
		clear(o.counts)
	}
	return o.counts[string(deviceID)] >= OffenceLimit
}
