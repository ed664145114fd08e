package types

import "errors"

// StaleParts bounds what rides along in a batch: of its verification cost and of its payload bytes at most one part in
// StaleParts may be of items that the state would skip. The whole batch takes room on the evidence lane, so that
// padding would otherwise keep others out for nothing.
const StaleParts = 4

// CheckStale refuses a batch that carries too much of what the state skips; reasons are Classify's. What an earlier
// transaction of the same proposal carries does not count: whoever copies items out of a batch and lands them first
// must not cost it the others. The error names the first stale item, so that a relayer can leave it out.
func CheckStale(msg *MsgSubmitWork, params Params, reasons []error) error {
	var cost, staleCost, size, staleSize uint64
	first := -1
	for i, e := range msg.Evidence {
		c, err := VerifyCost(&MsgSubmitWork{Evidence: msg.Evidence[i : i+1]}, params)
		if err != nil {
			return err
		}
		n := uint64(len(e.Payload))
		cost, size = cost+c, size+n
		if reasons[i] == nil || errors.Is(reasons[i], ErrAlreadyInProposal) {
			continue
		}
		staleCost, staleSize = staleCost+c, staleSize+n
		if first < 0 {
			first = i
		}
	}
	if staleCost*StaleParts > cost || staleSize*StaleParts > size {
		return ErrTooStale.Wrapf("items that change nothing are %d of %d cost units and %d of %d payload bytes, at most a quarter of each; the first is item %d: %s",
			staleCost, cost, staleSize, size, first, reasons[first])
	}
	return nil
}
