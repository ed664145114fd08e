package rfsim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const step = 250 * time.Millisecond

func TestHonestNeighboursHearEachOther(t *testing.T) {
	w := play(t, load(t, "honest"))
	names := []string{"alice", "bob", "carol"}
	for i, of := range names {
		opened := w.clock.Now()
		result, err := w.beacon(of, nil)
		require.NoError(t, err)
		require.Empty(t, result.Warning)
		require.Equal(t, uint64(1), w.Counts()[of].Transmitted)
		for _, by := range names {
			if by == of {
				continue
			}
			w.passes(by+" reports "+of, step, func() bool { return len(w.reports(by, of)) == 1 })
			p := w.reports(by, of)[0]
			require.Equal(t, gwmp.CRCOK, p.CRC)
			require.NotNil(t, p.SignalRSSI)
			require.Equal(t, proof.ReasonPaid, w.verdict(of, by, p, opened), "%s by %s: %+v", of, by, p)
		}
		require.Empty(t, w.reports(of, of), "nobody hears itself")
		require.Equal(t, uint64(i+1), w.Counts()["alice"].Transmitted+w.Counts()["bob"].Transmitted+w.Counts()["carol"].Transmitted)
	}
	w.passes("the day job's traffic and status", time.Second, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		ordinary := 0
		for _, h := range w.heard {
			if h.p.Payload[0] == 0x40 {
				ordinary++
			}
		}
		return ordinary > 0 && w.counts.Of(gwmp.EventStat) >= 3
	})
	require.Zero(t, w.counts.Of(gwmp.EventBadPacket)+w.counts.Of(gwmp.EventBadJSON)+w.counts.Of(gwmp.EventReading)+w.counts.Of(gwmp.EventBadPayload))
}

func TestCheaters(t *testing.T) {
	w := play(t, load(t, "cheaters"))

	// An honest beacon, and what everybody makes of it.
	opened := w.clock.Now()
	_, err := w.beacon("bob", nil)
	require.NoError(t, err)
	w.passes("the spoofer reports", step, func() bool { return len(w.reports("spoofer", "bob")) == 1 && len(w.reports("alice", "bob")) == 1 })
	require.Equal(t, proof.ReasonPaid, w.verdict("bob", "alice", w.reports("alice", "bob")[0], opened))
	require.Equal(t, proof.ReasonRSSI, w.verdict("bob", "spoofer", w.reports("spoofer", "bob")[0], opened), "too strong for 30 km")

	// The parrot says it again after the slot, from where it stands; who signs that is late.
	w.passes("the replay", step, func() bool { return len(w.reports("alice", "bob")) == 2 && len(w.reports("bob", "bob")) == 1 })
	require.Equal(t, proof.ReasonTime, w.verdict("bob", "alice", w.reports("alice", "bob")[1], opened))
	require.Equal(t, uint64(1), w.Counts()["parrot"].Transmitted)

	// Who only listens says that it transmits, and nobody hears it.
	_, err = w.beacon("listener", nil)
	require.NoError(t, err)
	_, err = w.beacon("wolf", nil)
	require.NoError(t, err)
	before := w.outcomes("alice")
	w.passes("the wolf's beacon is over", step, func() bool { return w.outcomes("alice") > before })
	for _, g := range w.scenario.Gateways {
		require.Empty(t, w.reports(g.Name, "listener"))
		require.Empty(t, w.reports(g.Name, "wolf"))
	}
	require.Zero(t, w.Counts()["listener"].Transmitted)
	require.Equal(t, uint64(1), w.Counts()["wolf"].Transmitted)
	require.Positive(t, w.Counts()["alice"].Outcomes[rfsim.TooWeak.String()])
	require.NotEmpty(t, w.reports("listener", "bob"), "it does hear: only reciprocity bars it")
}

// Rings and attenuators pass the physical rules, as the proof's SPEC says in section 13: only caps, density and bonds
// bound them.
func TestWhatThePhysicalRulesCannotTell(t *testing.T) {
	w := play(t, load(t, "cheaters"))
	opened := w.clock.Now()
	_, err := w.beacon("ring-1", nil)
	require.NoError(t, err)
	w.passes("the ring", step, func() bool { return len(w.reports("ring-2", "ring-1")) == 1 })
	require.Equal(t, proof.ReasonPaid, w.verdict("ring-1", "ring-2", w.reports("ring-2", "ring-1")[0], opened))
	require.Zero(t, w.Counts()["ring-1"].Transmitted, "there is no radio")
	for _, g := range w.scenario.Gateways {
		if g.Name != "ring-2" {
			require.Empty(t, w.reports(g.Name, "ring-1"))
		}
	}
	require.Empty(t, w.Counts()["ring-2"].Outcomes)

	opened = w.clock.Now()
	_, err = w.beacon("desk-1", nil)
	require.NoError(t, err)
	w.passes("the desk", step, func() bool { return len(w.reports("desk-2", "desk-1")) == 1 })
	require.Equal(t, proof.ReasonPaid, w.verdict("desk-1", "desk-2", w.reports("desk-2", "desk-1")[0], opened))
	w.passes("all have met it", step, func() bool { return w.outcomes("alice") == 1 })
	require.Empty(t, w.reports("alice", "desk-1"), "their attenuators hide them from honest neighbours")
}

