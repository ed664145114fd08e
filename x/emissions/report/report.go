// Package report recomputes what an epoch paid from what the chain recorded: receipts → units → pool → payments.
// It is pure: the same input gives the same bytes, anywhere.
package report

import (
	"fmt"
	"slices"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// Receipt is one accepted item of evidence that changed units, as a block's results tell it, or an opened beacon or
// late receipt that may have.
type Receipt struct {
	// Height, Tx and Item say where: the block, the transaction in it, the item in the transaction, the last two
	// counted from 0.
	Height   int64
	Tx, Item int
	DeviceID string
	Class    devicetypes.WorkClass
	Window   uint64
	// Epoch receives the units.
	Epoch uint64
	// Units were credited to the device that carried the item.
	Units uint64
	// Late tells a radio's late receipt from its opened beacon; Beaconer is the number of the radio whose beacon it is,
	// 0 outside the class.
	Late     bool
	Beaconer uint32
	// Others are the changes to other devices' units; only a radio's items have any.
	Others []Change
	// Doubt says why the item's event is not believed; empty if it is. Others is empty then.
	Doubt string
}

// Tally is what x/work recorded for a class: the sum of units and the pool, in ujoule.
type Tally struct {
	Class       devicetypes.WorkClass
	Units, Pool math.Int
}

// Report is one epoch's account. Amounts are in ujoule, as decimal text.
type Report struct {
	Epoch        uint64  `json:"epoch"`
	StartHeight  int64   `json:"start_height"`
	EndHeight    int64   `json:"end_height"`
	FreezeHeight int64   `json:"freeze_height"`
	Reserve      string  `json:"reserve"`
	Budget       string  `json:"budget"`
	Validators   string  `json:"validators"`
	Community    string  `json:"community"`
	Classes      []Class `json:"classes"`
	// Mismatches are differences between what the chain recorded and what was recomputed; none means that the epoch is
	// right.
	Mismatches []string `json:"mismatches"`
}

// Class is one work class's part. Payments sum to Pool − Dust; the dust goes to the carry when the claim window closes.
type Class struct {
	Class    string   `json:"class"`
	Units    string   `json:"units"`
	Baseline string   `json:"baseline"`
	Pool     string   `json:"pool"`
	Carried  string   `json:"from_carry"`
	Minted   string   `json:"minted"`
	Dust     string   `json:"dust"`
	Devices  []Device `json:"devices"`
}

// Device is one device's part: floor(units · pool / class units).
type Device struct {
	DeviceID string `json:"device_id"`
	// Receipts is how many items changed its units, its own and other radios'.
	Receipts int    `json:"receipts"`
	Units    string `json:"units"`
	Payment  string `json:"payment"`
}

// Compute recomputes a frozen epoch and compares every step with what the chain recorded. before is the account of the
// epoch before, from which the baselines follow; the zero value where there is none. Receipts of other epochs are
// ignored. It fails only on an epoch that is not frozen; differences are in the report.
func Compute(epoch, before types.EpochEmission, tallies []Tally, receipts []Receipt) (Report, error) {
	if !epoch.Frozen {
		return Report{}, fmt.Errorf("epoch %d is not frozen yet: its evidence is not final", epoch.Epoch)
	}
	c := &computation{epoch: epoch, before: before, classes: map[devicetypes.WorkClass]map[string]*deviceSum{}}
	c.addReceipts(receipts)
	c.checkBudget()
	r := Report{
		Epoch: epoch.Epoch, StartHeight: epoch.StartHeight, EndHeight: epoch.EndHeight, FreezeHeight: epoch.FreezeHeight,
		Reserve: epoch.Reserve.String(), Budget: epoch.Budget.String(), Validators: epoch.Validators.String(), Community: epoch.Community.String(),
		Classes: []Class{},
	}
	for _, e := range epoch.Classes {
		r.Classes = append(r.Classes, c.class(e, tallies))
		delete(c.classes, e.WorkClass)
	}
	for _, class := range slices.Sorted(keys(c.classes)) {
		c.mismatch("%s: receipts of %d devices, but the epoch has no such class", Name(class), len(c.classes[class]))
	}
	r.Mismatches = append([]string{}, c.mismatches...)
	return r, nil
}

type computation struct {
	epoch, before types.EpochEmission
	classes       map[devicetypes.WorkClass]map[string]*deviceSum
	mismatches    []string
}

func (c *computation) mismatch(format string, args ...any) {
	c.mismatches = append(c.mismatches, fmt.Sprintf("epoch %d: ", c.epoch.Epoch)+fmt.Sprintf(format, args...))
}

func (c *computation) equal(what string, recorded, recomputed math.Int) {
	if !recorded.Equal(recomputed) {
		c.mismatch("%s: the chain recorded %s, the receipts and rules give %s", what, recorded, recomputed)
	}
}

func (c *computation) checkBudget() {
	e := c.epoch
	budget := types.Budget(e.Reserve, e.Blocks, e.Params.SpeedBps)
	c.equal("budget", e.Budget, budget)
	c.equal("validators' share", e.Validators, types.Part(budget, e.Params.ValidatorsBps))
	c.equal("community share", e.Community, types.Part(budget, e.Params.CommunityBps))
}

func (c *computation) class(e types.ClassEmission, tallies []Tally) Class {
	name := Name(e.WorkClass)
	devices := c.classes[e.WorkClass]
	units := math.ZeroInt()
	for _, d := range devices {
		units = units.Add(d.units)
	}
	share, _ := c.epoch.Params.ClassShare(e.WorkClass)
	c.checkBaseline(name, e, share)
	pool := types.Pool(c.epoch.Budget, share.ShareBps, units, e.Baseline)
	c.equal(name+" units", e.Units, units)
	c.equal(name+" pool", e.Pool, pool)
	c.equal(name+" pool's sources", e.Pool, e.FromCarry.Add(e.Minted))
	for _, t := range tallies {
		if t.Class == e.WorkClass {
			c.equal(name+" units of the tally", t.Units, units)
			c.equal(name+" pool of the tally", t.Pool, pool)
		}
	}
	out := Class{
		Class: name, Units: units.String(), Baseline: e.Baseline.String(), Pool: pool.String(),
		Carried: e.FromCarry.String(), Minted: e.Minted.String(), Devices: []Device{},
	}
	left := pool
	for _, id := range slices.Sorted(keys(devices)) {
		d := devices[id]
		payment := types.Share(d.units, pool, units)
		left = left.Sub(payment)
		out.Devices = append(out.Devices, Device{DeviceID: id, Receipts: d.receipts, Units: d.units.String(), Payment: payment.String()})
	}
	out.Dust = left.String()
	return out
}

func keys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
