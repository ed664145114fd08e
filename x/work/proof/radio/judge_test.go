package radio

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHonestBeaconPays(t *testing.T) {
	for n := 0; n <= MaxWitnesses; n++ {
		s := newScene(t, edKeys(n)...)
		j := s.judge(t)
		beaconer, witness, err := HIP15().Reward(uint32(n))
		require.NoError(t, err)
		require.Equal(t, ReasonPaid, j.Beacon)
		require.EqualValues(t, n, j.Paid)
		require.Equal(t, beaconer, j.Units)
		for i, w := range j.Witnesses {
			require.Equal(t, ReasonPaid, w.Reason, "witness %d: %s", i, w.Reason)
			require.Equal(t, witness, w.Units)
			require.Equal(t, Distance(s.facts.Position, s.witnesses[i].Position), w.Millimetres)
		}
	}
}

// breaks lists one change for each witness rule, in the order of the rules; reading marks those that must be signed
// again.
func breaks() []struct {
	name   string
	reason Reason
	facts  func(*scene, *WitnessFacts)
	signed func(*scene, *Readings)
} {
	type change = struct {
		name   string
		reason Reason
		facts  func(*scene, *WitnessFacts)
		signed func(*scene, *Readings)
	}
	return []change{
		{"unknown", ReasonUnknown, func(_ *scene, w *WitnessFacts) { w.Known = false }, nil},
		{"inactive", ReasonInactive, func(_ *scene, w *WitnessFacts) { w.Active = false }, nil},
		{"unasserted", ReasonUnasserted, func(_ *scene, w *WitnessFacts) { w.Asserted = false }, nil},
		{"self", ReasonSelf, func(s *scene, w *WitnessFacts) { w.Device = s.facts.Device }, nil},
		{"denied", ReasonDenied, func(_ *scene, w *WitnessFacts) { w.Denied = true }, nil},
		{"edge denied", ReasonEdgeDenied, func(_ *scene, w *WitnessFacts) { w.EdgeDenied = true }, nil},
		{"payload", ReasonPayload, func(s *scene, _ *WitnessFacts) { s.evidence.Receipts[0].Signature[40] ^= 1 }, nil},
		{"before the slot", ReasonTime, nil, func(_ *scene, r *Readings) { r.Millis = testSlotOpen - 1 }},
		{"after the slot", ReasonTime, nil, func(s *scene, r *Readings) { r.Millis = testSlotOpen + s.params.SlotMillis + 1 }},
		{"clock absurd", ReasonTime, nil, func(_ *scene, r *Readings) { r.Millis = math.MaxUint32 }},
		{"region", ReasonRegion, func(_ *scene, w *WitnessFacts) { w.Region = RegionIN865 }, nil},
		{"no channel", ReasonFrequency, nil, func(_ *scene, r *Readings) { r.Channel = 8 }},
		{"offset", ReasonFrequency, nil, func(_ *scene, r *Readings) { r.Offset = 101 }},
		{"offset below", ReasonFrequency, nil, func(_ *scene, r *Readings) { r.Offset = -101 }},
		{"next channel", ReasonFrequency, nil, func(s *scene, r *Readings) { r.Channel = (s.beacon.Channel + 1) % 8 }},
		{"near", ReasonNear, func(s *scene, w *WitnessFacts) {
			w.Position = Position{s.facts.Position.LatitudeE7 + 26_970, s.facts.Position.LongitudeE7}
		}, nil},
		{"same place", ReasonNear, func(s *scene, w *WitnessFacts) { w.Position = s.facts.Position }, nil},
		{"far", ReasonFar, func(s *scene, w *WitnessFacts) { w.Position.LatitudeE7 = s.facts.Position.LatitudeE7 - 9_000_000 }, nil},
		{"RSSI", ReasonRSSI, nil, func(_ *scene, r *Readings) { r.Attenuation = 60 }},
		{"RSSI absurd", ReasonRSSI, nil, func(_ *scene, r *Readings) { r.Attenuation = 0 }},
		{"SNR", ReasonSNR, nil, func(_ *scene, r *Readings) { r.SNR = -81 }},
		{"reciprocity", ReasonReciprocity, func(s *scene, w *WitnessFacts) { w.QuietSeconds = s.params.ReciprocitySeconds + 1 }, nil},
		{"never heard", ReasonReciprocity, func(_ *scene, w *WitnessFacts) { w.QuietSeconds = Never }, nil},
		{"beaconer's owner", ReasonOwner, func(s *scene, w *WitnessFacts) { w.Owner = s.facts.Owner }, nil},
		{"edge paid", ReasonEdge, func(s *scene, w *WitnessFacts) { w.EdgePaid = s.params.EdgeLimit }, nil},
	}
}

func TestEachRuleHasItsReason(t *testing.T) {
	for _, b := range breaks() {
		t.Run(b.name, func(t *testing.T) {
			s := newScene(t, edKeys(3)...)
			if b.signed != nil {
				r := s.evidence.Receipts[0].Readings
				b.signed(s, &r)
				s.hear(t, 0, r)
			}
			if b.facts != nil {
				b.facts(s, &s.witnesses[0])
			}
			j := s.judge(t)
			require.Equal(t, []Reason{b.reason, ReasonPaid, ReasonPaid}, j.reasons(), j.Witnesses[0].Reason)
			require.Zero(t, j.Witnesses[0].Units)
			require.EqualValues(t, 2, j.Paid, "one bad witness takes nothing from the others")
			require.EqualValues(t, 500_000, j.Units)
		})
	}
}

