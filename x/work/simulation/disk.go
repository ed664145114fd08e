package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/keeper"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// maxPlots bounds a simulated disk: each plot takes most of a second to make.
const maxPlots = 2

// Plotters are the disks that have been asked, with their plots. They follow from chain id and number, so keeping them
// changes no message.
type Plotters map[string]*testutil.DiskDevice

func (p Plotters) get(chainID string, n uint64) *testutil.DiskDevice {
	d := testutil.NewDiskDevice(chainID, n)
	if p[d.Text()] == nil {
		p[d.Text()] = d
	}
	return p[d.Text()]
}

// diskEvidence is the n-th key's proof for its claim, if it has one, the window is its own and a chain counts.
func (s search) diskEvidence(n uint64, w types.Window) (types.Evidence, bool) {
	d := s.disks.get(s.ctx.ChainID(), n)
	record, err := s.k.Devices.Get(s.ctx, types.DeviceWorkKey(devicetypes.WORK_CLASS_DISK, d.ID()))
	if err != nil {
		return types.Evidence{}, false
	}
	claim, ok := record.ClaimFor(w.Epoch)
	if !ok || !w.Serves(d.ID()) || claim.PlotParams() != d.PlotParams || claim.Plots > maxPlots {
		return types.Evidence{}, false
	}
	// Whether the state would take anything of it is cheaper to know than what its plots say.
	blank, err := disk.EncodeEvidence(d.PlotParams, []disk.Share{{Proof: make([]byte, d.PlotParams.ProofSize())}})
	if err != nil || !s.live(d.Statement(w.Id, types.PHASE_PROVE, blank)) {
		return types.Evidence{}, false
	}
	return d.Prove(w, claim.Plots)
}

// MsgSetDiskClaimFactory claims a plot or two of a disk, and now and then ends a claim.
func MsgSetDiskClaimFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetDiskClaim] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetDiskClaim) {
		msg := &types.MsgSetDiskClaim{}
		if data.Rand().Intn(8) > 0 {
			msg.Plots, msg.K, msg.Strength = 1+uint32(data.Rand().Intn(maxPlots)), disk.MinK, disk.BaseStrength
		}
		first := data.Rand().Intn(deviceKeys)
		for i := range deviceKeys {
			n := uint64((first + i) % deviceKeys)
			key := devicetestutil.NumberedKey(n)
			d, known, err := k.Device(ctx, key.ID())
			if err != nil || !known || !data.HasAccount(d.Owner) {
				continue
			}
			msg.Owner, msg.DeviceId = d.Owner, key.Text()
			if k.Disk.CheckClaim(ctx, msg) == nil {
				return []simsx.SimAccount{data.GetAccount(reporter, d.Owner)}, msg
			}
		}
		reporter.Skip("no disk may claim that")
		return nil, nil
	}
}
