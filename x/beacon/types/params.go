package types

// Bounds of the parameters; beacon.proto says what each is for.
const (
	MinEpochBlocks         = 4
	MaxEpochBlocks         = 100_000
	MaxActivationEpochs    = 100
	MaxActivationMinBlocks = 100_000
	MinMixHistoryBlocks    = 200
	MaxMixHistoryBlocks    = 1_000_000
	MaxMisses              = 10_000
)

// DefaultParams are the mainnet's parameters.
func DefaultParams() Params {
	return Params{
		EpochBlocks:          600,
		ActivationEpochs:     2,
		ActivationMinBlocks:  50,
		MixHistoryBlocks:     5_000,
		MaxConsecutiveMisses: 10,
	}
}

// Validate names the field that is out of range, or returns nil.
func (p Params) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max uint64
	}{
		{"epoch_blocks", p.EpochBlocks, MinEpochBlocks, MaxEpochBlocks},
		{"activation_epochs", p.ActivationEpochs, 1, MaxActivationEpochs},
		{"activation_min_blocks", p.ActivationMinBlocks, 1, MaxActivationMinBlocks},
		{"mix_history_blocks", p.MixHistoryBlocks, MinMixHistoryBlocks, MaxMixHistoryBlocks},
		{"max_consecutive_misses", p.MaxConsecutiveMisses, 1, MaxMisses},
	} {
		if f.value < f.min || f.value > f.max {
			return ErrInvalidParams.Wrapf("%s is %d; want %d to %d", f.name, f.value, f.min, f.max)
		}
	}
	return nil
}
