package radio

import "fmt"

// Candidate is a receipt after the rules that concern its pair alone.
type Candidate struct {
	Device   DeviceID
	Owner    string
	Cell     Cell   // at least as fine as Params.WitnessCell where Judged is ReasonPaid
	Judged   Reason // what those rules say
	EdgePaid uint32 // how often the edge was paid in its week, this beacon not counted
}

func (w WitnessFacts) candidate(judged Reason) Candidate {
	return Candidate{Device: w.Device, Owner: w.Owner, Cell: w.Cell, Judged: judged, EdgePaid: w.EdgePaid}
}

// Limited is what a beacon and its receipts are paid.
type Limited struct {
	Units        uint64 // the beaconer's, millionths of a reward unit
	Paid         uint32 // witnesses that are paid
	Reasons      []Reason
	WitnessUnits []uint64
}

// Limit applies the rules between the witnesses of one beacon: one paid witness an owner and a cell, none of the
// beaconer's owner, and an edge so often a week. Who comes first is drawn, so that the order on the wire does not
// matter. It pays by curve and density, and may run again with a receipt more. scale is Scale's, a cell that does not
// fit is ErrFacts.
func Limit(p Params, seed Mix, payloadHash [HashSize]byte, owner string, scale uint64, candidates []Candidate) (Limited, error) {
	ids := make([]DeviceID, len(candidates))
	for i, c := range candidates {
		ids[i] = c.Device
	}
	order, err := Draw(seed, payloadHash, ids, len(ids))
	if err != nil {
		return Limited{}, err
	}
	l := Limited{Reasons: make([]Reason, len(candidates)), WitnessUnits: make([]uint64, len(candidates))}
	owners, cells := map[string]bool{owner: true}, make(map[Cell]bool, len(order))
	for _, i := range order {
		c := candidates[i]
		if l.Reasons[i] = c.Judged; c.Judged != ReasonPaid {
			continue
		}
		cell, err := c.Cell.Parent(p.WitnessCell)
		switch {
		case err != nil:
			return Limited{}, fmt.Errorf("%w: witness %d: %w", ErrFacts, i, err)
		case owners[c.Owner]:
			l.Reasons[i] = ReasonOwner
		case cells[cell]:
			l.Reasons[i] = ReasonCell
		case c.EdgePaid >= p.EdgeLimit:
			l.Reasons[i] = ReasonEdge
		default:
			owners[c.Owner], cells[cell] = true, true
			l.Paid++
		}
	}
	return l, l.pay(p, scale)
}

// pay gives units by the reward curve, scaled by the beaconer's density.
func (l *Limited) pay(p Params, scale uint64) error {
	beaconer, witness, err := p.Curve.Reward(l.Paid)
	if err != nil {
		return err
	}
	l.Units = ScaleUnits(beaconer, scale)
	for i, reason := range l.Reasons {
		if reason == ReasonPaid {
			l.WitnessUnits[i] = ScaleUnits(witness, scale)
		}
	}
	return nil
}
