package gwmp

import (
	"fmt"
	"time"
)

// Rate limits as token buckets: a second's worth may come at once.
type bucket struct {
	tokens float64
	last   time.Time
}

// take removes n tokens, or says that there are too few. A bucket used for the first time is full.
func (b *bucket) take(now time.Time, perSecond, burst, n float64) bool {
	if b.last.IsZero() {
		b.tokens = burst
	} else if elapsed := now.Sub(b.last); elapsed > 0 {
		b.tokens = min(b.tokens+elapsed.Seconds()*perSecond, burst)
	}
	b.last = now
	if b.tokens < n {
		return false
	}
	b.tokens -= n
	return true
}

// Limits bound what the network can make the server do.
type Limits struct {
	DatagramBytes     int // longest datagram, 64..65507 bytes
	GatewayDatagrams  int // datagrams a second of one gateway, burst the same
	GatewayBytes      int // bytes a second of one gateway, burst twice as much
	TotalDatagrams    int // datagrams a second of all gateways
	TotalBytes        int // bytes a second of all gateways
	Gateways          int // gateways at a time
	NewGatewaysMinute int // strangers admitted a minute, where any gateway is allowed
	Queue             int // datagrams that wait for the handlers
	Downlinks         int // unacknowledged downlinks
}

// DefaultLimits suit a few busy gateways. A concentrator's buffer holds 4096 bytes of packets, about 30 kB of JSON;
// eight channels full of SF7 packets are fewer than 200 a second.
func DefaultLimits() Limits {
	return Limits{
		DatagramBytes: 32 << 10, GatewayDatagrams: 200, GatewayBytes: 256 << 10, TotalDatagrams: 2000, TotalBytes: 2 << 20,
		Gateways: 64, NewGatewaysMinute: 30, Queue: 1024, Downlinks: 256,
	}
}

// Validate names the field that is out of its range. Errors wrap ErrOptions.
func (l Limits) Validate() error {
	for _, f := range []struct {
		name             string
		value, low, high int
	}{
		{"datagram_bytes", l.DatagramBytes, 64, 65507},
		{"gateway_datagrams", l.GatewayDatagrams, 1, 1 << 20},
		{"gateway_bytes", l.GatewayBytes, l.DatagramBytes / 2, 1 << 30},
		{"total_datagrams", l.TotalDatagrams, l.GatewayDatagrams, 1 << 22},
		{"total_bytes", l.TotalBytes, l.GatewayBytes, 1 << 32},
		{"gateways", l.Gateways, 1, 4096},
		{"new_gateways_minute", l.NewGatewaysMinute, 1, 4096},
		{"queue", l.Queue, 1, 1 << 16},
		{"downlinks", l.Downlinks, 1, 1 << 14},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("%w: %s is %d, must be in %d..%d", ErrOptions, f.name, f.value, f.low, f.high)
		}
	}
	return nil
}

type traffic struct{ datagrams, bytes bucket }

// admit charges one datagram of n bytes.
func (t *traffic) admit(now time.Time, datagrams, bytes, n int) bool {
	return t.datagrams.take(now, float64(datagrams), float64(datagrams), 1) && t.bytes.take(now, float64(bytes), 2*float64(bytes), float64(n))
}
