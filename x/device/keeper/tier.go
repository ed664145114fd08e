package keeper

import (
	"context"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/types"
)

// TierPpm is the multiplier, in millionths, of the units that a device earns in a window of the epoch: that of its
// attestation's kind while it counts and nothing of it is revoked, 1,000,000 otherwise. It reads a bounded number of
// records. Within an epoch it never rises.
func (k *Keeper) TierPpm(ctx context.Context, id []byte, epoch uint64) (uint32, error) {
	a, known, err := k.attestation(ctx, id)
	if err != nil || !known || !a.InForce(epoch) {
		return types.BaseTierPpm, err
	}
	if hash, err := k.revoked(ctx, a); err != nil || hash != nil {
		return types.BaseTierPpm, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.BaseTierPpm, err
	}
	return params.Evidence.Tier(a.Kind), nil
}

// revoked returns the first of the attestation's keys, or its firmware, that is on the revocation list; nil when none
// is.
func (k *Keeper) revoked(ctx context.Context, a types.Attestation) ([]byte, error) {
	for _, hash := range a.RevocableHashes() {
		listed, err := k.Revocations.Has(ctx, hash)
		if err != nil {
			return nil, err
		}
		if listed {
			return hash, nil
		}
	}
	return nil, nil
}

// updateRevocations removes and then adds hashes. What is removed must be listed and what is added must not be: a
// proposal that was written against another list fails.
func (k *Keeper) updateRevocations(ctx context.Context, add, remove [][]byte) error {
	if n := len(add) + len(remove); n == 0 || n > types.MaxRevocationBatch {
		return types.ErrInvalidRevocations.Wrapf("%d hashes to add and remove, want 1..%d", n, types.MaxRevocationBatch)
	}
	for i, hash := range remove {
		if err := k.changeRevocation(ctx, hash, true, k.Revocations.Remove); err != nil {
			return types.ErrInvalidRevocations.Wrapf("remove[%d]: %s", i, err)
		}
	}
	for i, hash := range add {
		if err := k.changeRevocation(ctx, hash, false, k.Revocations.Set); err != nil {
			return types.ErrInvalidRevocations.Wrapf("add[%d]: %s", i, err)
		}
	}
	if _, err := k.revocationList(ctx); err != nil {
		return err
	}
	return emit(ctx, &types.EventRevocationsUpdated{Added: uint32(len(add)), Removed: uint32(len(remove))})
}

func (k *Keeper) changeRevocation(ctx context.Context, hash []byte, listed bool, change func(context.Context, []byte) error) error {
	// The count of one is only the check of the size.
	if err := new(types.RevocationCount).Add(hash); err != nil {
		return err
	}
	has, err := k.Revocations.Has(ctx, hash)
	switch {
	case err != nil:
		return err
	case has && !listed:
		return types.ErrUnchanged.Wrapf("%x is already listed", hash)
	case !has && listed:
		return types.ErrUnchanged.Wrapf("%x is not listed", hash)
	}
	return change(ctx, hash)
}

// revocationList reads the list, which is bounded; ErrInvalidRevocations when it is too long.
func (k *Keeper) revocationList(ctx context.Context) ([]types.Revocation, error) {
	var (
		list  = make([]types.Revocation, 0, nvidia.MaxRevokedFirmware)
		count types.RevocationCount
	)
	err := k.Revocations.Walk(ctx, nil, func(hash []byte) (bool, error) {
		list = append(list, types.Revocation{Hash: hash})
		return false, count.Add(hash)
	})
	return list, err
}
