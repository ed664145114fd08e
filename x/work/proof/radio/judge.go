package radio

import "fmt"

// Verdict is what one receipt comes to.
type Verdict struct {
	Reason Reason
	Judged Reason // by the rules that concern the pair alone: what Limit starts from
	Units  uint64 // millionths of a reward unit
	// Millimetres is the distance of the pair, 0 where the rules did not come to it.
	Millimetres uint64
}

// Judgement is what a piece of evidence comes to.
type Judgement struct {
	Beacon    Reason
	Units     uint64 // the beaconer's, millionths of a reward unit
	Paid      uint32 // witnesses that are paid
	Scale     uint64 // of the beaconer's cell, Q30; it applies to the witnesses as well
	Witnesses []Verdict
}

// Judge applies every rule of the protocol's section 3.3 in order (SPEC.md 9) and pays by curve and density. It is a
// pure function of verified evidence and facts: no signature is checked, so that it can run again at every execution.
// The witnesses' facts stand in the order of the receipts. Facts that do not fit, or that registration should have
// refused, are ErrFacts: no radio can cause them.
func Judge(p Params, receipts []Receipt, v Verified, b BeaconFacts, witnesses []WitnessFacts) (Judgement, error) {
	if err := checkFacts(p, receipts, v, b, witnesses); err != nil {
		return Judgement{}, err
	}
	scale, err := Scale(p.Density, b.Crowds)
	if err != nil {
		return Judgement{}, fmt.Errorf("%w: %w", ErrFacts, err)
	}
	j := Judgement{Beacon: b.standing(), Scale: scale, Witnesses: make([]Verdict, len(receipts))}
	plan, err := PlanOf(b.Region)
	if j.Beacon == ReasonPaid && err != nil {
		j.Beacon = ReasonRegion
	}
	if j.Beacon == ReasonPaid && b.QuietSeconds > p.ReciprocitySeconds {
		j.Beacon = ReasonReciprocity
	}
	if j.Beacon != ReasonPaid && j.Beacon != ReasonReciprocity {
		for i := range j.Witnesses {
			j.Witnesses[i].Reason = ReasonBeacon
		}
		return j, nil
	}
	air := path{params: p, plan: plan, beacon: v.Beacon, facts: b}
	candidates := make([]Candidate, len(receipts))
	for i := range receipts {
		j.Witnesses[i] = air.judge(receipts[i].Readings, v.Heard[i], witnesses[i], j.Beacon)
		candidates[i] = witnesses[i].candidate(j.Witnesses[i].Reason)
	}
	limited, err := Limit(p, b.DrawSeed, v.Beacon.PayloadHash(), b.Owner, scale, candidates)
	if err != nil {
		return Judgement{}, err
	}
	j.Units, j.Paid = limited.Units, limited.Paid
	for i := range j.Witnesses {
		j.Witnesses[i].Judged, j.Witnesses[i].Reason, j.Witnesses[i].Units = j.Witnesses[i].Reason, limited.Reasons[i], limited.WitnessUnits[i]
	}
	return j, nil
}

// JudgeLate applies the rules that concern one pair to a receipt whose signature holds over a beacon that was judged
// before; reason is what that beacon came to. Limit says what it is paid. Facts that do not fit are ErrFacts.
func JudgeLate(p Params, r Receipt, beacon Beacon, reason Reason, b BeaconFacts, w WitnessFacts) (Verdict, error) {
	if reason != ReasonPaid && reason != ReasonReciprocity {
		return Verdict{Reason: ReasonBeacon, Judged: ReasonBeacon}, nil
	}
	if err := b.validate(p); err != nil {
		return Verdict{}, fmt.Errorf("beaconer: %w", err)
	}
	if w.Number != r.Number {
		return Verdict{}, fmt.Errorf("%w: the witness is radio %d, its receipt is of radio %d", ErrFacts, w.Number, r.Number)
	}
	if err := w.validate(p); err != nil {
		return Verdict{}, fmt.Errorf("witness: %w", err)
	}
	plan, err := PlanOf(b.Region)
	if err != nil {
		return Verdict{}, fmt.Errorf("%w: %w", ErrFacts, err)
	}
	air := path{params: p, plan: plan, beacon: beacon, facts: b}
	v := air.judge(r.Readings, true, w, reason)
	v.Judged = v.Reason
	return v, nil
}

