package types

import "github.com/joulechain/joule/x/beacon/vrf"

// DefaultGenesis is the state of a new chain: no keys yet, epoch 1 at the first height.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks what needs no address codec: ranges, keys, duplicates and the mixes' heights.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.Epoch.Number != 0 {
		if err := g.Epoch.Validate(); err != nil {
			return err
		}
	}
	if err := g.validateKeys(); err != nil {
		return err
	}
	if err := g.validateMisses(); err != nil {
		return err
	}
	return g.validateMixes()
}

func (g GenesisState) validateKeys() error {
	operators, keys := map[string]bool{}, map[string]bool{}
	reserve := func(operator string, key []byte) error {
		if len(key) == 0 {
			return nil
		}
		if keys[string(key)] {
			return ErrInvalidGenesis.Wrapf("key %X of operator %s appears twice", key, operator)
		}
		keys[string(key)] = true
		return nil
	}
	for _, k := range g.Keys {
		if operators[k.OperatorAddress] {
			return ErrInvalidGenesis.Wrapf("operator %s has two key records", k.OperatorAddress)
		}
		operators[k.OperatorAddress] = true
		if err := k.Validate(); err != nil {
			return ErrInvalidGenesis.Wrap(err.Error())
		}
		for _, key := range [][]byte{k.Active, k.Pending} {
			if err := reserve(k.OperatorAddress, key); err != nil {
				return err
			}
		}
	}
	for _, r := range g.RetiredKeys {
		if len(r.Key) != vrf.KeySize {
			return ErrInvalidGenesis.Wrapf("retired key of operator %s has %d bytes; want %d", r.OperatorAddress, len(r.Key), vrf.KeySize)
		}
		if err := reserve(r.OperatorAddress, r.Key); err != nil {
			return err
		}
	}
	return nil
}

func (g GenesisState) validateMisses() error {
	seen := map[string]bool{}
	for _, m := range g.Misses {
		if seen[m.OperatorAddress] {
			return ErrInvalidGenesis.Wrapf("operator %s has two miss records", m.OperatorAddress)
		}
		seen[m.OperatorAddress] = true
		if m.Consecutive > m.Total {
			return ErrInvalidGenesis.Wrapf("operator %s has %d consecutive misses of %d in all", m.OperatorAddress, m.Consecutive, m.Total)
		}
	}
	return nil
}

func (g GenesisState) validateMixes() error {
	for i, m := range g.Mixes {
		if len(m.Mix) != vrf.MixSize {
			return ErrInvalidGenesis.Wrapf("the mix of height %d has %d bytes; want %d", m.Height, len(m.Mix), vrf.MixSize)
		}
		if m.Height < 0 || i > 0 && m.Height != g.Mixes[i-1].Height+1 {
			return ErrInvalidGenesis.Wrapf("the mix of height %d is out of order; want consecutive heights, oldest first", m.Height)
		}
	}
	return nil
}
