package keeper

import (
	"context"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// RecentPay is what the last two frozen epochs paid or owe a device in a class, in ujoule; 2^64 − 1 stands for more. It
// ranks the device's evidence and lapses: a device that has earned nothing since ranks as a newcomer.
func (k *Keeper) RecentPay(ctx context.Context, workClass devicetypes.WorkClass, id []byte) (uint64, error) {
	d, found, err := k.record(ctx, workClass, id)
	if err != nil || !found {
		return 0, err
	}
	next, err := class.OrZero(k.NextFreeze.Get(ctx))
	if err != nil {
		return 0, err
	}
	pay := d.RecentPay(next)
	for _, u := range d.Units {
		if u.Epoch >= next || u.Epoch+types.RankedEpochs < next {
			continue
		}
		t, err := k.tally(ctx, workClass, u.Epoch)
		if err != nil {
			return 0, err
		}
		if t.Frozen && !t.Closed {
			pay = pay.Add(t.Share(u.Units))
		}
	}
	return types.CapUint64(pay), nil
}
