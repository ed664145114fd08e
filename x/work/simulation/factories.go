package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/keeper"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

const (
	// deviceKeys is how many device keys a simulation knows, those of the device module's.
	deviceKeys = 64
	// maxItems and maxRounds bound one message's work.
	maxItems, maxRounds = 4, 5
)

// MsgSubmitWorkFactory relays new evidence of registered devices: commitments, larger ones, openings, disks' proofs,
// and radios' beacons. The batch is wrapped in a MsgExec of its relayer, since simulations pay fees and the lane takes
// none.
func MsgSubmitWorkFactory(k *keeper.Keeper, disks Plotters) simsx.SimMsgFactoryFn[*authz.MsgExec] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *authz.MsgExec) {
		relayer := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		s := search{k: k, ctx: sdk.UnwrapSDKContext(ctx).WithExecMode(sdk.ExecModeFinalize), rng: data.Rand(), reporter: reporter, disks: disks}
		evidence := s.run()
		if reporter.IsSkipped() {
			return nil, nil
		}
		exec := authz.NewMsgExec(relayer.Address, []sdk.Msg{&types.MsgSubmitWork{Relayer: relayer.AddressBech32, Evidence: evidence}})
		exec.Grantee = relayer.AddressBech32
		return []simsx.SimAccount{relayer}, &exec
	}
}

// search looks for new evidence. It holds nothing between messages but plots: keys follow from their numbers and work
// from its seed.
type search struct {
	k        *keeper.Keeper
	ctx      sdk.Context
	rng      *simsx.XRand
	reporter simsx.SimulationReporter
	disks    Plotters
}

func (s search) run() []types.Evidence {
	params, err := s.k.GetParams(s.ctx)
	if err != nil {
		s.reporter.Skip(err.Error())
		return nil
	}
	windows, err := s.k.LiveWindows(s.ctx)
	if err != nil || len(windows) == 0 {
		s.reporter.Skip("no live window")
		return nil
	}
	most := min(1+s.rng.Intn(maxItems), int(params.Lane.MaxEvidencePerTx))
	var found []types.Evidence
	first := s.rng.Intn(deviceKeys)
	for n := 0; n < deviceKeys && len(found) < most; n++ {
		number := uint64((first + n) % deviceKeys)
		w, ok := s.pick(windows, devicetestutil.NumberedClass(number))
		if !ok {
			continue
		}
		e, ok := s.evidence(number, w)
		if ok {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		s.reporter.Skip("no device has anything new")
	}
	return found
}

// pick chooses one of a class's windows.
func (s search) pick(windows []types.Window, class devicetypes.WorkClass) (types.Window, bool) {
	var own []types.Window
	for _, w := range windows {
		if w.WorkClass == class {
			own = append(own, w)
		}
	}
	if len(own) == 0 {
		return types.Window{}, false
	}
	return own[s.rng.Intn(len(own))], true
}

// evidence is what the n-th device may say about the window now.
func (s search) evidence(n uint64, w types.Window) (types.Evidence, bool) {
	switch w.WorkClass {
	case devicetypes.WORK_CLASS_DISK:
		return s.diskEvidence(n, w)
	case devicetypes.WORK_CLASS_RADIO:
		return s.radioEvidence(n, w)
	}
	return s.gpuEvidence(testutil.NewDevice(s.ctx.ChainID(), n), w)
}

func (s search) gpuEvidence(d *testutil.Device, w types.Window) (types.Evidence, bool) {
	if s.ctx.BlockHeight() <= w.DrawBHeight {
		rounds := w.Gpu.MinRounds + uint64(s.rng.Intn(maxRounds))
		if !s.live(d.Claim(w, rounds)) {
			return types.Evidence{}, false
		}
		return d.Commit(w, rounds), true
	}
	record, err := s.k.Devices.Get(s.ctx, types.DeviceWorkKey(devicetypes.WORK_CLASS_GPU, d.ID()))
	if err != nil {
		return types.Evidence{}, false
	}
	commitment, found := record.Commitment(w.Id)
	if !found || !s.live(d.Statement(w.Id, types.PHASE_OPEN, []byte{1})) {
		return types.Evidence{}, false
	}
	d.Commit(w, commitment.Rounds)
	return d.Open(w), true
}

func (s search) live(e types.Evidence) bool {
	reasons, err := s.k.Classify(s.ctx, &types.MsgSubmitWork{Evidence: []types.Evidence{e}})
	return err == nil && reasons[0] == nil
}

// MsgUpdateParamsFactory proposes random parameters; live windows keep theirs.
func MsgUpdateParamsFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		before, err := k.GetParams(ctx)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		params := randomParams(data.Rand().Rand)
		params.Gpu.UnitShift, params.Gpu.WindowBlocks, params.Gpu.WindowProbabilityPpm = before.Gpu.UnitShift, before.Gpu.WindowBlocks, before.Gpu.WindowProbabilityPpm
		return nil, &types.MsgUpdateParams{Authority: k.Authority(), Params: params}
	}
}
