package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/types"
)

// settle credits a record with its share of every epoch whose rate is frozen, and drops those that are closed. It
// changes the record, which the caller stores, and contributes what it paid to the block's sums.
func (k *Keeper) settle(ctx sdk.Context, d *types.DeviceWork) error {
	kept := d.Units[:0:0]
	for _, u := range d.Units {
		t, err := k.tally(ctx, d.WorkClass, u.Epoch)
		if err != nil {
			return err
		}
		if !t.Frozen {
			kept = append(kept, u)
			continue
		}
		if t.Closed {
			continue
		}
		share := t.Share(u.Units)
		d.NotePay(u.Epoch, share)
		d.Accrued = d.Accrued.Add(share)
		d.TotalSettled = d.TotalSettled.Add(share)
		c := newContribution()
		c.settledUnits, c.paid, c.accrued = math.NewIntFromUint64(u.Units), share, share
		k.contribute(ctx, d.WorkClass, u.Epoch, c)
	}
	d.Units = kept
	return nil
}

// TakeAccrued settles a device and takes what it has accrued, which the caller pays out. A device without a record has
// nothing. A key that was registered for one class and later for another has a record of each.
func (k *Keeper) TakeAccrued(goCtx context.Context, id []byte) (math.Int, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	total := math.ZeroInt()
	for _, class := range k.rules.Classes() {
		d, found, err := k.record(ctx, class, id)
		if err != nil {
			return math.Int{}, err
		}
		if !found {
			continue
		}
		if err := k.settle(ctx, &d); err != nil {
			return math.Int{}, err
		}
		total = total.Add(d.Accrued)
		c := newContribution()
		c.accrued = d.Accrued.Neg()
		k.contribute(ctx, class, 0, c)
		d.Accrued = math.ZeroInt()
		if err := k.setRecord(ctx, d); err != nil {
			return math.Int{}, err
		}
	}
	return total, nil
}

// Claimable is what TakeAccrued would return now, and all that was ever credited with it. It changes nothing.
func (k *Keeper) Claimable(ctx context.Context, id []byte) (claimable, totalSettled math.Int, err error) {
	claimable, totalSettled = math.ZeroInt(), math.ZeroInt()
	for _, class := range k.rules.Classes() {
		d, found, err := k.record(ctx, class, id)
		if err != nil {
			return math.Int{}, math.Int{}, err
		}
		if !found {
			continue
		}
		due, err := k.due(ctx, d)
		if err != nil {
			return math.Int{}, math.Int{}, err
		}
		claimable, totalSettled = claimable.Add(d.Accrued).Add(due), totalSettled.Add(d.TotalSettled).Add(due)
	}
	return claimable, totalSettled, nil
}

// due is what a settlement would credit.
func (k *Keeper) due(ctx context.Context, d types.DeviceWork) (math.Int, error) {
	sum := math.ZeroInt()
	for _, u := range d.Units {
		t, err := k.tally(ctx, d.WorkClass, u.Epoch)
		if err != nil {
			return math.Int{}, err
		}
		if t.Frozen && !t.Closed {
			sum = sum.Add(t.Share(u.Units))
		}
	}
	return sum, nil
}
