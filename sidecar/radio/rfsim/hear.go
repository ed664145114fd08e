package rfsim

import (
	"context"
	"errors"
	"math"
	"net"
	"time"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }

// hear takes what the gateway got of a transmission; only what was received is reported, and a replayer notes it.
func (f *forwarder) hear(ctx context.Context, t Transmission, r Reception) {
	f.count(func(c *Counts) { c.Outcomes[r.Outcome.String()]++ })
	if r.Outcome != Heard {
		return
	}
	f.push(gwmp.Uplink{Packets: []gwmp.RXPacket{f.packet(t, r)}})
	f.replay(ctx, t)
}

// tell reports a reception that never was.
func (f *forwarder) tell(t Transmission, r Reception) {
	f.push(gwmp.Uplink{Packets: []gwmp.RXPacket{f.packet(t, r)}})
}

// packet is how a concentrator with v1.6 of the protocol reports a reception.
func (f *forwarder) packet(t Transmission, r Reception) gwmp.RXPacket {
	signal := r.Signal
	p := gwmp.RXPacket{
		Timestamp: f.counter(t.End), FrequencyHz: uint32(int64(t.FrequencyHz) + int64(r.OffsetHz)), Channel: uint8(r.Channel), CRC: gwmp.CRCOK,
		Rate: gwmp.Rate{Spreading: t.Spreading, Bandwidth: t.BandwidthKHz}, CodingRate: t.CodingRate,
		RSSI: math.Floor(r.RSSI), SignalRSSI: &signal, SNR: r.SNR, OffsetHz: &r.OffsetHz, Payload: t.Payload,
	}
	if !f.gateway.NoGNSS {
		p.Time = t.End.UTC().Truncate(time.Microsecond)
		gps := uint64(t.End.UnixMilli() - (gpsEpoch-leapSeconds)*1000)
		p.GPSMillis = &gps
		fine := uint32(t.End.Nanosecond())
		p.FineNanos = &fine
	}
	return p
}