// TestTheFirstRuleThatFailsIsNamed breaks every pair of rules at once.
func TestTheFirstRuleThatFailsIsNamed(t *testing.T) {
	all := breaks()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.reason == b.reason || b.name == "self" || a.name == "far" && b.reason == ReasonRSSI {
				continue
			}
			s := newScene(t, edKeys(1)...)
			r := s.evidence.Receipts[0].Readings
			for _, change := range []func(*scene, *Readings){b.signed, a.signed} {
				if change != nil {
					change(s, &r)
				}
			}
			s.hear(t, 0, r)
			for _, change := range []func(*scene, *WitnessFacts){b.facts, a.facts} {
				if change != nil {
					change(s, &s.witnesses[0])
				}
			}
			require.Equal(t, []Reason{a.reason}, s.judge(t).reasons(), "%s and %s", a.name, b.name)
		}
	}
}

func TestBoundariesOfRules(t *testing.T) {
	s := newScene(t, edKeys(1)...)
	ok := func(name string) {
		require.Equal(t, []Reason{ReasonPaid}, s.judge(t).reasons(), name)
	}
	at := func(change func(*Readings)) {
		r := s.evidence.Receipts[0].Readings
		change(&r)
		s.hear(t, 0, r)
	}
	at(func(r *Readings) { r.Millis = testSlotOpen })
	ok("slot's first millisecond")
	at(func(r *Readings) { r.Millis = testSlotOpen + s.params.SlotMillis })
	ok("slot's last millisecond")
	at(func(r *Readings) { r.Offset = 100 })
	ok("100 kHz")
	at(func(r *Readings) { r.SNR = -80 })
	ok("SF12's floor")
	s.witnesses[0].QuietSeconds = s.params.ReciprocitySeconds
	ok("48 hours")
	s.witnesses[0].EdgePaid = s.params.EdgeLimit - 1
	ok("fourth payment")
	s.witnesses[0].Position = Position{s.facts.Position.LatitudeE7 + 26_981, s.facts.Position.LongitudeE7}
	ok("300 m")

	// The strongest whole dBm that free space and one dB allow is paid, one more is not.
	length := Distance(s.facts.Position, s.witnesses[0].Position)
	plan, err := PlanOf(RegionEU868)
	require.NoError(t, err)
	bound := (int64(plan.MaxEIRP)-int64(s.beacon.Backoff)+int64(s.params.RSSIMargin))*1000 + int64(s.witnesses[0].Gain)*100 -
		PathLoss(plan.Channels[s.beacon.Channel], length/1000)
	strongest := uint8((-bound + 999) / 1000)
	at(func(r *Readings) { r.Attenuation = strongest })
	ok("free space")
	at(func(r *Readings) { r.Attenuation = strongest - 1 })
	require.Equal(t, []Reason{ReasonRSSI}, s.judge(t).reasons())
}

func TestBeaconRules(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*scene)
		reason  Reason
		witness Reason
	}{
		"unknown":     {func(s *scene) { s.facts.Known = false }, ReasonUnknown, ReasonBeacon},
		"inactive":    {func(s *scene) { s.facts.Active = false }, ReasonInactive, ReasonBeacon},
		"unasserted":  {func(s *scene) { s.facts.Asserted = false }, ReasonUnasserted, ReasonBeacon},
		"denied":      {func(s *scene) { s.facts.Denied = true }, ReasonDenied, ReasonBeacon},
		"region":      {func(s *scene) { s.facts.Region = 99 }, ReasonRegion, ReasonBeacon},
		"reciprocity": {func(s *scene) { s.facts.QuietSeconds = Never }, ReasonReciprocity, ReasonReciprocity},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, edKeys(2)...)
			c.change(s)
			j := s.judge(t)
			require.Equal(t, c.reason, j.Beacon)
			require.Equal(t, []Reason{c.witness, c.witness}, j.reasons())
			require.Zero(t, j.Units+uint64(j.Paid)+j.Witnesses[0].Units)
		})
	}
}

// TestReciprocityCanBegin: radios without history are not paid, yet what held counts as heard, so that they have one
// afterwards.
func TestReciprocityCanBegin(t *testing.T) {
	s := newScene(t, edKeys(3)...)
	s.facts.QuietSeconds = Never
	s.witnesses[0].QuietSeconds = Never
	s.witnesses[1].Region = RegionIN865
	j := s.judge(t)
	require.Equal(t, []Reason{ReasonReciprocity, ReasonRegion, ReasonReciprocity}, j.reasons())
	require.True(t, j.Witnesses[0].Reason.Physical())
	require.False(t, j.Witnesses[1].Reason.Physical())
	for r := ReasonPaid; r <= ReasonLast; r++ {
		want := r == ReasonPaid || slices.Contains([]Reason{ReasonReciprocity, ReasonOwner, ReasonCell, ReasonEdge, ReasonDraw}, r)
		require.Equal(t, want, r.Physical(), r)
		require.NotContains(t, r.String(), "unknown reason")
	}
	require.Equal(t, "unknown reason 21", (ReasonLast + 1).String())
	require.False(t, (ReasonLast + 1).Physical())
}
