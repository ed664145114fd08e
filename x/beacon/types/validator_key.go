package types

import (
	"bytes"

	"github.com/joulechain/joule/x/beacon/vrf"
)

// At returns the key that reveals at height, nil if none is active then.
func (k ValidatorKey) At(height int64) []byte {
	if active := k.Promote(height).Active; len(active) > 0 {
		return active
	}
	return nil
}

// Promote returns the record as it reads at height: a pending key whose time has come is the active one.
func (k ValidatorKey) Promote(height int64) ValidatorKey {
	if len(k.Pending) > 0 && height >= k.ActivationHeight {
		return ValidatorKey{OperatorAddress: k.OperatorAddress, Active: k.Pending}
	}
	return k
}

// Validate checks the record's keys and that activation_height accompanies a pending key.
func (k ValidatorKey) Validate() error {
	if len(k.Active) == 0 && len(k.Pending) == 0 {
		return ErrNoKey.Wrapf("operator %s has neither an active nor a pending key", k.OperatorAddress)
	}
	for _, key := range [][]byte{k.Active, k.Pending} {
		if len(key) == 0 {
			continue
		}
		if err := vrf.ValidateKey(key); err != nil {
			return ErrInvalidKey.Wrapf("operator %s: %s", k.OperatorAddress, err)
		}
	}
	if (len(k.Pending) > 0) != (k.ActivationHeight > 0) {
		return ErrInvalidKey.Wrapf("operator %s: activation_height is %d; want a height with a pending key and 0 without", k.OperatorAddress, k.ActivationHeight)
	}
	if bytes.Equal(k.Active, k.Pending) {
		return ErrInvalidKey.Wrapf("operator %s: the pending key equals the active one", k.OperatorAddress)
	}
	return nil
}
