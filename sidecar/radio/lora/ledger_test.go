package lora_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

var epoch = time.Unix(1_800_000_000, 0)

func ledger(t *testing.T, region proof.Region) (*lora.Ledger, lora.Plan) {
	t.Helper()
	p, err := lora.PlanOf(region)
	require.NoError(t, err)
	return lora.NewLedger(p), p
}

func earliest(t *testing.T, l *lora.Ledger, hz uint32, airtime time.Duration, from time.Time) time.Duration {
	t.Helper()
	at, err := l.Earliest(hz, airtime, from)
	require.NoError(t, err)
	return at.Sub(epoch)
}

func TestRefusedTransmissions(t *testing.T) {
	l, _ := ledger(t, proof.RegionEU868)
	_, err := l.Earliest(868_650_000, time.Second, epoch) // between two bands
	require.ErrorIs(t, err, lora.ErrFrequency)
	_, err = l.Earliest(868_800_000, 4*time.Second, epoch) // 0.1 % of an hour are 3.6 s
	require.ErrorIs(t, err, lora.ErrDwell)
	l, _ = ledger(t, proof.RegionUS915)
	_, err = l.Earliest(903_900_000, 401*time.Millisecond, epoch)
	require.ErrorIs(t, err, lora.ErrDwell)
	l, _ = ledger(t, proof.RegionKR920)
	_, err = l.Earliest(922_100_000, 4001*time.Millisecond, epoch)
	require.ErrorIs(t, err, lora.ErrDwell)
}

func TestDutyCycle(t *testing.T) {
	l, _ := ledger(t, proof.RegionEU868)
	const beacon = 1_482_752 * time.Microsecond
	at := epoch
	for range 24 { // 24 beacons are 35.6 s of 36
		require.Equal(t, at.Sub(epoch), earliest(t, l, 868_100_000, beacon, at))
		l.Spend(868_100_000, at, beacon)
		at = at.Add(time.Minute)
	}
	next := earliest(t, l, 868_300_000, beacon, at) // the band is spent, whichever channel
	require.GreaterOrEqual(t, next, time.Hour)
	require.LessOrEqual(t, next, time.Hour+2*time.Minute)
	require.Equal(t, at.Sub(epoch), earliest(t, l, 867_100_000, beacon, at), "another band is not")
	require.Equal(t, at.Sub(epoch), earliest(t, l, 868_100_000, 100*time.Millisecond, at), "a shorter one still fits")
}

func TestDwellOnAChannel(t *testing.T) {
	l, _ := ledger(t, proof.RegionUS915)
	const beacon = 370_688 * time.Microsecond
	l.Spend(903_900_000, epoch, beacon)
	require.GreaterOrEqual(t, earliest(t, l, 903_900_000, beacon, epoch.Add(time.Second)), 20*time.Second)
	require.Equal(t, time.Second, earliest(t, l, 904_100_000, beacon, epoch.Add(time.Second)))
}

func TestTransmissionsDoNotOverlap(t *testing.T) {
	l, _ := ledger(t, proof.RegionIN865)
	l.Spend(865_985_000, epoch, time.Second)
	l.Spend(865_402_500, epoch.Add(1200*time.Millisecond), time.Second)
	at := earliest(t, l, 865_062_500, time.Second, epoch.Add(500*time.Millisecond))
	require.Greater(t, at, 2200*time.Millisecond, "the hole between the two is too short")
	require.Equal(t, 1050*time.Millisecond, earliest(t, l, 865_062_500, 50*time.Millisecond, epoch.Add(500*time.Millisecond)))
}

func TestRefundAndRestore(t *testing.T) {
	l, p := ledger(t, proof.RegionEU868)
	l.Refund(868_100_000, epoch, time.Second) // nothing to take back
	l.Spend(868_100_000, epoch, 30*time.Second)
	l.Spend(868_100_000, epoch.Add(time.Minute), 5*time.Second)
	l.Refund(868_100_000, epoch.Add(time.Minute), 5*time.Second)
	require.Equal(t, 2*time.Minute, earliest(t, l, 868_100_000, 6*time.Second, epoch.Add(2*time.Minute)))

	again := lora.NewLedger(p)
	again.Restore(append(l.Uses(), lora.Use{FrequencyHz: 868_100_000, End: epoch, Airtime: -time.Hour}))
	require.Equal(t, l.Uses(), again.Uses())
	require.GreaterOrEqual(t, earliest(t, again, 868_100_000, 7*time.Second, epoch.Add(time.Minute)), time.Hour-time.Minute)
}

// Whatever a network server makes the gateway transmit, own transmissions keep every limit, and memory stays bounded.
func TestLimitsHoldInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewChaCha8([32]byte{7}))
	for _, region := range []proof.Region{proof.RegionEU868, proof.RegionUS915, proof.RegionAS923, proof.RegionKR920} {
		l, p := ledger(t, region)
		type sent struct {
			hz         uint32
			start, end time.Time
		}
		var own []sent
		now := epoch
		for range 3000 {
			now = now.Add(time.Duration(random.Int64N(int64(20 * time.Second))))
			hz := p.Channels[random.IntN(len(p.Channels))]
			airtime := time.Duration(20+random.IntN(300)) * time.Millisecond
			at, err := l.Earliest(hz, airtime, now)
			require.NoError(t, err)
			require.False(t, at.Before(now))
			if at.Sub(now) > time.Minute {
				continue
			}
			l.Spend(hz, at, airtime)
			own = append(own, sent{hz, at, at.Add(airtime)})
		}
		require.Greater(t, len(own), 500)
		for _, limit := range p.Limits {
			for i, last := range own {
				if last.hz < limit.LowHz || last.hz >= limit.HighHz {
					continue
				}
				var sum time.Duration
				for _, s := range own[:i+1] {
					if s.end.After(last.end.Add(-limit.Window)) && s.hz >= limit.LowHz && s.hz < limit.HighHz && (!limit.PerChannel || s.hz == last.hz) {
						sum += s.end.Sub(s.start)
					}
				}
				require.LessOrEqual(t, sum, limit.Airtime, p.Name)
			}
		}
		require.Less(t, len(l.Uses()), 1000)
	}
}

func TestManyFrequenciesAreBounded(t *testing.T) {
	l, _ := ledger(t, proof.RegionUS915)
	for i := range uint32(5000) {
		l.Spend(902_000_000+i, epoch.Add(time.Duration(i)*time.Millisecond), time.Millisecond)
	}
	require.LessOrEqual(t, len(l.Uses()), 512)
}
