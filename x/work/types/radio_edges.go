package types

import "encoding/binary"

const (
	// MaxRadioEdges bounds the witnesses that one radio's beacons pay in an edge week: 1,280 bytes. With four payments
	// each they are six paid witnesses a beacon in every epoch of a week; four give full pay.
	MaxRadioEdges = 256
	edgeSize      = 4 + 1
)

// RadioEdgeWeek is a beaconer's edge week of an epoch. Weeks of different radios begin in different epochs.
func RadioEdgeWeek(epoch uint64, number uint32, weekEpochs uint32) uint64 {
	return (epoch + uint64(number)) / uint64(max(weekEpochs, 1))
}

// Turn drops the counts when a later week has begun. A late receipt may belong to the week before; a week further back
// was counted in weeks of another length, and its counts mean nothing any more.
func (e *RadioEdges) Turn(week uint64) {
	if week > e.Week || week+1 < e.Week {
		e.Week, e.Paid = week, nil
	}
}

func (e *RadioEdges) place(witness uint32) (at int, found bool) {
	for at < len(e.Paid) && binary.BigEndian.Uint32(e.Paid[at:]) < witness {
		at += edgeSize
	}
	return at, at < len(e.Paid) && binary.BigEndian.Uint32(e.Paid[at:]) == witness
}

// Count is how often the beaconer's beacons paid a witness in the week. With MaxRadioEdges others it counts as the
// limit for a witness more.
func (e *RadioEdges) Count(witness uint32, limit uint32) uint32 {
	at, found := e.place(witness)
	switch {
	case found:
		return uint32(e.Paid[at+4])
	case len(e.Paid) >= MaxRadioEdges*edgeSize:
		return limit
	}
	return 0
}

// Add counts a payment. Beyond MaxRadioEdges witnesses it counts nothing: only the beacon that fills the table can come
// there, Count refuses later ones.
func (e *RadioEdges) Add(witness uint32) {
	at, found := e.place(witness)
	switch {
	case found && e.Paid[at+4] < MaxEdgeLimit:
		e.Paid[at+4]++
	case !found && len(e.Paid) < MaxRadioEdges*edgeSize:
		entry := append(binary.BigEndian.AppendUint32(nil, witness), 1)
		e.Paid = append(e.Paid[:at:at], append(entry, e.Paid[at:]...)...)
	}
}

// Sub takes a payment back.
func (e *RadioEdges) Sub(witness uint32) {
	at, found := e.place(witness)
	if !found {
		return
	}
	if e.Paid[at+4] > 1 {
		e.Paid[at+4]--
		return
	}
	e.Paid = append(e.Paid[:at:at], e.Paid[at+edgeSize:]...)
}

// Validate checks the counts of a genesis.
func (e RadioEdges) Validate() error {
	if e.Number == 0 || len(e.Paid)%edgeSize != 0 || len(e.Paid) > MaxRadioEdges*edgeSize {
		return ErrInvalidGenesis.Wrapf("radio edges of radio %d: %d bytes; want %d a witness and at most %d witnesses", e.Number, len(e.Paid), edgeSize, MaxRadioEdges)
	}
	for at := 0; at < len(e.Paid); at += edgeSize {
		if e.Paid[at+4] == 0 || at > 0 && binary.BigEndian.Uint32(e.Paid[at:]) <= binary.BigEndian.Uint32(e.Paid[at-edgeSize:]) {
			return ErrInvalidGenesis.Wrapf("radio edges of radio %d: a count is 0 or witnesses do not ascend", e.Number)
		}
	}
	return nil
}
