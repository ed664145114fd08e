package radio

import "strconv"

// Reason says why a radio is not paid for a beacon, or 0. The numbers are stored and queried: never reuse one. They
// stand in the order in which the rules are checked; the first that fails is given.
type Reason uint8

// The reasons, each with the rule that it stands for (SPEC.md 9).
const (
	ReasonPaid        Reason = 0  // every rule holds
	ReasonBeacon      Reason = 1  // the beacon itself does not count
	ReasonUnknown     Reason = 2  // no such radio
	ReasonInactive    Reason = 3  // suspended or retired
	ReasonUnasserted  Reason = 4  // no position, or one that moved and cools down
	ReasonSelf        Reason = 5  // a radio cannot hear itself
	ReasonDenied      Reason = 6  // the radio is on the denylist
	ReasonEdgeDenied  Reason = 7  // the pair is on the denylist
	ReasonPayload     Reason = 8  // the signature does not hold over this beacon's payload
	ReasonTime        Reason = 9  // heard outside the beacon's slot
	ReasonRegion      Reason = 10 // the radios are of different regions
	ReasonFrequency   Reason = 11 // no such channel, or too far from the beacon's
	ReasonNear        Reason = 12 // below the shortest distance
	ReasonFar         Reason = 13 // beyond the longest distance
	ReasonRSSI        Reason = 14 // stronger than free space allows
	ReasonSNR         Reason = 15 // weaker than the demodulator can hear
	ReasonReciprocity Reason = 16 // has not been heard (a witness) or has not heard (a beaconer) lately
	ReasonOwner       Reason = 17 // the owner has a counted radio in this beacon, or is the beaconer's
	ReasonCell        Reason = 18 // the cell has a counted witness in this beacon
	ReasonEdge        Reason = 19 // the pair has been paid often enough this week
	ReasonDraw        Reason = 20 // others were drawn in its place
	ReasonLast               = ReasonDraw
)

var reasonTexts = [...]string{
	"paid",
	"the beacon itself does not count",
	"no such radio: register it",
	"the radio is suspended or retired",
	"the radio has no position in force: assert one, or wait until a moved one has cooled down",
	"a radio cannot be its own witness",
	"the radio is on the denylist",
	"this pair of radios is on the denylist",
	"the signature does not hold over this beacon's payload",
	"heard outside the beacon's slot: check the clock",
	"the radios are registered for different regions",
	"the frequency is too far from the beacon's channel",
	"the radios stand too near to each other",
	"the radios stand too far from each other",
	"the signal is stronger than free space allows: check position and gain",
	"the signal is weaker than its spreading factor can be received at",
	"a witness must have been heard, and a beaconer must have heard, within the reciprocity time",
	"the owner already has a radio counted in this beacon",
	"the cell already has a witness counted in this beacon",
	"this pair of radios has been paid as often as a week allows",
	"more than " + strconv.Itoa(MaxWitnesses) + " radios heard the beacon and others were drawn",
}

// String tells an owner what is wrong.
func (r Reason) String() string {
	if int(r) < len(reasonTexts) {
		return reasonTexts[r]
	}
	return "unknown reason " + strconv.Itoa(int(r))
}

// Physical tells whether everything up to the signal held, so that the pair counts for reciprocity although it may not
// be paid. Without it two new radios could never begin.
func (r Reason) Physical() bool { return r == ReasonPaid || r >= ReasonReciprocity && r <= ReasonLast }
