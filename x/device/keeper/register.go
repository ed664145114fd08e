package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// sponsorship tells on whose authority a registration runs: the owner's own signature, or a sponsor's who pays for
// others.
type sponsorship bool

const (
	byOwner   sponsorship = false
	bySponsor sponsorship = true
)

// register registers devices, all or none: first every registration is checked, then the bonds are pulled in one
// transfer, then the devices are written. The signer pays all bonds.
func (k *Keeper) register(ctx context.Context, signer string, by sponsorship, regs []types.Registration, indexed bool) ([]string, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if len(regs) == 0 || len(regs) > int(params.MaxBatch) {
		return nil, types.ErrBatchSize.Wrapf("registrations: %d, want 1..%d", len(regs), params.MaxBatch)
	}
	payer, err := k.receiver("bond_payer", signer)
	if err != nil {
		return nil, err
	}
	devices, total, err := k.checkBatch(ctx, params, signer, by, regs, indexed)
	if err != nil {
		return nil, err
	}
	coins := sdk.Coins{sdk.Coin{Denom: params.BondDenom, Amount: total}}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, types.ModuleName, coins); err != nil {
		return nil, errorsmod.Wrapf(err, "bond of %s from %s", coins, signer)
	}
	ids := make([]string, len(devices))
	for i, d := range devices {
		if err := k.storeRegistered(ctx, d); err != nil {
			return nil, err
		}
		ids[i] = d.Text()
	}
	return ids, nil
}

// checkBatch turns registrations into devices and sums their bonds. Errors name the index in a batch.
func (k *Keeper) checkBatch(
	ctx context.Context, params types.Params, signer string, by sponsorship, regs []types.Registration, indexed bool,
) ([]types.Device, math.Int, error) {
	devices, total, seen := make([]types.Device, len(regs)), math.ZeroInt(), make(map[string]int, len(regs))
	for i, r := range regs {
		d, err := k.checkRegistration(ctx, params, signer, by, r)
		if err == nil {
			if first, twice := seen[string(d.Id)]; twice {
				err = types.ErrDuplicateDevice.Wrapf("device %s is also registrations[%d]", d.Text(), first)
			} else {
				seen[string(d.Id)] = i
				total, err = total.SafeAdd(d.Bond.Amount)
			}
		}
		if err != nil {
			if indexed {
				err = errorsmod.Wrapf(err, "registrations[%d]", i)
			}
			return nil, math.Int{}, err
		}
		devices[i] = d
	}
	return devices, total, nil
}

// checkRegistration checks one registration in the order of cost: authority, shape, parameters, expiry, state,
// signature. It writes nothing.
func (k *Keeper) checkRegistration(ctx context.Context, params types.Params, signer string, by sponsorship, r types.Registration) (types.Device, error) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sdkCtx.GasMeter().ConsumeGas(types.SignatureGas(r.PublicKey.Type), "device signature")
	if err := checkParties(signer, by, r); err != nil {
		return types.Device{}, err
	}
	if err := r.ValidateBasic(); err != nil {
		return types.Device{}, err
	}
	if _, err := k.receiver("owner", r.Owner); err != nil {
		return types.Device{}, err
	}
	if _, err := k.receiver("beneficiary", r.EffectiveBeneficiary()); err != nil {
		return types.Device{}, err
	}
	if err := checkBond(params, r); err != nil {
		return types.Device{}, err
	}
	if err := checkExpiry(params, r, sdkCtx.BlockHeight()); err != nil {
		return types.Device{}, err
	}
	d := types.Device{
		Id: types.DeviceID(r.PublicKey), Owner: r.Owner, PublicKey: r.PublicKey, WorkClass: r.WorkClass, Capability: r.Capability,
		Beneficiary: r.EffectiveBeneficiary(), Bond: r.Bond, BondPayer: signer, State: types.DEVICE_STATE_ACTIVE,
		Generation: r.Generation, RegisteredHeight: sdkCtx.BlockHeight(),
	}
	if err := k.checkGeneration(ctx, d); err != nil {
		return types.Device{}, err
	}
	return d, r.VerifySignature(sdkCtx.ChainID())
}

