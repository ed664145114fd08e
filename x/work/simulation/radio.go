package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/keeper"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// maxDenied bounds the radios that a simulated denylist names.
const maxDenied = 4

// radio is the n-th key's radio with its number, if it has one.
func (s search) radio(n uint64) (*testutil.RadioDevice, bool) {
	d := testutil.NewRadioDevice(s.ctx.ChainID(), n)
	r, err := s.k.Radio.Radios.Get(s.ctx, d.ID())
	if err != nil {
		return nil, false
	}
	d.Number = r.Number
	return d, true
}

// radioEvidence is the n-th key's commitment, or its beacon with the receipts of a few others.
func (s search) radioEvidence(n uint64, w types.Window) (types.Evidence, bool) {
	d, ok := s.radio(n)
	if !ok || w.Epoch >= testutil.RadioChainEnd {
		return types.Evidence{}, false
	}
	if e := d.Statement(w.Id, types.PHASE_COMMIT, make([]byte, radio.HashSize)); s.live(e) {
		return e, true
	}
	if !s.live(d.Open(w)) {
		return types.Evidence{}, false
	}
	heard := map[uint32]radio.Receipt{}
	for number := range uint64(deviceKeys) {
		other, ok := s.radio(number)
		if ok && number != n && devicetestutil.NumberedClass(number) == devicetypes.WORK_CLASS_RADIO {
			heard[other.Number] = other.Hear(w, d)
		}
	}
	var receipts []radio.Receipt
	for number := uint32(1); number <= deviceKeys && len(receipts) < radio.MaxWitnesses; number++ {
		if r, ok := heard[number]; ok {
			receipts = append(receipts, r)
		}
	}
	return d.Open(w, receipts...), true
}

// MsgAssertRadioFactory asserts a radio, moves it now and then, and renews its chain.
func MsgAssertRadioFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAssertRadio] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAssertRadio) {
		epoch, err := k.Epoch(ctx)
		if err != nil || epoch+1 >= testutil.RadioChainEnd {
			reporter.Skip("no epoch for another assertion")
			return nil, nil
		}
		chainID, first := sdk.UnwrapSDKContext(ctx).ChainID(), data.Rand().Intn(deviceKeys)
		for i := range deviceKeys {
			d := testutil.NewRadioDevice(chainID, uint64((first+i)%deviceKeys))
			device, known, err := k.Device(ctx, d.ID())
			if err != nil || !known || !data.HasAccount(device.Owner) {
				continue
			}
			d.Gain += int32(data.Rand().Intn(3)) * 10
			if msg := d.Assert(device.Owner, epoch); k.Radio.CheckAssertion(ctx, msg) == nil {
				return []simsx.SimAccount{data.GetAccount(reporter, device.Owner)}, msg
			}
		}
		reporter.Skip("no radio may assert")
		return nil, nil
	}
}

// MsgReleaseRadioFactory releases a radio that is retired or idle.
func MsgReleaseRadioFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgReleaseRadio] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgReleaseRadio) {
		sender := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		for n := range uint64(deviceKeys) {
			msg := &types.MsgReleaseRadio{Sender: sender.AddressBech32, DeviceId: devicetestutil.NumberedKey(n).Text()}
			if k.Radio.CheckRelease(ctx, msg) == nil {
				return []simsx.SimAccount{sender}, msg
			}
		}
		reporter.Skip("no radio may be released")
		return nil, nil
	}
}

// MsgUpdateRadioDenylistFactory proposes to deny a radio and a pair, or to allow them again.
func MsgUpdateRadioDenylistFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateRadioDenylist] {
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateRadioDenylist) {
		number := 1 + uint32(data.Rand().Intn(maxDenied))
		edges := []types.RadioEdge{{A: number + 1, B: number}}
		if data.Rand().Intn(2) == 0 {
			return nil, &types.MsgUpdateRadioDenylist{Authority: k.Authority(), Deny: []uint32{number}, DenyEdges: edges}
		}
		return nil, &types.MsgUpdateRadioDenylist{Authority: k.Authority(), Allow: []uint32{number}, AllowEdges: edges}
	}
}
