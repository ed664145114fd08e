package keeper

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
	"github.com/joulechain/joule/x/device/types"
)

// attest judges hardware evidence and, if it holds, binds its chip to the device. Order: sizes, gas for all that
// follows, the device's state, the nonce's height, the evidence itself, revocations, the chip's present device. A
// renewal brings no certificates and is checked with what the last attestation proved.
func (k *Keeper) attest(ctx context.Context, msg *types.MsgAttest) (types.Attestation, error) {
	if _, err := k.address("sender", msg.Sender); err != nil {
		return types.Attestation{}, err
	}
	if err := msg.Evidence.ValidateShape(); err != nil {
		return types.Attestation{}, err
	}
	d, err := k.deviceByText(ctx, msg.DeviceId)
	if err != nil {
		return types.Attestation{}, err
	}
	last, known, err := k.attestation(ctx, d.Id)
	if err != nil {
		return types.Attestation{}, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sdkCtx.GasMeter().ConsumeGas(msg.Evidence.Gas(x509chain.KeyKind(last.KeyKind)), "hardware evidence")
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.Attestation{}, err
	}
	kind := msg.Evidence.EvidenceKind()
	if err := k.checkAttestable(sdkCtx, d, kind, params.Evidence, last, msg.NonceHeight); err != nil {
		return types.Attestation{}, err
	}
	nonce, err := k.evidenceNonce(sdkCtx, d, kind, msg.NonceHeight)
	if err != nil {
		return types.Attestation{}, err
	}
	if len(msg.Evidence.Certificates()) == 0 && (!known || last.Kind != kind) {
		return types.Attestation{}, types.ErrNoAttestation.Wrapf("device %s has none of kind %s to renew: send the certificates", msg.DeviceId, kind)
	}
	next, err := verifyEvidence(params.Evidence, msg.Evidence, d, last, nonce, sdkCtx.BlockTime().Unix())
	if err != nil {
		return types.Attestation{}, err
	}
	if err := k.checkRevoked(ctx, next); err != nil {
		return types.Attestation{}, err
	}
	next.DeviceId, next.Kind, next.NonceHeight, next.Height = d.Id, kind, msg.NonceHeight, sdkCtx.BlockHeight()
	if err := k.checkDisplaced(ctx, msg.Sender, d, next, last, known); err != nil {
		return types.Attestation{}, err
	}
	return k.storeAttestation(ctx, next, last, known, params.Evidence, len(msg.Evidence.Certificates()) == 0)
}

// checkDisplaced keeps the chip in force from giving way to another one, unless the owner sends it: a nonce is public,
// and whoever has a chip of his own could answer it for anybody's device and end what its own chip has proven.
func (k *Keeper) checkDisplaced(ctx context.Context, sender string, d types.Device, next, last types.Attestation, known bool) error {
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return err
	}
	if !known || last.Lapsed(epoch) || sender == d.Owner || last.Kind == next.Kind && bytes.Equal(last.ChipId, next.ChipId) {
		return nil
	}
	return types.ErrChipInForce.Wrapf("chip %x serves device %s until epoch %d, it is epoch %d; the owner may release it, or send the evidence of chip %x",
		last.ChipId, d.Text(), last.ExpiresEpoch, epoch, next.ChipId)
}

func (k *Keeper) checkRevoked(ctx context.Context, a types.Attestation) error {
	hash, err := k.revoked(ctx, a)
	if err == nil && hash != nil {
		err = types.ErrEvidenceRevoked.Wrapf("%x… is on the revocation list (query revocations)", hash[:8])
	}
	return err
}

// checkAttestable is what must hold of the state before evidence is looked at.
func (k *Keeper) checkAttestable(
	ctx sdk.Context, d types.Device, kind types.EvidenceKind, params types.EvidenceParams, last types.Attestation, nonceHeight int64,
) error {
	if !d.IsActive() {
		return types.ErrNotActive.Wrapf("device %s is %s; only active devices show hardware evidence", d.Text(), d.State)
	}
	if err := kind.Fits(d); err != nil {
		return err
	}
	if err := k.checkNonceHeight(ctx, kind, params, nonceHeight); err != nil {
		return err
	}
	if nonceHeight <= last.NonceHeight {
		return types.ErrEvidenceReplayed.Wrapf("nonce_height is %d, device %s has already answered that of %d", nonceHeight, d.Text(), last.NonceHeight)
	}
	return nil
}

// checkNonceHeight wants a block before this one, so that its mix was known when the chip answered, and not long
// before, so that the chip was at hand lately.
func (k *Keeper) checkNonceHeight(ctx sdk.Context, kind types.EvidenceKind, params types.EvidenceParams, nonceHeight int64) error {
	height := ctx.BlockHeight()
	if oldest := max(1, height-int64(params.NonceMaxAgeBlocks)); nonceHeight >= height || nonceHeight < oldest {
		return types.ErrNonceHeight.Wrapf("nonce_height is %d; at height %d it must be %d..%d (query attest-nonce)", nonceHeight, height, oldest, height-1)
	}
	if kind != types.EVIDENCE_KIND_NVIDIA || !params.GpuWindowSeeds {
		return nil
	}
	seed, err := k.windows.IsGPUWindowSeed(ctx, nonceHeight)
	if err == nil && !seed {
		err = types.ErrNonceHeight.Wrapf("nonce_height is %d; an NVIDIA chip answers the seed of a GPU window, and no live window has that one's", nonceHeight)
	}
	return err
}

