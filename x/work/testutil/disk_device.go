package testutil

import (
	"slices"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

// DiskDevice is a disk with its key. It makes each plot when it is first asked for, and keeps it.
type DiskDevice struct {
	devicetestutil.Key
	ChainID string
	// PlotParams are its plots'.
	PlotParams disk.Params

	plots map[uint32]*Plot
}

// NewDiskDevice is the n-th device of a chain, with plots of the smallest k at base strength.
func NewDiskDevice(chainID string, n uint64) *DiskDevice {
	return &DiskDevice{
		Key: devicetestutil.NumberedKey(n), ChainID: chainID, PlotParams: disk.Params{K: disk.MinK, Strength: disk.BaseStrength},
		plots: map[uint32]*Plot{},
	}
}

// Plot is the device's plot of a number.
func (d *DiskDevice) Plot(index uint32) *Plot {
	if d.plots[index] == nil {
		d.plots[index] = NewPlot(d.ChainID, d.ID(), d.PlotParams, index)
	}
	return d.plots[index]
}

// Chains are all chains of the first plots under a window's challenge, by ascending quality.
func (d *DiskDevice) Chains(window uint64, mix [32]byte, plots uint32) (shares []disk.Share) {
	selector, challenge := disk.DeriveSelector(d.ChainID, d.ID()), disk.DeriveChallenge(d.ChainID, window, mix)
	for index := range plots {
		shares = append(shares, d.Plot(index).Shares(selector, challenge)...)
	}
	slices.SortFunc(shares, func(a, b disk.Share) int { return a.Quality.Compare(b.Quality) })
	return shares
}

// Shares are the chains of the claimed plots that the window pays: within the threshold, the best max_proofs of them.
func (d *DiskDevice) Shares(w types.Window, plots uint32) (shares []disk.Share) {
	for _, s := range d.Chains(w.Id, [32]byte(w.SeedMix), plots) {
		if s.Quality.Within(uint64(plots), uint64(w.Disk.Lambda)) && len(shares) < int(w.Disk.MaxProofs) {
			shares = append(shares, s)
		}
	}
	return shares
}

// Prove answers a window for a claim of so many plots; false if no chain counts.
func (d *DiskDevice) Prove(w types.Window, plots uint32) (types.Evidence, bool) {
	shares := d.Shares(w, plots)
	if len(shares) == 0 {
		return types.Evidence{}, false
	}
	return d.Evidence(w.Id, shares), true
}

// Evidence signs shares for a window.
func (d *DiskDevice) Evidence(window uint64, shares []disk.Share) types.Evidence {
	payload, err := disk.EncodeEvidence(d.PlotParams, shares)
	if err != nil {
		panic(err)
	}
	return d.Statement(window, types.PHASE_PROVE, payload)
}

// Statement signs a payload for a window and phase.
func (d *DiskDevice) Statement(window uint64, phase types.Phase, payload []byte) types.Evidence {
	return d.Sign(types.Evidence{DeviceId: d.ID(), WorkClass: devicetypes.WORK_CLASS_DISK, Window: window, Phase: phase, Payload: payload})
}

// Sign returns the evidence with this device's signature, whatever device it names.
func (d *DiskDevice) Sign(e types.Evidence) types.Evidence {
	e.Signature = d.Key.Sign(types.EvidenceSignBytes(d.ChainID, e))
	return e
}
