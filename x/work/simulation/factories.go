package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

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

// MsgSubmitWorkFactory relays new evidence of registered devices: commitments, larger ones, openings, now and then beside a stale
// item. The batch is wrapped in a MsgExec of its relayer, since simulations pay fees and the lane takes none.
func MsgSubmitWorkFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*authz.MsgExec] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *authz.MsgExec) {
		relayer := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		s := search{k: k, ctx: sdk.UnwrapSDKContext(ctx).WithExecMode(sdk.ExecModeFinalize), rng: data.Rand(), reporter: reporter}
		evidence := s.run()
		if reporter.IsSkipped() {
			return nil, nil
		}
		exec := authz.NewMsgExec(relayer.Address, []sdk.Msg{&types.MsgSubmitWork{Relayer: relayer.AddressBech32, Evidence: evidence}})
		exec.Grantee = relayer.AddressBech32
		return []simsx.SimAccount{relayer}, &exec
	}
}

// search looks for new evidence. It holds nothing between messages: keys follow from their numbers and work from its seed.
type search struct {
	k        *keeper.Keeper
	ctx      sdk.Context
	rng      *simsx.XRand
	reporter simsx.SimulationReporter
}

func (s search) run() []types.Evidence {
	params, err := s.k.GetParams(s.ctx)
	if err != nil {
		s.reporter.Skip(err.Error())
		return nil
	}
	windows, err := s.k.LiveWindowsOf(s.ctx, devicetypes.WORK_CLASS_GPU)
	if err != nil || len(windows) == 0 {
		s.reporter.Skip("no live window")
		return nil
	}
	most := min(1+s.rng.Intn(maxItems), int(params.Lane.MaxEvidencePerTx))
	var found []types.Evidence
	first := s.rng.Intn(deviceKeys)
	for n := 0; n < deviceKeys && len(found) < most; n++ {
		device := testutil.NewDevice(s.ctx.ChainID(), uint64((first+n)%deviceKeys))
		w := windows[s.rng.Intn(len(windows))]
		if e, ok := s.evidence(device, w); ok {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		s.reporter.Skip("no device has anything new")
	}
	return found
}

// evidence is what the device may say about the window now.
func (s search) evidence(d *testutil.Device, w types.Window) (types.Evidence, bool) {
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
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{Authority: k.Authority(), Params: randomParams(data.Rand().Rand)}
	}
}
