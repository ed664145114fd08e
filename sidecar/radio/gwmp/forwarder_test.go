package gwmp_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

// A packet forwarder of somebody else's, for example Semtech's with a stub radio, that is configured for the server
// address in JOULE_GWMP_LISTEN (EU868). It need not be running when the test starts.
func TestRealForwarder(t *testing.T) {
	address := os.Getenv("JOULE_GWMP_LISTEN")
	if address == "" {
		t.Skip("JOULE_GWMP_LISTEN is not set: no forwarder of another make to talk to")
	}
	counts := &gwmp.Counts{}
	got := make(chan gwmp.Delivery, 1024)
	server, err := gwmp.Listen(gwmp.Options{Listen: address, Meter: counts, Handlers: []gwmp.Handler{gwmp.HandlerFunc(func(d gwmp.Delivery) { got <- d })}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	go func() { _ = server.Run(ctx) }()

	var gateway gwmp.EUI
	require.Eventually(t, func() bool {
		for _, g := range server.Gateways() {
			if g.Route != "" {
				gateway = g.Gateway
				return true
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond, "no forwarder polls %s", address)

	beacon := gwmp.TXPacket{
		Immediate: true, FrequencyHz: 868_100_000, Power: 14, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/5", Preamble: 8,
		Payload: append([]byte{0xe0}, make([]byte, 23)...),
	}
	result, err := server.Send(ctx, gateway, beacon)
	require.NoError(t, err)
	t.Logf("accepted: %+v", result)

	beacon.FrequencyHz = 433_100_000
	_, err = server.Send(ctx, gateway, beacon)
	var refusal *gwmp.TXError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, gwmp.TXFrequency, refusal.Code)

	stat := false
	for packets := 0; packets == 0 || !stat; {
		select {
		case d := <-got:
			require.NoError(t, d.Err)
			require.Empty(t, d.Uplink.Refused)
			packets += len(d.Uplink.Packets)
			if d.Uplink.Stat != nil {
				stat = true
				t.Logf("status: %+v", *d.Uplink.Stat)
			}
			for _, p := range d.Uplink.Packets {
				t.Logf("heard: %s at %d Hz, RSSI %.1f dBm, signal %.1f dBm, SNR %.1f dB, %d bytes", p.Rate, p.FrequencyHz, p.RSSI, p.Signal(), p.SNR, len(p.Payload))
			}
		case <-ctx.Done():
			require.FailNow(t, "no uplink or no status", "%v", counts.All())
		}
	}
	require.Zero(t, counts.Of(gwmp.EventHeader)+counts.Of(gwmp.EventVersion)+counts.Of(gwmp.EventStrayAck))
}