// evidenceNonce is the nonce of a height whose mix the chain still has.
func (k *Keeper) evidenceNonce(ctx sdk.Context, d types.Device, kind types.EvidenceKind, height int64) ([32]byte, error) {
	mix, err := k.beacon.Mix(ctx, height)
	if err != nil {
		return [32]byte{}, types.ErrNonceHeight.Wrap(err.Error())
	}
	owner, err := k.address("owner", d.Owner)
	if err != nil {
		return [32]byte{}, err
	}
	return types.EvidenceNonce(kind, ctx.ChainID(), height, mix, d.Id, owner)
}

// storeAttestation binds the chip and writes the record. A chip whose attestation for another device has not lapsed
// stays there.
func (k *Keeper) storeAttestation(
	ctx context.Context, next, last types.Attestation, known bool, params types.EvidenceParams, renewal bool,
) (types.Attestation, error) {
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return next, err
	}
	if epoch > maxEpoch-params.AttestationEpochs {
		return next, types.ErrEpochOverflow.Wrapf("epoch %d + attestation_epochs %d", epoch, params.AttestationEpochs)
	}
	next.FromEpoch, next.ExpiresEpoch = epoch+1, epoch+1+params.AttestationEpochs
	same := known && last.Kind == next.Kind && string(last.ChipId) == string(next.ChipId)
	// A renewal before the lapse goes on where it was; anything else counts from the next epoch, so that nobody attests
	// for a window that is already known.
	if same && !last.Lapsed(epoch) {
		next.FromEpoch = last.FromEpoch
	}
	if err := k.takeChip(ctx, next, epoch); err != nil {
		return next, err
	}
	if known && !same {
		if err := k.unbindChip(ctx, last, "another chip"); err != nil {
			return next, err
		}
	}
	if err := k.Chips.Set(ctx, next.ChipId, next.DeviceId); err != nil {
		return next, err
	}
	if err := k.Attestations.Set(ctx, next.DeviceId, next); err != nil {
		return next, err
	}
	return next, emit(ctx, &types.EventDeviceAttested{
		DeviceId: types.FormatDeviceID(next.DeviceId), Kind: next.Kind, ChipId: hex.EncodeToString(next.ChipId), FromEpoch: next.FromEpoch,
		ExpiresEpoch: next.ExpiresEpoch, Family: next.Family, Renewal: renewal,
	})
}

// takeChip refuses a chip that serves another device, and ends that device's attestation if it has lapsed.
func (k *Keeper) takeChip(ctx context.Context, next types.Attestation, epoch uint64) error {
	holder, err := k.Chips.Get(ctx, next.ChipId)
	if errors.Is(err, collections.ErrNotFound) || err == nil && string(holder) == string(next.DeviceId) {
		return nil
	}
	if err != nil {
		return err
	}
	other, _, err := k.attestation(ctx, holder)
	if err != nil {
		return err
	}
	if !other.Lapsed(epoch) {
		return types.ErrChipTaken.Wrapf("chip %x serves device %s until epoch %d, it is epoch %d; its owner may release it", next.ChipId,
			types.FormatDeviceID(holder), other.ExpiresEpoch, epoch)
	}
	return k.endAttestation(ctx, holder, "another device")
}

// releaseChip lets an attestation lapse now. The record stays, so that evidence that was shown once cannot be shown
// again.
func (k *Keeper) releaseChip(ctx context.Context, owner, deviceID string) error {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return err
	}
	a, known, err := k.attestation(ctx, d.Id)
	if err != nil {
		return err
	}
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return err
	}
	if !known || a.Lapsed(epoch) {
		return types.ErrNoAttestation.Wrapf("device %s has none that is in force", deviceID)
	}
	a.FromEpoch, a.ExpiresEpoch = min(a.FromEpoch, epoch), epoch
	if err := k.Attestations.Set(ctx, d.Id, a); err != nil {
		return err
	}
	return emitEnded(ctx, a, "released")
}

// endAttestation removes a device's attestation, if it has one, and frees its chip.
func (k *Keeper) endAttestation(ctx context.Context, id []byte, reason string) error {
	a, known, err := k.attestation(ctx, id)
	if err != nil || !known {
		return err
	}
	if err := k.Attestations.Remove(ctx, id); err != nil {
		return err
	}
	return k.unbindChip(ctx, a, reason)
}

func (k *Keeper) unbindChip(ctx context.Context, a types.Attestation, reason string) error {
	if err := k.Chips.Remove(ctx, a.ChipId); err != nil {
		return err
	}
	return emitEnded(ctx, a, reason)
}

func emitEnded(ctx context.Context, a types.Attestation, reason string) error {
	return emit(ctx, &types.EventAttestationEnded{DeviceId: types.FormatDeviceID(a.DeviceId), ChipId: hex.EncodeToString(a.ChipId), Reason: reason})
}

// attestation is a device's, and whether it has one.
func (k *Keeper) attestation(ctx context.Context, id []byte) (types.Attestation, bool, error) {
	a, err := k.Attestations.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Attestation{}, false, nil
	}
	return a, err == nil, err
}
