package keeper

import (
	"context"
	"encoding/hex"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// Attestation implements types.QueryServer.
func (s queryServer) Attestation(ctx context.Context, req *types.QueryAttestationRequest) (*types.QueryAttestationResponse, error) {
	d, err := s.k.deviceByText(ctx, req.GetDeviceId())
	if err != nil {
		return nil, err
	}
	a, known, err := s.k.attestation(ctx, d.Id)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, types.ErrNoAttestation.Wrapf("device %s has shown no hardware evidence", d.Text())
	}
	epoch, err := s.k.beacon.EpochNumber(ctx)
	if err != nil {
		return nil, err
	}
	revoked, err := s.k.revoked(ctx, a)
	if err != nil {
		return nil, err
	}
	tier, err := s.k.TierPpm(ctx, d.Id, epoch)
	return &types.QueryAttestationResponse{
		Attestation: a, ChipId: hex.EncodeToString(a.ChipId), InForce: a.InForce(epoch) && revoked == nil, TierPpm: tier, CurrentEpoch: epoch,
		Revoked: revoked != nil,
	}, err
}

// DeviceByChip implements types.QueryServer.
func (s queryServer) DeviceByChip(ctx context.Context, req *types.QueryDeviceByChipRequest) (*types.QueryDeviceByChipResponse, error) {
	chip, err := hex.DecodeString(req.GetChipId())
	if err != nil || len(chip) != types.ChipIDSize {
		return nil, types.ErrInvalidEvidence.Wrapf("chip_id %q, want %d hex digits", req.GetChipId(), 2*types.ChipIDSize)
	}
	holder, err := s.k.Chips.Get(ctx, chip)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, types.ErrNoAttestation.Wrapf("chip %x serves no device", chip)
	}
	if err != nil {
		return nil, err
	}
	a, _, err := s.k.attestation(ctx, holder)
	if err != nil {
		return nil, err
	}
	epoch, err := s.k.beacon.EpochNumber(ctx)
	return &types.QueryDeviceByChipResponse{DeviceId: types.FormatDeviceID(holder), ExpiresEpoch: a.ExpiresEpoch, Lapsed: a.Lapsed(epoch)}, err
}

// AttestNonce implements types.QueryServer. A transaction built from its answer executes at the next height at the
// earliest.
func (s queryServer) AttestNonce(ctx context.Context, req *types.QueryAttestNonceRequest) (*types.QueryAttestNonceResponse, error) {
	d, err := s.k.deviceByText(ctx, req.GetDeviceId())
	if err != nil {
		return nil, err
	}
	if err := req.Kind.Fits(d); err != nil {
		return nil, err
	}
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	last, known, err := s.k.attestation(ctx, d.Id)
	if err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	next := sdkCtx.WithBlockHeight(sdkCtx.BlockHeight() + 1)
	height := req.GetNonceHeight()
	if height == 0 {
		if height, err = s.newestNonceHeight(next, req.Kind, params.Evidence); err != nil {
			return nil, err
		}
	}
	if err := s.k.checkAttestable(next, d, req.Kind, params.Evidence, last, height); err != nil {
		return nil, err
	}
	nonce, err := s.k.evidenceNonce(sdkCtx, d, req.Kind, height)
	return &types.QueryAttestNonceResponse{
		Nonce: nonce[:], NonceHeight: height, ValidUntilHeight: height + int64(params.Evidence.NonceMaxAgeBlocks),
		Renewal: known && last.Kind == req.Kind, BindingLapsesEpoch: last.ExpiresEpoch,
	}, err
}

// newestNonceHeight goes back from the last block to the newest height that a nonce may have: at most
// nonce_max_age_blocks steps.
func (s queryServer) newestNonceHeight(ctx sdk.Context, kind types.EvidenceKind, params types.EvidenceParams) (int64, error) {
	newest := ctx.BlockHeight() - 1
	for height := newest; height >= max(1, ctx.BlockHeight()-int64(params.NonceMaxAgeBlocks)); height-- {
		err := s.k.checkNonceHeight(ctx, kind, params, height)
		if err == nil {
			return height, nil
		}
		if !errors.Is(err, types.ErrNonceHeight) {
			return 0, err
		}
	}
	return 0, types.ErrNonceHeight.Wrapf("no GPU window's seed is younger than nonce_max_age_blocks (%d) at height %d: ask again when a window opens",
		params.NonceMaxAgeBlocks, newest)
}

// Revocations implements types.QueryServer.
func (s queryServer) Revocations(ctx context.Context, _ *types.QueryRevocationsRequest) (*types.QueryRevocationsResponse, error) {
	list, err := s.k.revocationList(ctx)
	return &types.QueryRevocationsResponse{Revocations: list}, err
}
