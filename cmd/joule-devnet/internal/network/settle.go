package network

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/table"
)

// settle enters every epoch that is frozen at a height (0: the newest) and not entered yet into the ledger. What a
// device earned is read from the state of the block that froze the epoch: its units are final there, and no claim has
// settled them yet.
func (n *network) settle(ctx context.Context, height int64) error {
	for {
		number := n.ledger.Next()
		e, err := n.nodes.Emission(ctx, number, height)
		if nodes.IsNotFound(err) || (err == nil && !e.Frozen) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := n.enter(ctx, e); err != nil {
			return err
		}
		if err := n.checkInvariants(ctx); err != nil {
			return err
		}
		if err := n.checkMissed(); err != nil {
			return err
		}
	}
}

func (n *network) enter(ctx context.Context, e emissionstypes.EpochEmission) error {
	if err := n.seeWindows(ctx, e); err != nil {
		return err
	}
	if err := n.seeBeacons(ctx, e); err != nil {
		return err
	}
	for _, d := range n.devices() {
		w, err := n.nodes.DeviceWork(ctx, d.id, e.FreezeHeight)
		if nodes.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, u := range w.Units {
			if u.Epoch == e.Epoch {
				n.ledger.SawUnits(d.id, e.Epoch, u.Units)
			}
		}
	}
	var classes []ledger.ClassPay
	for _, c := range e.Classes {
		classes = append(classes, ledger.ClassPay{Class: className(c.WorkClass), Units: c.Units, Pool: c.Pool, FromCarry: c.FromCarry, Minted: c.Minted})
	}
	entered, err := n.ledger.Settle(e.Epoch, classes)
	if err != nil {
		return err
	}
	n.opts.Screen.Say(fmt.Sprintf("epoch %d settled: %s, %d windows", entered.Number, entered.Outcome, entered.Windows))
	return nil
}

// className is gpu, disk or radio.
func className(c devicetypes.WorkClass) string {
	return strings.ToLower(strings.TrimPrefix(c.String(), "WORK_CLASS_"))
}

// devices are all sidecars' devices.
func (n *network) devices() []*device {
	var out []*device
	for _, s := range n.sidecars {
		out = append(out, s.devices...)
	}
	return out
}

