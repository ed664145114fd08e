package simulation

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/keeper"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// simulatedChips is how many chips there are: fewer than devices, so that they change hands.
const simulatedChips = 4

func chipName(n int) string { return fmt.Sprintf("sim %d", n) }

// MsgAttestFactory lets a chip that is free answer for an active GPU, as a renewal where there is one.
func MsgAttestFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAttest] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAttest) {
		d, _ := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool { return d.IsActive() && d.WorkClass == types.WORK_CLASS_GPU })
		sender := data.AnyAccount(reporter)
		if reporter.IsSkipped() {
			return nil, nil
		}
		chip := chipName(data.Rand().Intn(simulatedChips))
		if sender.AddressBech32 != d.Owner && displaces(ctx, k, d, chip) {
			reporter.Skip(types.ErrChipInForce.Error())
			return nil, nil
		}
		msg, err := attest(ctx, k, d, chip)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		msg.Sender = sender.AddressBech32
		return []simsx.SimAccount{sender}, msg
	}
}

// displaces tells whether another chip than this one is in force for the device.
func displaces(ctx context.Context, k *keeper.Keeper, d types.Device, chip string) bool {
	last, err := k.Attestations.Get(ctx, d.Id)
	epoch, epochErr := k.CurrentEpoch(ctx)
	id := testutil.GPUChipID(chip)
	return err == nil && epochErr == nil && !last.Lapsed(epoch) && string(last.ChipId) != string(id[:])
}

// attest makes the message, or tells why the chain would refuse it now.
func attest(ctx context.Context, k *keeper.Keeper, d types.Device, chip string) (*types.MsgAttest, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	now := sdkCtx.BlockTime()
	if now.Before(testutil.ChipsValidFrom) || now.After(testutil.ChipsValidUntil) ||
		!slices.ContainsFunc(params.Evidence.NvidiaRoots, func(r []byte) bool { return string(r) == string(testutil.GPURoot()) }) {
		return nil, fmt.Errorf("the chips' certificates are not accepted")
	}
	queries := keeper.NewQueryServer(k)
	// The context is that of the block that will execute the message.
	res, err := queries.AttestNonce(sdkCtx.WithBlockHeight(sdkCtx.BlockHeight()-1), &types.QueryAttestNonceRequest{DeviceId: d.Text(), Kind: types.EVIDENCE_KIND_NVIDIA})
	if err != nil {
		return nil, err
	}
	id := testutil.GPUChipID(chip)
	holder, err := queries.DeviceByChip(ctx, &types.QueryDeviceByChipRequest{ChipId: hex.EncodeToString(id[:])})
	if err == nil && holder.DeviceId != d.Text() && !holder.Lapsed {
		return nil, types.ErrChipTaken
	}
	renewal := res.Renewal && err == nil && holder.DeviceId == d.Text()
	return &types.MsgAttest{DeviceId: d.Text(), NonceHeight: res.NonceHeight, Evidence: testutil.NewGPU(chip, "GH100").Evidence([32]byte(res.Nonce), renewal)}, nil
}

// MsgReleaseChipFactory releases a chip that is in force.
func MsgReleaseChipFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgReleaseChip] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgReleaseChip) {
		d, owner := anyDevice(ctx, data, reporter, k, ownerOf, func(d types.Device) bool {
			a, err := k.Attestations.Get(ctx, d.Id)
			epoch, epochErr := k.CurrentEpoch(ctx)
			return err == nil && epochErr == nil && !a.Lapsed(epoch)
		})
		if reporter.IsSkipped() {
			return nil, nil
		}
		return []simsx.SimAccount{owner}, &types.MsgReleaseChip{Owner: d.Owner, DeviceId: d.Text()}
	}
}

// MsgUpdateRevocationsFactory proposes a hash that no chip has.
func MsgUpdateRevocationsFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateRevocations] {
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateRevocations) {
		hash := make([]byte, 32)
		for i := range hash {
			hash[i] = byte(data.Rand().Intn(256))
		}
		return nil, &types.MsgUpdateRevocations{Authority: k.Authority(), Add: [][]byte{hash}}
	}
}