func TestForwardersRefuse(t *testing.T) {
	s := load(t, "honest")
	s.Gateways[2].NoGNSS = true
	low := int32(10)
	s.Gateways[1].MaxPower = &low
	w := play(t, s)
	refused := func(name string, change func(*gwmp.TXPacket)) string {
		_, err := w.beacon(name, change)
		var refusal *gwmp.TXError
		require.True(t, errors.As(err, &refusal), "%v", err)
		return refusal.Code
	}
	later := func(millis uint64) func(*gwmp.TXPacket) {
		return func(p *gwmp.TXPacket) { p.Immediate, p.GPSMillis = false, &millis }
	}
	gps := uint64(w.clock.Now().UnixMilli() - (315_964_800-18)*1000)
	require.Equal(t, gwmp.TXFrequency, refused("alice", func(p *gwmp.TXPacket) { p.FrequencyHz = 433_100_000 }))
	require.Equal(t, gwmp.GPSUnlocked, refused("carol", later(gps+1000)))
	require.Equal(t, gwmp.TooLate, refused("alice", later(gps)))
	require.Equal(t, gwmp.TooEarly, refused("alice", later(gps+1e6)))
	stale := uint32(777_000_000) // alice's counter, a microsecond ago
	require.Equal(t, gwmp.TooEarly, refused("alice", func(p *gwmp.TXPacket) { p.Immediate, p.Timestamp = false, &stale }))

	result, err := w.beacon("bob", nil)
	require.NoError(t, err)
	require.Equal(t, gwmp.TXPower, result.Warning)
	require.Equal(t, int32(10), *result.Power)
	require.Equal(t, gwmp.CollisionPacket, refused("bob", nil))
	soon := stale + 5_000_000
	_, err = w.beacon("alice", func(p *gwmp.TXPacket) { p.Immediate, p.Timestamp = false, &soon })
	require.NoError(t, err)
	_, err = w.beacon("alice", later(gps+20_000))
	require.NoError(t, err)
	w.passes("bob hears both", step, func() bool { return len(w.reports("bob", "alice")) == 2 })
	require.InDelta(t, 5+1.48, w.reports("bob", "alice")[0].Time.Sub(noon).Seconds(), 0.2)
	require.InDelta(t, 20+1.48, w.reports("bob", "alice")[1].Time.Sub(noon).Seconds(), 0.2)
}

// Two beacons at once on one channel: nobody hears both, and the transmitters hear nothing.
func TestCollisionOnTheAir(t *testing.T) {
	w := play(t, load(t, "honest"))
	soon := uint64(w.clock.Now().Add(10*time.Second).UnixMilli() - (315_964_800-18)*1000)
	together := func(p *gwmp.TXPacket) { p.Immediate, p.GPSMillis, p.FrequencyHz = false, &soon, 868_500_000 }
	_, err := w.beacon("alice", together)
	require.NoError(t, err)
	_, err = w.beacon("bob", together)
	require.NoError(t, err)
	w.passes("all is over", step, func() bool { return w.outcomes("carol") >= 2 && w.outcomes("alice") >= 1 && w.outcomes("bob") >= 1 })
	require.LessOrEqual(t, w.Counts()["carol"].Outcomes[rfsim.Heard.String()], uint64(1), "at most the stronger is captured")
	require.Equal(t, uint64(1), w.Counts()["alice"].Outcomes[rfsim.Deaf.String()])
	require.Equal(t, uint64(1), w.Counts()["bob"].Outcomes[rfsim.Deaf.String()])
}

func TestUnreadableDownlinks(t *testing.T) {
	w := play(t, load(t, "honest"))
	eui := w.gateway("alice").EUI
	never := func([]byte) { t.Error("the real forwarder does not answer these") }
	for _, body := range []string{``, `{`, `{"txpk":{}}`, `{"txpk":{"imme":true,"freq":868.1,"modu":"LORA","datr":"SF7BW125","codr":"9/9","size":1,"data":"AA"}}`} {
		require.NoError(t, w.server.Relay(eui, []byte(body), never))
	}
	_, err := w.beacon("alice", nil)
	require.NoError(t, err)
	require.Equal(t, uint64(1), w.Counts()["alice"].Asked)
}