func checkFacts(p Params, receipts []Receipt, v Verified, b BeaconFacts, witnesses []WitnessFacts) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if len(receipts) > MaxWitnesses || len(v.Heard) != len(receipts) || len(witnesses) != len(receipts) {
		return fmt.Errorf("%w: %d receipts (at most %d), %d signature verdicts and %d witnesses", ErrFacts,
			len(receipts), MaxWitnesses, len(v.Heard), len(witnesses))
	}
	if err := b.validate(p); err != nil {
		return fmt.Errorf("beaconer: %w", err)
	}
	for i, w := range witnesses {
		if w.Number != receipts[i].Number {
			return fmt.Errorf("%w: witness %d is radio %d, its receipt is of radio %d", ErrFacts, i, w.Number, receipts[i].Number)
		}
		if err := w.validate(p); err != nil {
			return fmt.Errorf("witness %d: %w", i, err)
		}
	}
	return nil
}

// path is the way from a beaconer to its witnesses.
type path struct {
	params Params
	plan   Plan
	beacon Beacon
	facts  BeaconFacts
}

// judge applies the rules that concern one pair; those between witnesses of one beacon are in Limit. A beaconer that
// has heard nobody lately pays nobody.
func (a path) judge(r Readings, heard bool, w WitnessFacts, beacon Reason) Verdict {
	v := a.pair(r, heard, w)
	if v.Reason == ReasonPaid && beacon == ReasonReciprocity {
		v.Reason = ReasonReciprocity
	}
	return v
}

func (a path) pair(r Readings, heard bool, w WitnessFacts) Verdict {
	if reason := a.admit(heard, w); reason != ReasonPaid {
		return Verdict{Reason: reason}
	}
	if reason := a.air(r, w); reason != ReasonPaid {
		return Verdict{Reason: reason}
	}
	length := Distance(a.facts.Position, w.Position)
	return Verdict{Reason: a.signal(r, w, length), Millimetres: length}
}

// admit: known and active, asserted, not self, not denied, payload equal.
func (a path) admit(heard bool, w WitnessFacts) Reason {
	standing := w.standing()
	switch {
	case standing != ReasonPaid && standing != ReasonDenied:
		return standing
	case w.Device == a.facts.Device:
		return ReasonSelf
	case standing == ReasonDenied:
		return ReasonDenied
	case w.EdgeDenied:
		return ReasonEdgeDenied
	case !heard:
		return ReasonPayload
	}
	return ReasonPaid
}

// air: time, region, frequency.
func (a path) air(r Readings, w WitnessFacts) Reason {
	opens := a.facts.SlotOpenMillis
	if at := uint64(r.Millis); at < opens || at-opens > uint64(a.params.SlotMillis) {
		return ReasonTime
	}
	if w.Region != a.facts.Region {
		return ReasonRegion
	}
	if int(r.Channel) >= len(a.plan.Channels) {
		return ReasonFrequency
	}
	off := int64(a.plan.Channels[r.Channel]) + int64(r.Offset) - int64(a.frequency())
	if max(off, -off) > int64(a.params.FrequencyTolerance) {
		return ReasonFrequency
	}
	return ReasonPaid
}

// signal: distance, RSSI, SNR, reciprocity.
func (a path) signal(r Readings, w WitnessFacts, millimetres uint64) Reason {
	floor, err := SNRFloor(a.plan.Spreading)
	switch {
	case millimetres < uint64(a.params.MinDistance)*1000:
		return ReasonNear
	case millimetres > uint64(a.params.MaxDistance)*1000:
		return ReasonFar
	case -int64(r.Attenuation)*1000 > a.strongest(w.Gain, millimetres)+int64(a.params.RSSIMargin)*1000:
		return ReasonRSSI
	case err != nil || int32(r.SNR) < floor:
		return ReasonSNR
	case w.QuietSeconds > a.params.ReciprocitySeconds:
		return ReasonReciprocity
	}
	return ReasonPaid
}

func (a path) frequency() uint32 { return a.plan.Channels[int(a.beacon.Channel)%len(a.plan.Channels)] }

// strongest is the level in thousandths of dBm that a witness's receiver sees in free space: the beacon's EIRP less the
// path loss plus its gain.
func (a path) strongest(gain int32, millimetres uint64) int64 {
	power := (int64(a.plan.MaxEIRP) - int64(a.beacon.Backoff)) * 1000
	return power + int64(gain)*100 - PathLoss(a.frequency(), millimetres/1000)
}
