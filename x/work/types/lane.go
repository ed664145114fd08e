package types

const (
	// SignatureCostUs is the cost of one device signature in microseconds: P-256's, measured (ed25519 takes 100).
	SignatureCostUs = 160

	// The gas of a lane transaction. LaneGasBase covers decoding and the relayer's signature, LaneGasPerItem the state
	// that an item reads and writes, LaneGasPerByte its bytes, LaneGasPerUs a microsecond of verification (x/auth
	// charges 590 for an ed25519 signature of 100 us).
	LaneGasBase    = 20_000
	LaneGasPerItem = 4_000
	LaneGasPerByte = 10
	LaneGasPerUs   = 6
)

// ValidateSubmitWork checks a batch's shape and limits before anything expensive; the error names the item.
func ValidateSubmitWork(msg *MsgSubmitWork, params Params) error {
	return chainRules.ValidateSubmitWork(msg, params)
}

// ValidateSubmitWork is ValidateSubmitWork for the set's classes.
func (s RuleSet) ValidateSubmitWork(msg *MsgSubmitWork, params Params) error {
	if len(msg.Evidence) == 0 {
		return ErrEmptyBatch.Wrap("evidence has no items; want at least 1")
	}
	if most := int(params.Lane.MaxEvidencePerTx); len(msg.Evidence) > most {
		return ErrTooManyItems.Wrapf("evidence has %d items; want at most %d: split the batch", len(msg.Evidence), most)
	}
	seen := make(map[string]int, len(msg.Evidence))
	for i, e := range msg.Evidence {
		if err := s.validateShape(e); err != nil {
			return ItemError(i, err)
		}
		key := string(e.ItemKey())
		if first, dup := seen[key]; dup {
			return ErrDuplicateItem.Wrapf("items %d and %d are for the same device, window and phase; send one", first, i)
		}
		seen[key] = i
	}
	return nil
}

// VerifyCost is an upper bound of the batch's verification in microseconds on the reference machine. It depends on the
// batch's shape alone.
func VerifyCost(msg *MsgSubmitWork, params Params) (uint64, error) {
	return chainRules.VerifyCost(msg, params)
}

// VerifyCost is VerifyCost for the set's classes.
func (s RuleSet) VerifyCost(msg *MsgSubmitWork, params Params) (uint64, error) {
	var total uint64
	for i, e := range msg.Evidence {
		rules, err := s.Of(e.WorkClass)
		if err != nil {
			return 0, ItemError(i, err)
		}
		// At most 256 items of 10^4 us: no overflow.
		total += SignatureCostUs + rules.ProofCost(e.Phase, e.Payload, params)
	}
	return total, nil
}

// LaneGas is the gas limit that a lane transaction must carry, and the gas it uses: a function of the batch's shape, so
// that neither the state nor a cached verdict changes it.
func LaneGas(msg *MsgSubmitWork, params Params) (uint64, error) {
	return chainRules.LaneGas(msg, params)
}

// LaneGas is LaneGas for the set's classes.
func (s RuleSet) LaneGas(msg *MsgSubmitWork, params Params) (uint64, error) {
	cost, err := s.VerifyCost(msg, params)
	if err != nil {
		return 0, err
	}
	gas := LaneGasBase + LaneGasPerUs*cost
	for _, e := range msg.Evidence {
		gas += LaneGasPerItem + LaneGasPerByte*uint64(len(e.Payload))
	}
	return gas, nil
}
