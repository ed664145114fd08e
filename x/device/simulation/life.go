package simulation

import (
	"context"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/keeper"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// anyDevice picks a registered device that fits, and the account of the one who must sign; it skips when there is none.
func anyDevice(
	ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, k *keeper.Keeper,
	signer func(types.Device) string, fits func(types.Device) bool,
) (types.Device, simsx.SimAccount) {
	first := data.Rand().Intn(deviceKeys)
	for i := range deviceKeys {
		d, err := k.GetDevice(ctx, testutil.NumberedKey(uint64((first+i)%deviceKeys)).ID())
		if err == nil && fits(d) && data.HasAccount(signer(d)) {
			return d, data.GetAccount(reporter, signer(d))
		}
	}
	reporter.Skip("no device fits")
	return types.Device{}, simsx.SimAccount{}
}

func ownerOf(d types.Device) string { return d.Owner }

// MsgAddBondFactory raises the bond of a device that is not retired.
func MsgAddBondFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAddBond] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAddBond) {
		d, payer := anyDevice(ctx, data, reporter, k, func(d types.Device) string { return d.BondPayer },
			func(d types.Device) bool { return !d.IsRetired() })
		if reporter.IsSkipped() {
			return nil, nil
		}
		amount := sdk.NewCoin(d.Bond.Denom, math.NewInt(1+data.Rand().Int63n(1_000)))
		if !payer.LiquidBalance().BlockAmount(amount) {
			reporter.Skip("balance too small")
			return nil, nil
		}
		return []simsx.SimAccount{payer}, &types.MsgAddBond{BondPayer: payer.AddressBech32, DeviceId: d.Text(), Amount: amount}
	}
}

// MsgSetBeneficiaryFactory names another beneficiary, of retired devices too.
func MsgSetBeneficiaryFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetBeneficiary] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetBeneficiary) {
		to := data.AnyAccount(reporter)
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool { return d.Beneficiary != to.AddressBech32 })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgSetBeneficiary{Owner: d.Owner, DeviceId: d.Text(), Beneficiary: to.AddressBech32}
	}
}

// MsgSuspendDeviceFactory suspends an active device.
func MsgSuspendDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSuspendDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSuspendDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, types.Device.IsActive)
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgSuspendDevice{Owner: d.Owner, DeviceId: d.Text()}
	}
}

// MsgResumeDeviceFactory resumes a device under maintenance, which is possible at any time.
func MsgResumeDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgResumeDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgResumeDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf,
			func(d types.Device) bool { return d.SuspensionReason == types.SUSPENSION_REASON_MAINTENANCE })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgResumeDevice{Owner: d.Owner, DeviceId: d.Text()}
	}
}

// MsgOfferDeviceFactory offers a device, and takes one offer in four back.
func MsgOfferDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgOfferDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgOfferDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool { return !d.IsRetired() })
		if reporter.IsSkipped() {
			return nil, nil
		}
		msg := &types.MsgOfferDevice{Owner: d.Owner, DeviceId: d.Text()}
		if d.PendingOwner == "" || data.Rand().Intn(4) > 0 {
			to := data.AnyAccount(reporter, simsx.ExcludeAccounts(owner))
			if reporter.IsSkipped() {
				return nil, nil
			}
			msg.NewOwner = to.AddressBech32
		}
		return []simsx.SimAccount{owner}, msg
	}
}

// MsgAcceptDeviceFactory accepts an offer, at times with a beneficiary of its own and with a bond of its own.
func MsgAcceptDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAcceptDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAcceptDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, func(d types.Device) string { return d.PendingOwner },
			func(d types.Device) bool { return d.PendingOwner != "" })
		if reporter.IsSkipped() {
			return nil, nil
		}
		msg := &types.MsgAcceptDevice{NewOwner: d.PendingOwner, DeviceId: d.Text()}
		if data.Rand().Bool() {
			msg.Beneficiary = data.AnyAccount(reporter).AddressBech32
		}
		msg.ReplaceBond = d.BondPayer != d.PendingOwner && data.Rand().Bool() && owner.LiquidBalance().BlockAmount(d.Bond)
		return []simsx.SimAccount{owner}, msg
	}
}

// MsgRetireDeviceFactory retires a device.
func MsgRetireDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRetireDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRetireDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool { return !d.IsRetired() })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgRetireDevice{Owner: d.Owner, DeviceId: d.Text()}
	}
}

// MsgWithdrawBondFactory withdraws a bond that is free, sent by any account.
func MsgWithdrawBondFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgWithdrawBond] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgWithdrawBond) {
		sender := data.AnyAccount(reporter)
		epoch, err := k.CurrentEpoch(ctx)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		d, _ := anyDevice(ctx, data, reporter, k, ownerOf,
			func(d types.Device) bool { return d.IsRetired() && d.HasBond() && d.UnbondingEpoch <= epoch })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{sender}, &types.MsgWithdrawBond{Sender: sender.AddressBech32, DeviceId: d.Text()}
	}
}

// MsgReclaimBondFactory gives notice for a device that somebody else sponsored; no run is long enough for the rest.
func MsgReclaimBondFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgReclaimBond] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgReclaimBond) {
		d, payer := anyDevice(ctx, data, reporter, k, func(d types.Device) string { return d.BondPayer },
			func(d types.Device) bool { return d.BondPayer != d.Owner && d.ReclaimEpoch == 0 && !d.IsRetired() })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{payer}, &types.MsgReclaimBond{BondPayer: d.BondPayer, DeviceId: d.Text()}
	}
}

// MsgKeepDeviceFactory answers a notice.
func MsgKeepDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgKeepDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgKeepDevice) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool { return d.ReclaimEpoch != 0 })
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgKeepDevice{Owner: d.Owner, DeviceId: d.Text()}
	}
}

// MsgUpdateParamsFactory proposes random parameters in the same denomination.
func MsgUpdateParamsFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		current, err := k.Params.Get(ctx)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		params := randomParams(data.Rand().Rand)
		params.BondDenom = current.BondDenom
		return nil, &types.MsgUpdateParams{Authority: k.Authority(), Params: params}
	}
}
