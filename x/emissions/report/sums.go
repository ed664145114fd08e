package report

import (
	"cmp"
	"fmt"
	"slices"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

type deviceSum struct {
	receipts int
	units    math.Int
}

// addReceipts sums the devices' units from the receipts of the epoch, each once.
func (c *computation) addReceipts(receipts []Receipt) {
	type opening struct {
		device   string
		window   uint64
		late     bool
		beaconer uint32
	}
	seen := map[opening]Receipt{}
	ordered := slices.Clone(receipts)
	slices.SortFunc(ordered, func(a, b Receipt) int {
		return cmp.Or(cmp.Compare(a.Height, b.Height), cmp.Compare(a.Tx, b.Tx), cmp.Compare(a.Item, b.Item))
	})
	for _, r := range ordered {
		if r.Epoch != c.epoch.Epoch {
			continue
		}
		if r.Height < c.epoch.StartHeight || r.Height > c.epoch.FreezeHeight {
			c.mismatch("receipt at height %d is outside the epoch's %d..%d", r.Height, c.epoch.StartHeight, c.epoch.FreezeHeight)
		}
		if r.Doubt != "" {
			c.mismatch("%s, height %d tx %d item %d: %s", r.DeviceID, r.Height, r.Tx, r.Item, r.Doubt)
		}
		key := opening{r.DeviceID, r.Window, r.Late, r.Beaconer}
		if first, twice := seen[key]; twice {
			c.mismatch("%s earned units for %s twice, at heights %d and %d", r.DeviceID, r.what(), first.Height, r.Height)
		}
		seen[key] = r
		c.change(r.Class, Change{DeviceID: r.DeviceID, Added: r.Units})
		for _, other := range r.Others {
			c.change(r.Class, other)
		}
	}
	c.checkSums()
}

// what names what a device can earn units for once.
func (r Receipt) what() string {
	if r.Late {
		return fmt.Sprintf("window %d by a late receipt of radio %d's beacon", r.Window, r.Beaconer)
	}
	return fmt.Sprintf("window %d", r.Window)
}

func (c *computation) change(class devicetypes.WorkClass, change Change) {
	if change.Added == 0 && change.Taken == 0 {
		return
	}
	if c.classes[class] == nil {
		c.classes[class] = map[string]*deviceSum{}
	}
	d := c.classes[class][change.DeviceID]
	if d == nil {
		d = &deviceSum{units: math.ZeroInt()}
		c.classes[class][change.DeviceID] = d
	}
	d.receipts++
	d.units = d.units.Add(math.NewIntFromUint64(change.Added)).Sub(math.NewIntFromUint64(change.Taken))
}

// checkSums names devices of which more was taken than they had earned; they count as if they had earned nothing.
func (c *computation) checkSums() {
	for _, class := range slices.Sorted(keys(c.classes)) {
		for _, id := range slices.Sorted(keys(c.classes[class])) {
			if d := c.classes[class][id]; d.units.IsNegative() {
				c.mismatch("%s: %s units more were taken than it earned", id, d.units.Neg())
				d.units = math.ZeroInt()
			}
		}
	}
}
