package keeper

import (
	"context"
	"encoding/binary"
	"fmt"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// contribution is what one transaction adds to a class's epoch. It is a value of the object store: never changed in
// place, since parallel execution may run the transaction again.
type contribution struct {
	units, settledUnits, paid, accrued math.Int
	evidence                           uint64
}

func newContribution() contribution {
	zero := math.ZeroInt()
	return contribution{units: zero, settledUnits: zero, paid: zero, accrued: zero}
}

func (c contribution) plus(o contribution) contribution {
	return contribution{
		units: c.units.Add(o.units), settledUnits: c.settledUnits.Add(o.settledUnits), paid: c.paid.Add(o.paid),
		accrued: c.accrued.Add(o.accrued), evidence: c.evidence + o.evidence,
	}
}

const contributionKeySize = 4 + 8 + 8

// contribute adds to the transaction's sum for (class, epoch). A common counter in IAVL would make every two
// transactions with evidence conflict; x/bank folds its virtual balances in the same way. Epoch 0 takes what belongs to
// no epoch.
func (k *Keeper) contribute(ctx sdk.Context, class devicetypes.WorkClass, epoch uint64, c contribution) {
	key := make([]byte, 0, contributionKeySize)
	key = binary.BigEndian.AppendUint32(key, uint32(class))
	key = binary.BigEndian.AppendUint64(key, epoch)
	key = binary.BigEndian.AppendUint64(key, uint64(ctx.TxIndex()))
	store := ctx.ObjectStore(k.contributions)
	if before, ok := store.Get(key).(contribution); ok {
		c = before.plus(c)
	}
	store.Set(key, c)
}

// foldContributions adds the block's contributions to the tallies and counters, in key order. The object store is empty
// again at the next block.
func (k *Keeper) foldContributions(ctx sdk.Context) error {
	accrued, unpaid := math.ZeroInt(), math.ZeroInt()
	var (
		group   []byte
		pending contribution
	)
	flush := func() error {
		if group == nil {
			return nil
		}
		class, epoch := devicetypes.WorkClass(binary.BigEndian.Uint32(group)), binary.BigEndian.Uint64(group[4:])
		accrued, unpaid = accrued.Add(pending.accrued), unpaid.Sub(pending.paid)
		return k.foldTally(ctx, class, epoch, pending)
	}
	it := ctx.ObjectStore(k.contributions).Iterator(nil, nil)
	defer it.Close()
	for ; it.Valid(); it.Next() {
		key := it.Key()
		c, ok := it.Value().(contribution)
		if len(key) != contributionKeySize || !ok {
			return types.ErrAccounting.Wrapf("object store holds %T under a key of %d bytes", it.Value(), len(key))
		}
		if string(key[:12]) != string(group) {
			if err := flush(); err != nil {
				return err
			}
			group, pending = append([]byte(nil), key[:12]...), newContribution()
		}
		pending = pending.plus(c)
	}
	if err := flush(); err != nil {
		return err
	}
	if err := k.addToItem(ctx, k.AccruedTotal, "accrued_total", accrued); err != nil {
		return err
	}
	return k.addToItem(ctx, k.PoolsUnpaid, "pools_unpaid", unpaid)
}

func (k *Keeper) foldTally(ctx sdk.Context, class devicetypes.WorkClass, epoch uint64, c contribution) error {
	if c.units.IsZero() && c.settledUnits.IsZero() && c.paid.IsZero() && c.evidence == 0 {
		return nil
	}
	t, err := k.tally(ctx, class, epoch)
	if err != nil {
		return err
	}
	if t.Frozen && c.units.IsPositive() {
		return types.ErrAccounting.Wrapf("units for %s, epoch %d, after it was frozen", class, epoch)
	}
	t.Units = t.Units.Add(c.units)
	t.Evidence += c.evidence
	t.SettledUnits = t.SettledUnits.Add(c.settledUnits)
	t.Paid = t.Paid.Add(c.paid)
	if err := t.Validate(); err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	return k.setTally(ctx, t)
}

type intItem interface {
	Get(ctx context.Context) (math.Int, error)
	Set(ctx context.Context, v math.Int) error
}

func (k *Keeper) addToItem(ctx sdk.Context, item intItem, name string, delta math.Int) error {
	if delta.IsZero() {
		return nil
	}
	v, err := intOrZero(item.Get(ctx))
	if err != nil {
		return err
	}
	if v = v.Add(delta); v.IsNegative() {
		return types.ErrAccounting.Wrap(fmt.Sprintf("%s would be %s", name, v))
	}
	return item.Set(ctx, v)
}
