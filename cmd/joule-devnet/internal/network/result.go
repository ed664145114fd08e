package network

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
)

// lastLook bounds the look at a devnet that failed.
const lastLook = 10 * time.Second

// Result is the JSON object that ends a run. Amounts are ujoule in decimal text.
type Result struct {
	OK bool `json:"ok"`
	// Reason says why not.
	Reason     string `json:"reason,omitempty"`
	ChainID    string `json:"chain_id"`
	Validators int    `json:"validators"`
	// Backend is what computed.
	Backend string `json:"backend"`
	// FirstHeight is where all sidecars worked; Height is the one that the figures belong to.
	FirstHeight int64 `json:"first_height"`
	Height      int64 `json:"height"`
	// AppHash is the state's hash at Height, the same on every validator.
	AppHash    string                 `json:"app_hash,omitempty"`
	Wanted     uint64                 `json:"epochs_wanted"`
	Epochs     []ledger.Epoch         `json:"epochs"`
	Classes    map[string]ClassResult `json:"classes"`
	Devices    []DeviceResult         `json:"devices"`
	Invariants Verdict                `json:"invariants"`
	Fault      *FaultResult           `json:"fault,omitempty"`
	Seconds    float64                `json:"seconds"`
}

// ClassResult sums a class's devices. Accrued is all that they were credited, Claimed the part of it that was paid out;
// Minted is what the settled epochs minted for the class.
type ClassResult struct {
	Devices int      `json:"devices"`
	Units   math.Int `json:"units"`
	Minted  math.Int `json:"minted"`
	Accrued math.Int `json:"accrued"`
	Claimed math.Int `json:"claimed"`
}

// DeviceResult is one device's account since genesis.
type DeviceResult struct {
	Name     string   `json:"name"`
	DeviceID string   `json:"device_id"`
	Class    string   `json:"class"`
	Backend  string   `json:"backend"`
	Units    math.Int `json:"units"`
	Accrued  math.Int `json:"accrued"`
	Claimed  math.Int `json:"claimed"`
	// Attested is its hardware evidence, with --tpm.
	Attested *AttestedResult `json:"attested,omitempty"`
	// Radio is a radio's part.
	Radio *RadioResult `json:"radio,omitempty"`
}

// Verdict is what the validators say of the accounting.
type Verdict struct {
	Holds  bool     `json:"holds"`
	Broken []string `json:"broken"`
	Height int64    `json:"height"`
	// Validators is how many were asked.
	Validators int `json:"validators"`
}

// bare is the result of which no figures are known.
func (n *network) bare() *Result {
	return &Result{
		ChainID: n.opts.Spec.ChainID, Validators: len(n.opts.Spec.Validators), Backend: n.backend(), FirstHeight: n.firstSeen,
		Wanted: n.opts.Epochs, Epochs: append([]ledger.Epoch{}, n.ledger.Epochs()...), Classes: map[string]ClassResult{}, Devices: []DeviceResult{},
		Invariants: Verdict{Broken: append([]string{}, n.broken...), Height: n.checked, Holds: n.checked > 0 && len(n.broken) == 0},
	}
}

// known gathers what the best node knows now, for a run that failed; it is brief, for the nodes may be gone.
func (n *network) known(ctx context.Context) *Result {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	r := n.bare()
	r.Height = n.head(ctx)
	_ = n.accounts(ctx, r) // what cannot be asked stays out
	return r
}

// final gathers the figures of one height, which every node must have.
func (n *network) final(ctx context.Context, height int64) (*Result, error) {
	r := n.bare()
	r.Height = height
	return r, errors.Join(n.accounts(ctx, r), n.verdict(ctx, r), n.sameState(ctx, r), n.attested(ctx, r))
}

func (n *network) accounts(ctx context.Context, r *Result) error {
	for _, s := range n.sidecars {
		for _, d := range s.devices {
			w, err := n.nodes.DeviceWork(ctx, d.id, r.Height)
			if err != nil {
				return err
			}
			st, _ := s.status.of(d.name)
			r.add(DeviceResult{
				Name: d.name, DeviceID: d.id, Class: d.class, Backend: st.Backend, Units: w.TotalUnits, Accrued: w.Credited(), Claimed: w.Claimed(),
				Radio: d.radio,
			}, n.ledger.Minted(d.class))
		}
	}
	return nil
}

// add enters a device and its part of its class's sums.
func (r *Result) add(d DeviceResult, minted math.Int) {
	r.Devices = append(r.Devices, d)
	c, ok := r.Classes[d.Class]
	if !ok {
		c = ClassResult{Units: math.ZeroInt(), Minted: minted, Accrued: math.ZeroInt(), Claimed: math.ZeroInt()}
	}
	c.Devices++
	c.Units, c.Accrued, c.Claimed = c.Units.Add(d.Units), c.Accrued.Add(d.Accrued), c.Claimed.Add(d.Claimed)
	r.Classes[d.Class] = c
}

// verdict asks every validator for the invariants at one height.
func (n *network) verdict(ctx context.Context, r *Result) error {
	r.Invariants = Verdict{Holds: true, Height: r.Height, Broken: []string{}}
	for i, v := range n.validators {
		answer, err := n.nodes.InvariantsOf(ctx, i, r.Height)
		if err != nil {
			return fmt.Errorf("%s: %w", v.spec.Name, err)
		}
		r.Invariants.Validators++
		r.Invariants.Holds = r.Invariants.Holds && answer.Holds
		for _, b := range answer.Broken {
			r.Invariants.Broken = append(r.Invariants.Broken, v.spec.Name+": "+b)
		}
	}
	return nil
}

// sameState demands one state's hash of all validators.
func (n *network) sameState(ctx context.Context, r *Result) error {
	for i, v := range n.validators {
		hash, err := n.nodes.AppHash(ctx, i, r.Height)
		if err != nil {
			return fmt.Errorf("%s: %w", v.spec.Name, err)
		}
		if r.AppHash == "" {
			r.AppHash = hash
		}
		if hash != r.AppHash {
			return fmt.Errorf("%w: the state's hash at height %d is %s on %s and %s on %s", ErrBroken, r.Height, r.AppHash, n.validators[0].spec.Name, hash, v.spec.Name)
		}
	}
	return nil
}

// finish notes how the run ended.
func (r *Result) finish(n *network, err error) {
	r.OK = err == nil
	if err != nil {
		r.Reason = err.Error()
	}
	if n.fault.stage > faultAhead {
		told := n.fault.told
		r.Fault = &told
	}
	r.Seconds = float64(time.Since(n.started).Milliseconds()) / 1000
}
