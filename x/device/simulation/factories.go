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

// deviceKeys is how many device keys a simulation knows. A key is derived from its number, so the simulation holds no
// state of its own and a run with the same seed sends the same messages.
const deviceKeys = 64

// RegisterFactories registers the factories of the module's messages with their weights.
func RegisterFactories(weights simsx.WeightSource, reg simsx.Registry, k *keeper.Keeper) {
	reg.Add(weights.Get("msg_register_device", 100), MsgRegisterDeviceFactory(k))
	reg.Add(weights.Get("msg_register_devices", 30), MsgRegisterDevicesFactory(k))
	reg.Add(weights.Get("msg_sponsor_devices", 30), MsgSponsorDevicesFactory(k))
	reg.Add(weights.Get("msg_add_bond", 30), MsgAddBondFactory(k))
	reg.Add(weights.Get("msg_set_beneficiary", 30), MsgSetBeneficiaryFactory(k))
	reg.Add(weights.Get("msg_suspend_device", 30), MsgSuspendDeviceFactory(k))
	reg.Add(weights.Get("msg_resume_device", 60), MsgResumeDeviceFactory(k))
	reg.Add(weights.Get("msg_offer_device", 40), MsgOfferDeviceFactory(k))
	reg.Add(weights.Get("msg_accept_device", 60), MsgAcceptDeviceFactory(k))
	reg.Add(weights.Get("msg_retire_device", 30), MsgRetireDeviceFactory(k))
	reg.Add(weights.Get("msg_withdraw_bond", 60), MsgWithdrawBondFactory(k))
	reg.Add(weights.Get("msg_reclaim_bond", 20), MsgReclaimBondFactory(k))
	reg.Add(weights.Get("msg_keep_device", 10), MsgKeepDeviceFactory(k))
	reg.Add(weights.Get("msg_attest", 40), MsgAttestFactory(k))
	reg.Add(weights.Get("msg_release_chip", 10), MsgReleaseChipFactory(k))
}

// MsgRegisterDeviceFactory registers a free key, new or retired, with the owner's or another's account as the
// beneficiary.
func MsgRegisterDeviceFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRegisterDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterDevice) {
		owner := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		beneficiary := data.AnyAccount(reporter)
		if reporter.IsSkipped() {
			return nil, nil
		}
		regs := registrations(ctx, data, reporter, k, owner, owner, 1, testutil.WithBeneficiary(beneficiary.AddressBech32))
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgRegisterDevice{Owner: owner.AddressBech32, Registration: regs[0]}
	}
}

// MsgRegisterDevicesFactory registers a fleet.
func MsgRegisterDevicesFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRegisterDevices] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterDevices) {
		owner := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		regs := registrations(ctx, data, reporter, k, owner, owner, 1+data.Rand().Intn(4))
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgRegisterDevices{Owner: owner.AddressBech32, Registrations: regs}
	}
}

// MsgSponsorDevicesFactory registers devices of one account with another's bonds.
func MsgSponsorDevicesFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSponsorDevices] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSponsorDevices) {
		sponsor := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		owner := data.AnyAccount(reporter)
		if reporter.IsSkipped() {
			return nil, nil
		}
		regs := registrations(ctx, data, reporter, k, owner, sponsor, 1+data.Rand().Intn(4), testutil.WithBondPayer(sponsor.AddressBech32))
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{sponsor}, &types.MsgSponsorDevices{Sponsor: sponsor.AddressBech32, Registrations: regs}
	}
}

// registrations signs up to n registrations of free keys that the payer can bond; it skips when there is none.
func registrations(
	ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, k *keeper.Keeper,
	owner, payer simsx.SimAccount, n int, opts ...testutil.Option,
) []types.Registration {
	params, err := k.Params.Get(ctx)
	if err != nil {
		reporter.Skip(err.Error())
		return nil
	}
	sdkCtx, r := sdk.UnwrapSDKContext(ctx), data.Rand()
	first, used := r.Intn(deviceKeys), make([]types.Registration, 0, n)
	for i := 0; i < deviceKeys && len(used) < min(n, int(params.MaxBatch)); i++ {
		number := uint64((first + i) % deviceKeys)
		key, rules := testutil.NumberedKey(number), params.Classes[0]
		kind := testutil.With(func(*types.Registration) {})
		if testutil.NumberedClass(number) == types.WORK_CLASS_DISK {
			rules, kind = params.Classes[1], testutil.ForDisk()
		}
		if testutil.NumberedClass(number) == types.WORK_CLASS_RADIO {
			rules, kind = params.Classes[2], testutil.ForRadio()
		}
		generation, free := freeGeneration(ctx, k, key.ID())
		if !free {
			continue
		}
		bond := sdk.NewCoin(params.BondDenom, rules.MinBond.Add(math.NewInt(r.Int63n(1_000))))
		if !payer.LiquidBalance().BlockAmount(bond) {
			break
		}
		all := append([]testutil.Option{
			testutil.WithGeneration(generation), kind,
			testutil.WithExpiry(sdkCtx.BlockHeight() + 1 + r.Int63n(int64(params.MaxRegistrationBlocks))),
			testutil.With(func(reg *types.Registration) { reg.Bond = bond }),
		}, opts...)
		used = append(used, testutil.Registration(sdkCtx.ChainID(), owner.AddressBech32, key, all...))
	}
	if len(used) == 0 {
		reporter.Skip("no free device key or no balance for a bond")
	}
	return used
}

// freeGeneration tells whether a key may register now and under which generation.
func freeGeneration(ctx context.Context, k *keeper.Keeper, id []byte) (uint64, bool) {
	known, err := k.HasDevice(ctx, id)
	if err != nil {
		return 0, false
	}
	if !known {
		return 1, true
	}
	d, err := k.GetDevice(ctx, id)
	return d.Generation + 1, err == nil && d.IsRetired() && !d.HasBond()
}
