package radio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// bands are the limits in kHz that a plan's channels must lie in, half a bandwidth away from either end.
var bands = map[Region][2]uint32{
	RegionEU868: {867_000, 868_600},
	RegionUS915: {902_000, 928_000},
	RegionAS923: {920_000, 925_000},
	RegionAU915: {915_000, 928_000},
	RegionIN865: {865_000, 867_000},
	RegionKR920: {920_900, 923_400},
}

func TestPlans(t *testing.T) {
	require.Len(t, plans, len(bands))
	for region, band := range bands {
		plan, err := PlanOf(region)
		require.NoError(t, err)
		t.Run(plan.Name, func(t *testing.T) {
			require.Equal(t, plan.Name, region.String())
			require.NotEmpty(t, plan.Channels)
			require.LessOrEqual(t, len(plan.Channels), 256, "a receipt's channel is one byte")
			seen := map[uint32]bool{}
			for _, channel := range plan.Channels {
				require.False(t, seen[channel])
				seen[channel] = true
				require.Greater(t, channel*2-plan.BandwidthKHz, band[0]*2-2, "%d kHz", channel)
				require.Less(t, channel*2+plan.BandwidthKHz, band[1]*2+2, "%d kHz", channel)
			}
			for i, a := range plan.Channels {
				for _, b := range plan.Channels[:i] {
					require.GreaterOrEqual(t, max(a, b)-min(a, b), uint32(200), "channels overlap within ±100 kHz")
				}
			}
			air, err := TimeOnAir(plan.Spreading, plan.BandwidthKHz, FrameSize)
			require.NoError(t, err)
			if plan.DwellMicros > 0 {
				require.LessOrEqual(t, air, plan.DwellMicros)
			}
			if plan.Spreading < 12 {
				slower, err := TimeOnAir(plan.Spreading+1, plan.BandwidthKHz, FrameSize)
				require.NoError(t, err)
				require.Greater(t, slower, plan.DwellMicros, "a slower factor would fit: better range")
			}
			// One beacon an hour keeps to the duty cycle with a hundred times to spare for the gateway's day job.
			require.LessOrEqual(t, air*100, 3_600_000_000*uint64(plan.DutyPerThousand)/1000*10)
			t.Logf("beacon at SF%d: %d µs on the air", plan.Spreading, air)
		})
	}
	_, err := PlanOf(0)
	require.ErrorIs(t, err, ErrRegion)
	_, err = PlanOf(7)
	require.ErrorIs(t, err, ErrRegion)
	require.Equal(t, "region 7", Region(7).String())
}

func TestTimeOnAir(t *testing.T) {
	// Values of Semtech's calculator for explicit header, CRC, CR 4/5, eight preamble symbols.
	for _, c := range []struct {
		spreading, bandwidth uint32
		frame                int
		micros               uint64
	}{
		{7, 125, 20, 56_576},
		{7, 125, 51, 102_656},
		{9, 125, 20, 185_344},
		{10, 125, 24, 370_688},
		{10, 125, 25, 411_648},
		{12, 125, 24, 1_482_752},
		{12, 125, 51, 2_465_792},
		{12, 500, 20, 329_728},
		{7, 125, 0, 25_856},
	} {
		got, err := TimeOnAir(c.spreading, c.bandwidth, c.frame)
		require.NoError(t, err)
		require.Equal(t, c.micros, got, "%+v", c)
	}
	for _, bad := range [][3]int{{6, 125, 20}, {13, 125, 20}, {7, 200, 20}, {7, 125, -1}, {7, 125, 256}} {
		_, err := TimeOnAir(uint32(bad[0]), uint32(bad[1]), bad[2])
		require.ErrorIs(t, err, ErrRegion, bad)
	}
}

func TestSNRFloors(t *testing.T) {
	for spreading, want := range map[uint32]int32{7: -30, 8: -40, 9: -50, 10: -60, 11: -70, 12: -80} {
		got, err := SNRFloor(spreading)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []uint32{0, 6, 13} {
		_, err := SNRFloor(bad)
		require.ErrorIs(t, err, ErrRegion)
	}
}