// checkParties checks who may register what: the owner for itself, naming any beneficiary; a sponsor for others, whose
// own the pay then is. The bond's payer is always the signer.
func checkParties(signer string, by sponsorship, r types.Registration) error {
	if r.EffectiveBondPayer() != signer {
		return types.ErrUnauthorized.Wrapf("bond_payer is %s, it must be the signer %s", r.EffectiveBondPayer(), signer)
	}
	if by == bySponsor {
		if r.EffectiveBeneficiary() != r.Owner {
			return types.ErrUnauthorized.Wrapf("beneficiary is %s, in a sponsored registration it must be the owner %s", r.Beneficiary, r.Owner)
		}
		return nil
	}
	if r.Owner != signer {
		return types.ErrUnauthorized.Wrapf("owner is %s, it must be the signer %s", r.Owner, signer)
	}
	return nil
}

func checkBond(params types.Params, r types.Registration) error {
	class, err := params.Class(r.WorkClass)
	if err != nil {
		return err
	}
	if r.Bond.Denom != params.BondDenom {
		return types.ErrBondDenom.Wrapf("bond is in %q, want %q", r.Bond.Denom, params.BondDenom)
	}
	if r.Bond.Amount.LT(class.MinBond) {
		return types.ErrBondTooSmall.Wrapf("bond is %s%s, %s needs at least %s%s", r.Bond.Amount, params.BondDenom, r.WorkClass, class.MinBond, params.BondDenom)
	}
	return nil
}

func checkExpiry(params types.Params, r types.Registration, height int64) error {
	if r.ExpiryHeight < height {
		return types.ErrRegistrationExpired.Wrapf("expiry_height %d is below the height %d: sign again with a later one", r.ExpiryHeight, height)
	}
	if latest := height + int64(params.MaxRegistrationBlocks); r.ExpiryHeight > latest {
		return types.ErrExpiryTooFar.Wrapf("expiry_height %d is above %d (height %d + max_registration_blocks %d)", r.ExpiryHeight, latest, height, params.MaxRegistrationBlocks)
	}
	return nil
}

// checkGeneration lets a key register once, and again only after it retired and its bond was withdrawn, so that no
// signed registration ever holds twice.
func (k *Keeper) checkGeneration(ctx context.Context, d types.Device) error {
	old, err := k.Devices.Get(ctx, d.Id)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		if d.Generation != 1 {
			return types.ErrWrongGeneration.Wrapf("generation is %d, a new key starts with 1", d.Generation)
		}
		return nil
	case err != nil:
		return err
	case !old.IsRetired():
		return types.ErrAlreadyRegistered.Wrapf("device %s has generation %d and owner %s: retire it first", d.Text(), old.Generation, old.Owner)
	case old.HasBond():
		return types.ErrBondNotWithdrawn.Wrapf("device %s: withdraw its bond of %s first (from epoch %d)", d.Text(), old.Bond, old.UnbondingEpoch)
	case d.Generation-1 != old.Generation:
		return types.ErrWrongGeneration.Wrapf("generation is %d, want %d after the retired %d", d.Generation, old.Generation+1, old.Generation)
	case d.WorkClass != old.WorkClass:
		return types.ErrClassChanged.Wrapf("device %s was %s, not %s: use another key", d.Text(), old.WorkClass, d.WorkClass)
	}
	return nil
}

// storeRegistered writes a checked device. What a retired registration of the same key is still owed goes to its
// beneficiary first.
func (k *Keeper) storeRegistered(ctx context.Context, d types.Device) error {
	old, err := k.Devices.Get(ctx, d.Id)
	switch {
	case err == nil:
		if _, err := k.beforePayeeChanged(ctx, old); err != nil {
			return err
		}
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeviceRegistered{
		DeviceId: d.Text(), Owner: d.Owner, WorkClass: d.WorkClass, Beneficiary: d.Beneficiary, Bond: d.Bond.String(),
		BondPayer: d.BondPayer, Generation: d.Generation,
	})
}
