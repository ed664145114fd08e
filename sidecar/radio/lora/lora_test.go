package lora_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// The proof and the transmitter must agree on how long a beacon lasts.
func TestTimeOnAirAgreesWithTheProof(t *testing.T) {
	for spreading := uint32(7); spreading <= 12; spreading++ {
		for _, bandwidth := range []uint32{125, 250, 500} {
			for size := 0; size <= 255; size++ {
				want, err := proof.TimeOnAir(spreading, bandwidth, size)
				require.NoError(t, err)
				got, err := lora.TimeOnAir(lora.Modulation{Spreading: spreading, BandwidthKHz: bandwidth}, size)
				require.NoError(t, err)
				require.Equal(t, time.Duration(want)*time.Microsecond, got)
			}
		}
	}
}

// Figures of Semtech's LoRa calculator.
func TestTimeOnAir(t *testing.T) {
	for _, c := range []struct {
		m    lora.Modulation
		size int
		want time.Duration
	}{
		{lora.Modulation{Spreading: 12, BandwidthKHz: 125}, 24, 1_482_752 * time.Microsecond},
		{lora.Modulation{Spreading: 10, BandwidthKHz: 125}, 24, 370_688 * time.Microsecond},
		{lora.Modulation{Spreading: 7, BandwidthKHz: 125}, 13, 46_336 * time.Microsecond},
		{lora.Modulation{Spreading: 7, BandwidthKHz: 125, CodingRate: 4}, 13, 61_696 * time.Microsecond},
		{lora.Modulation{Spreading: 9, BandwidthKHz: 125, Preamble: 10, ImplicitHeader: true, NoCRC: true}, 17, 152_576 * time.Microsecond},
		{lora.Modulation{Spreading: 12, BandwidthKHz: 500}, 0, 165_888 * time.Microsecond},
	} {
		got, err := lora.TimeOnAir(c.m, c.size)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%+v", c.m)
	}
	short, err := lora.TimeOnAir(lora.Modulation{Spreading: 5, BandwidthKHz: 125}, 20)
	require.NoError(t, err)
	require.Less(t, short, 20*time.Millisecond)
	fsk, err := lora.TimeOnAirFSK(50_000, 0, 16)
	require.NoError(t, err)
	require.Equal(t, 4320*time.Microsecond, fsk)
	for _, m := range []lora.Modulation{
		{Spreading: 4, BandwidthKHz: 125},
		{Spreading: 13, BandwidthKHz: 125},
		{Spreading: 7, BandwidthKHz: 200},
		{Spreading: 7, BandwidthKHz: 125, CodingRate: 5},
		{Spreading: 7, BandwidthKHz: 125, Preamble: 5},
		{Spreading: 7, BandwidthKHz: 125, Preamble: 1 << 20},
	} {
		_, err := lora.TimeOnAir(m, 1)
		require.ErrorIs(t, err, lora.ErrModulation)
	}
	for _, size := range []int{-1, 256} {
		_, err := lora.TimeOnAir(lora.Modulation{Spreading: 7, BandwidthKHz: 125}, size)
		require.ErrorIs(t, err, lora.ErrModulation)
		_, err = lora.TimeOnAirFSK(50_000, 0, size)
		require.ErrorIs(t, err, lora.ErrModulation)
	}
	_, err = lora.TimeOnAirFSK(0, 0, 1)
	require.ErrorIs(t, err, lora.ErrModulation)
}

func TestPlans(t *testing.T) {
	for region := proof.RegionEU868; region <= proof.RegionKR920; region++ {
		p, err := lora.PlanOf(region)
		require.NoError(t, err)
		own, err := proof.PlanOf(region)
		require.NoError(t, err)
		require.LessOrEqual(t, p.TransmitEIRP, p.MaxEIRP)
		for i, hz := range p.Channels {
			require.Equal(t, own.Channels[i], hz/1000, "the proof's channel, at most half a kHz above")
			for backoff := uint32(0); backoff <= proof.MaxBackoff; backoff++ {
				tx, err := lora.TransmissionOf(p, proof.Beacon{Channel: uint8(i), Backoff: backoff})
				require.NoError(t, err)
				require.Equal(t, hz, tx.FrequencyHz)
				require.LessOrEqual(t, tx.EIRP, own.MaxEIRP-int32(backoff), "validators bound the signal by this")
				at, err := lora.NewLedger(p).Earliest(hz, tx.Airtime, time.Unix(1000, 0))
				require.NoError(t, err, "%s %d Hz", p.Name, hz)
				require.True(t, at.Equal(time.Unix(1000, 0)))
				frame, ok := lora.Payload(tx.Frame)
				require.True(t, ok)
				require.Len(t, frame, proof.PayloadSize)
			}
		}
		parsed, err := lora.ParseRegion(p.Name)
		require.NoError(t, err)
		require.Equal(t, region, parsed)
		_, err = lora.TransmissionOf(p, proof.Beacon{Channel: uint8(len(p.Channels))})
		require.ErrorIs(t, err, proof.ErrRegion)
		_, err = lora.TransmissionOf(p, proof.Beacon{Backoff: proof.MaxBackoff + 1})
		require.ErrorIs(t, err, proof.ErrRegion)
	}
	in865, err := lora.PlanOf(proof.RegionIN865)
	require.NoError(t, err)
	require.Equal(t, []uint32{865_062_500, 865_402_500, 865_985_000}, in865.Channels)
	_, err = lora.PlanOf(99)
	require.ErrorIs(t, err, proof.ErrRegion)
	_, err = lora.ParseRegion("EU433")
	require.ErrorIs(t, err, proof.ErrRegion)
}

func TestPayloadOfOtherFrames(t *testing.T) {
	for _, frame := range [][]byte{nil, {0xe0}, make([]byte, proof.FrameSize), append([]byte{0xe0}, make([]byte, proof.FrameSize)...)} {
		_, ok := lora.Payload(frame)
		require.False(t, ok)
	}
}
