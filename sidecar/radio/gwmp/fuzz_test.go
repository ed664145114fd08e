package gwmp_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

// FuzzDatagram reads any bytes as a datagram with its body: nothing panics, what is accepted is within its bounds, and
// what was written reads the same.
func FuzzDatagram(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := gwmp.ParseDatagram(raw)
		if err != nil {
			return
		}
		require.Equal(t, raw, d.Marshal())
		switch d.Type {
		case gwmp.PushData:
			checkUplink(t, d.Body)
		case gwmp.PullResp:
			checkTX(t, d.Body)
		case gwmp.TXAckData:
			result, err := gwmp.DecodeTXAck(d.Body)
			if err == nil {
				_, err = gwmp.EncodeTXAck(result, nil)
				require.NoError(t, err)
			} else {
				require.NotEmpty(t, err.Error())
			}
		}
	})
}

func checkUplink(t *testing.T, body []byte) {
	u, err := gwmp.DecodeUplink(body)
	if err != nil {
		return
	}
	require.LessOrEqual(t, len(u.Packets)+len(u.Refused), gwmp.MaxPackets+1)
	for _, p := range u.Packets {
		require.LessOrEqual(t, len(p.Payload), gwmp.MaxPHY)
		require.True(t, p.RSSI >= -200 && p.RSSI <= 30)
		require.True(t, p.SNR >= -40 && p.SNR <= 40)
		require.False(t, math.IsNaN(p.Signal()) || math.IsInf(p.Signal(), 0))
	}
	kept := gwmp.Uplink{Packets: u.Packets}
	written, err := gwmp.EncodeUplink(kept)
	require.NoError(t, err)
	again, err := gwmp.DecodeUplink(written)
	require.NoError(t, err)
	require.Empty(t, again.Refused)
	require.Len(t, again.Packets, len(u.Packets))
	for i := range again.Packets {
		require.Equal(t, u.Packets[i].Payload, again.Packets[i].Payload)
		require.Equal(t, u.Packets[i].FrequencyHz, again.Packets[i].FrequencyHz)
	}
	out, dropped, err := gwmp.FilterUplink(body, func(p *gwmp.RXPacket) bool { return len(p.Payload)%2 == 0 })
	require.NoError(t, err)
	require.LessOrEqual(t, dropped, len(u.Packets))
	if out != nil {
		_, err = gwmp.DecodeUplink(out)
		require.NoError(t, err)
	}
}

func checkTX(t *testing.T, body []byte) {
	p, err := gwmp.DecodeTX(body)
	if err != nil {
		return
	}
	require.LessOrEqual(t, len(p.Payload), gwmp.MaxPHY)
	if raw, err := gwmp.EncodeTX(p); err == nil {
		again, err := gwmp.DecodeTX(raw)
		require.NoError(t, err)
		require.Equal(t, p.Payload, again.Payload)
		require.Equal(t, p.FrequencyHz, again.FrequencyHz)
	}
}
