package testutil

import (
	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// Device is a GPU with its key. It remembers its work of each window and what it committed to.
type Device struct {
	devicetestutil.Key
	ChainID string
	// Tile replaces the honest tiles of windows that begin after it is set.
	Tile Tile

	provers   map[uint64]*Prover
	committed map[uint64]gpu.Commitment
}

// NewDevice is the n-th device of a chain.
func NewDevice(chainID string, n uint64) *Device {
	return &Device{Key: devicetestutil.NumberedKey(n), ChainID: chainID, provers: map[uint64]*Prover{}, committed: map[uint64]gpu.Commitment{}}
}

// Statement signs a payload for a window and phase.
func (d *Device) Statement(window uint64, phase types.Phase, payload []byte) types.Evidence {
	return d.Sign(types.Evidence{DeviceId: d.ID(), WorkClass: devicetypes.WORK_CLASS_GPU, Window: window, Phase: phase, Payload: payload})
}

// Sign returns the evidence with this device's signature, whatever device it names.
func (d *Device) Sign(e types.Evidence) types.Evidence {
	e.Signature = d.Key.Sign(types.EvidenceSignBytes(d.ChainID, e))
	return e
}

// Commit does the rounds and commits to them. The window must have its seed.
func (d *Device) Commit(w types.Window, rounds uint64) types.Evidence {
	p := d.provers[w.Id]
	if p == nil {
		p = NewProver(w.Gpu.Kernel(), gpu.Seed0(d.ChainID, w.Id, [32]byte(w.SeedMix), d.ID()), d.Tile)
		d.provers[w.Id] = p
	}
	c := p.Commit(rounds)
	d.committed[w.Id] = c
	return d.Statement(w.Id, types.PHASE_COMMIT, c.Marshal())
}

// Claim commits to rounds under a root that stands for no work.
func (d *Device) Claim(w types.Window, rounds uint64) types.Evidence {
	return d.Statement(w.Id, types.PHASE_COMMIT, gpu.Commitment{Rounds: rounds, Root: gpu.Root{1}}.Marshal())
}

// Open opens the last commitment of the window, which must have both draws.
func (d *Device) Open(w types.Window) types.Evidence {
	return d.Statement(w.Id, types.PHASE_OPEN, d.provers[w.Id].Open(d.Challenge(w)))
}

// Challenge is what the window asks of the device's last commitment.
func (d *Device) Challenge(w types.Window) gpu.Challenge {
	return gpu.Challenge{
		Seed0:      gpu.Seed0(d.ChainID, w.Id, [32]byte(w.SeedMix), d.ID()),
		Commitment: d.committed[w.Id], MixA: [32]byte(w.DrawAMix), MixB: [32]byte(w.DrawBMix),
	}
}

// Worked tells whether the device has done rounds in the window.
func (d *Device) Worked(w types.Window) bool { return d.provers[w.Id] != nil }
