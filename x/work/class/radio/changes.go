package radio

import (
	"cmp"
	"slices"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// unitChanges collects what one item did to radios' units: the beaconer's, at most MaxWitnesses witnesses', and those
// of one that lost its place. It goes into the item's event, so that what an epoch paid can be recomputed from the
// results of blocks alone.
type unitChanges []types.RadioUnits

// add notes that a radio's units for the item's beacon went from one figure to another. No change, no entry.
func (c *unitChanges) add(id []byte, number uint32, before, after uint64) {
	if before == after {
		return
	}
	u := types.RadioUnits{DeviceId: devicetypes.FormatDeviceID(id), Number: number}
	if after > before {
		u.Added = after - before
	} else {
		u.Taken = before - after
	}
	*c = append(*c, u)
}

// of returns the changes that a beaconer's beacon caused: its own first, then the witnesses' by number.
func (c unitChanges) of(beaconer uint32) []types.RadioUnits {
	rank := func(u types.RadioUnits) int {
		if u.Number == beaconer {
			return 0
		}
		return 1
	}
	slices.SortFunc(c, func(a, b types.RadioUnits) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Number, b.Number)) })
	return c
}
