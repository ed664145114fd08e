package gwmp

import (
	"maps"
	"sync"
)

// Event names something that a Meter counts. The set is fixed: no part of a datagram becomes an event.
type Event string

// What the server counts.
const (
	EventDatagram   Event = "datagram"             // every datagram received
	EventOversized  Event = "oversized"            // longer than the limit: dropped
	EventVersion    Event = "unknown_version"      // another protocol version: ignored
	EventHeader     Event = "bad_header"           // too short or of an unknown type: dropped
	EventUnexpected Event = "unexpected_type"      // a type that only servers send: dropped
	EventSource     Event = "source_refused"       // from a network that is not allowed: dropped
	EventStranger   Event = "gateway_refused"      // a gateway that is not allowed, or one too many: dropped
	EventRate       Event = "gateway_rate_limited" // over one gateway's rate: dropped
	EventTotalRate  Event = "total_rate_limited"   // over the rate of all together: dropped
	EventQueueFull  Event = "queue_full"           // handlers are too slow: dropped after its acknowledgement
	EventPush       Event = "push"
	EventPull       Event = "pull"
	EventRoute      Event = "route_changed"  // a gateway polls from another address than before
	EventBadJSON    Event = "bad_json"       // a body that cannot be read
	EventPacket     Event = "packet"         // a radio packet that is well
	EventBadPacket  Event = "packet_refused" // a radio packet that cannot be used
	EventBadPayload Event = "payload_refused"
	EventReading    Event = "reading_refused" // RSSI or SNR that no receiver can have measured
	EventStat       Event = "stat"
	EventDownlink   Event = "downlink"       // PULL_RESP sent
	EventAcked      Event = "tx_ack"         // TX_ACK of a downlink that was sent
	EventRefused    Event = "tx_refused"     // a TX_ACK with an error
	EventNoAck      Event = "tx_no_ack"      // a downlink whose TX_ACK did not come in time
	EventStrayAck   Event = "tx_ack_unknown" // a TX_ACK that nobody waits for, or from another address
	EventReadError  Event = "read_error"
	EventWriteError Event = "write_error"
)

// Meter counts events; safe for concurrent use, never blocking.
type Meter interface{ Count(e Event) }

// Counts is a Meter that remembers.
type Counts struct {
	mu     sync.Mutex
	events map[Event]uint64
}

// Count implements Meter.
func (c *Counts) Count(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events = map[Event]uint64{}
	}
	c.events[e]++
}

// Of returns how often an event was counted.
func (c *Counts) Of(e Event) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.events[e]
}

// All returns a copy of every count that is not zero.
func (c *Counts) All() map[Event]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.events)
}

// Discard is a Meter that forgets.
type Discard struct{}

// Count implements Meter.
func (Discard) Count(Event) {}
