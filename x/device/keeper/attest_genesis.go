package keeper

import (
	"context"
	"fmt"

	"github.com/joulechain/joule/x/device/types"
)

// initAttestations writes attestations with their chips, and revocations, of a genesis that is valid.
func (k *Keeper) initAttestations(ctx context.Context, g types.GenesisState) error {
	for _, a := range g.Attestations {
		if err := k.Attestations.Set(ctx, a.DeviceId, a); err != nil {
			return err
		}
		if err := k.Chips.Set(ctx, a.ChipId, a.DeviceId); err != nil {
			return err
		}
	}
	for _, r := range g.Revocations {
		if err := k.Revocations.Set(ctx, r.Hash); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) exportAttestations(ctx context.Context, g *types.GenesisState) error {
	err := k.Attestations.Walk(ctx, nil, func(_ []byte, a types.Attestation) (bool, error) {
		g.Attestations = append(g.Attestations, a)
		return false, nil
	})
	if err != nil {
		return err
	}
	return k.Revocations.Walk(ctx, nil, func(hash []byte) (bool, error) {
		g.Revocations = append(g.Revocations, types.Revocation{Hash: hash})
		return false, nil
	})
}

// checkChips returns what does not hold: each attestation is valid and of a device that is not retired, its chip names
// the device, and no chip names anything else.
func (k *Keeper) checkChips(ctx context.Context) (broken []string, err error) {
	attested, chips := 0, 0
	err = k.Attestations.Walk(ctx, nil, func(id []byte, a types.Attestation) (bool, error) {
		attested++
		d, err := k.GetDevice(ctx, id)
		if err != nil {
			return true, err
		}
		holder, err := k.Chips.Get(ctx, a.ChipId)
		if err != nil || string(holder) != string(id) {
			broken = append(broken, fmt.Sprintf("device %s: its chip %x names device %x (%v)", d.Text(), a.ChipId, holder, err))
		}
		if err := a.Validate(); err != nil || d.IsRetired() || string(a.DeviceId) != string(id) {
			broken = append(broken, fmt.Sprintf("device %s (%s): attestation of %x: %v", d.Text(), d.State, a.DeviceId, err))
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Chips.Walk(ctx, nil, func([]byte, []byte) (bool, error) {
		chips++
		return false, nil
	})
	if attested != chips {
		broken = append(broken, fmt.Sprintf("%d chips for %d attestations", chips, attested))
	}
	return broken, err
}