// seeWindows finds the epoch's windows of all classes.
func (n *network) seeWindows(ctx context.Context, e emissionstypes.EpochEmission) error {
	if err := n.seeGPUWindows(ctx, e); err != nil {
		return err
	}
	n.seeRadioWindow(e)
	for _, d := range n.devices() {
		if d.class == spec.ClassDisk && e.Epoch >= d.claimFrom {
			if err := n.seeDiskWindow(ctx, e, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// seeGPUWindows: a window is in the state from its decision to its deadline, so looks that are that far apart miss
// none.
func (n *network) seeGPUWindows(ctx context.Context, e emissionstypes.EpochEmission) error {
	var gpus []string
	for _, d := range n.devices() {
		if d.class == spec.ClassGPU {
			gpus = append(gpus, d.id)
		}
	}
	life := int64(n.work.Gpu.WindowBlocks) + int64(n.work.Gpu.OpeningBlocks)
	for h := e.StartHeight; len(gpus) > 0; h = min(h+life, e.EndHeight) {
		windows, err := n.nodes.Windows(ctx, h)
		if err != nil {
			return err
		}
		for _, w := range windows {
			if w.WorkClass == devicetypes.WORK_CLASS_GPU {
				n.ledger.SawWindow(ledger.Window{Class: spec.ClassGPU, ID: w.Id, Epoch: w.Epoch, Decided: int64(w.Id)}, gpus...)
			}
		}
		if h >= e.EndHeight {
			break
		}
	}
	return nil
}

// seeDiskWindow: the schedule tells when the disk's window of the epoch was open, and the state at that height that it
// was.
func (n *network) seeDiskWindow(ctx context.Context, e emissionstypes.EpochEmission, d *device) error {
	r, err := n.nodes.DiskSchedule(ctx, d.id, e.EndHeight)
	if err != nil {
		return err
	}
	mine := r.Device
	if mine == nil || r.Schedule.Epoch != e.Epoch || mine.OpenHeight == 0 {
		return nil
	}
	windows, err := n.nodes.Windows(ctx, mine.OpenHeight)
	if err != nil {
		return err
	}
	for _, w := range windows {
		if w.Id == mine.Window && w.WorkClass == devicetypes.WORK_CLASS_DISK {
			n.ledger.SawWindow(ledger.Window{Class: spec.ClassDisk, ID: w.Id, Epoch: w.Epoch, Decided: w.OpenHeight - 1}, d.id)
		}
	}
	return nil
}

// checkInvariants asks one node; the end of a run asks all.
func (n *network) checkInvariants(ctx context.Context) error {
	r, err := n.nodes.Invariants(ctx)
	if err != nil {
		return err
	}
	n.checked, n.broken = r.Height, r.Broken
	if !r.Holds {
		return fmt.Errorf("%w at height %d: %s", ErrBroken, r.Height, strings.Join(r.Broken, "; "))
	}
	return nil
}

// checkMissed gives up on devices that keep missing.
func (n *network) checkMissed() error {
	row := 0
	for _, e := range n.ledger.Epochs() {
		switch e.Outcome {
		case ledger.Missed:
			row++
		case ledger.Paid:
			row = 0
		}
		if row >= maxMissed {
			return fmt.Errorf("%w: epoch %d is the %dth in a row: %s", ErrUnpaid, e.Number, row, strings.Join(e.Unpaid, ", "))
		}
	}
	return nil
}

// claimTries is how often a claim is sent that a busy node did not confirm.
const claimTries = 3

// claimAll collects what every sidecar's devices have earned.
func (n *network) claimAll(ctx context.Context) error {
	for _, s := range n.sidecars {
		var err error
		for range claimTries {
			var amount math.Int
			if amount, err = n.claim(ctx, s); err == nil {
				n.opts.Screen.Say(fmt.Sprintf("%s claimed %s", s.name, table.Joule(amount)))
				break
			}
			n.opts.Screen.Say(fmt.Sprintf("%s could not claim: %s", s.name, err))
			if stop := pause(ctx); stop != nil {
				return stop
			}
		}
		if err != nil {
			return fmt.Errorf("sidecar %s: claim: %w", s.name, err)
		}
	}
	return nil
}

// conclude claims, and then checks one height on every node: the same state, its invariants, and each device's money
// against the ledger's own arithmetic.
func (n *network) conclude(ctx context.Context) (*Result, error) {
	n.opts.Screen.Say("all wanted epochs are paid: claiming")
	if err := n.claimAll(ctx); err != nil {
		return n.known(ctx), n.explain(ctx, "the last claim", err)
	}
	height := n.head(ctx)
	if err := n.awaitAll(ctx, height+1); err != nil {
		return n.known(ctx), n.explain(ctx, "waiting for every validator", err)
	}
	if err := n.settle(ctx, height); err != nil {
		return n.known(ctx), n.explain(ctx, "the last settlement", err)
	}
	result, err := n.final(ctx, height)
	if err != nil {
		return result, n.explain(ctx, "the last look", err)
	}
	return result, n.judge(result)
}

// awaitAll waits until every node has a height.
func (n *network) awaitAll(ctx context.Context, height int64) error {
	for {
		behind := 0
		for _, h := range n.nodes.Heads(ctx) {
			if h.Err != nil || h.Height < height {
				behind++
			}
		}
		if behind == 0 {
			return nil
		}
		if err := n.crashed(); err != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// judge says what a run's result lacks.
func (n *network) judge(r *Result) error {
	var errs []error
	if !r.Invariants.Holds {
		errs = append(errs, fmt.Errorf("%w at height %d: %s", ErrBroken, r.Invariants.Height, strings.Join(r.Invariants.Broken, "; ")))
	}
	for _, d := range r.Devices {
		if !d.Claimed.IsPositive() && (d.Radio == nil || d.Radio.Cheat == "") {
			errs = append(errs, fmt.Errorf("%w: %s has claimed nothing", ErrUnpaid, d.Name))
		}
		if owed := n.ledger.Owed(d.DeviceID); !owed.Equal(d.Accrued) {
			errs = append(errs, fmt.Errorf("%w: the chain credited %s with %s ujoule, its shares of the settled epochs are %s", ErrBroken, d.Name, d.Accrued, owed))
		}
	}
	for name, c := range r.Classes {
		if pools := n.pools(name); c.Accrued.GT(pools) {
			errs = append(errs, fmt.Errorf("%w: %s devices were credited %s ujoule from pools of %s", ErrBroken, name, c.Accrued, pools))
		}
	}
	return errors.Join(errs...)
}

// pools sums what the settled epochs set aside for a class.
func (n *network) pools(class string) math.Int {
	sum := math.ZeroInt()
	for _, e := range n.ledger.Epochs() {
		for _, c := range e.Classes {
			if c.Class == class {
				sum = sum.Add(c.Pool)
			}
		}
	}
	return sum
}
