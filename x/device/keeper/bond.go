package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// BondAllowance is how many units of work in one window (or epoch) the device's bond covers: ⌊bond / bond_per_unit⌋,
// the largest number when its class asks for min_bond alone. ErrClassNotOpen when the parameters no longer list the
// class.
func (k *Keeper) BondAllowance(ctx context.Context, d types.Device) (units uint64, err error) {
	class, err := k.ClassParams(ctx, d.WorkClass)
	if err != nil {
		return 0, err
	}
	return class.Allowance(d.Bond.Amount), nil
}

// TotalBonds is the sum of all bonds, which is the module account's balance in the bond denomination.
func (k *Keeper) TotalBonds(ctx context.Context) (math.Int, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return math.Int{}, err
	}
	return k.bank.GetBalance(ctx, k.accounts.GetModuleAddress(types.ModuleName), params.BondDenom).Amount, nil
}

// addBond raises a bond. Only its payer may: a bond returns to one account.
func (k *Keeper) addBond(ctx context.Context, payer, deviceID string, amount sdk.Coin) (sdk.Coin, error) {
	from, err := k.address("bond_payer", payer)
	if err != nil {
		return sdk.Coin{}, err
	}
	d, err := k.deviceByText(ctx, deviceID)
	if err != nil {
		return sdk.Coin{}, err
	}
	switch {
	case d.BondPayer != payer:
		return sdk.Coin{}, types.ErrUnauthorized.Wrapf("the bond of %s was paid by %s, only that account may raise it", deviceID, d.BondPayer)
	case d.IsRetired():
		return sdk.Coin{}, types.ErrDeviceRetired.Wrapf("device %s: register it again with a larger bond", deviceID)
	case amount.Denom != d.Bond.Denom:
		return sdk.Coin{}, types.ErrBondDenom.Wrapf("amount is in %q, want %q", amount.Denom, d.Bond.Denom)
	case amount.Amount.IsNil() || !amount.Amount.IsPositive():
		return sdk.Coin{}, types.ErrInvalidBond.Wrapf("amount is %s, it must be positive", amount.Amount)
	}
	if d.Bond.Amount, err = d.Bond.Amount.SafeAdd(amount.Amount); err != nil {
		return sdk.Coin{}, types.ErrInvalidBond.Wrapf("bond: %s", err)
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, sdk.Coins{amount}); err != nil {
		return sdk.Coin{}, errorsmod.Wrapf(err, "bond of %s from %s", amount, payer)
	}
	if err := k.setDevice(ctx, d); err != nil {
		return sdk.Coin{}, err
	}
	return d.Bond, emit(ctx, &types.EventBondAdded{DeviceId: deviceID, Amount: amount.String(), Bond: d.Bond.String()})
}

// withdrawBond returns an unbonded bond to the account that paid it, whoever asks.
func (k *Keeper) withdrawBond(ctx context.Context, deviceID string) (sdk.Coin, error) {
	d, err := k.deviceByText(ctx, deviceID)
	if err != nil {
		return sdk.Coin{}, err
	}
	if !d.IsRetired() {
		return sdk.Coin{}, types.ErrNotRetired.Wrapf("device %s: its bond is locked until it is retired", deviceID)
	}
	if !d.HasBond() {
		return sdk.Coin{}, types.ErrNoBond.Wrapf("the bond of %s was already withdrawn", deviceID)
	}
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return sdk.Coin{}, err
	}
	if epoch < d.UnbondingEpoch {
		return sdk.Coin{}, types.ErrUnbonding.Wrapf("the bond of %s is free from epoch %d, it is epoch %d", deviceID, d.UnbondingEpoch, epoch)
	}
	amount := d.Bond
	if err := k.returnBond(ctx, d.BondPayer, amount); err != nil {
		return sdk.Coin{}, err
	}
	d.Bond.Amount = math.ZeroInt()
	if err := k.setDevice(ctx, d); err != nil {
		return sdk.Coin{}, err
	}
	return amount, emit(ctx, &types.EventBondWithdrawn{DeviceId: deviceID, BondPayer: d.BondPayer, Amount: amount.String()})
}

func (k *Keeper) returnBond(ctx context.Context, payer string, amount sdk.Coin) error {
	to, err := k.address("bond_payer", payer)
	if err != nil {
		return err
	}
	err = k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, to, sdk.Coins{amount})
	return errorsmod.Wrapf(err, "bond of %s to %s", amount, payer)
}
