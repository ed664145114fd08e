package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// Units are a class's verified units of an epoch; zero when it has none.
func (k *Keeper) Units(ctx context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error) {
	t, err := k.tally(ctx, class, epoch)
	return t.Units, err
}

// FreezableEpochs are the epochs whose evidence is final, ascending, at most MaxFreezesPerBoundary: those that ended
// settlement_delay_epochs ago or earlier and have no live window. It is asked in the last block of the current epoch.
func (k *Keeper) FreezableEpochs(ctx context.Context) ([]uint64, error) {
	current, err := k.beacon.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	next, err := class.OrZero(k.NextFreeze.Get(ctx))
	if err != nil {
		return nil, err
	}
	oldest, live, err := k.oldestLiveEpoch(ctx)
	if err != nil {
		return nil, err
	}
	var epochs []uint64
	for e := max(next, 1); len(epochs) < types.MaxFreezesPerBoundary; e++ {
		if e+uint64(params.SettlementDelayEpochs) > current.Number || live && oldest <= e {
			break
		}
		epochs = append(epochs, e)
	}
	return epochs, nil
}

// oldestLiveEpoch is the smallest epoch that a live window may still credit.
func (k *Keeper) oldestLiveEpoch(ctx context.Context) (epoch uint64, live bool, err error) {
	err = k.Windows.Walk(ctx, nil, func(_ collections.Pair[int32, uint64], w types.Window) (bool, error) {
		if !live || w.Epoch < epoch {
			epoch, live = w.Epoch, true
		}
		return false, nil
	})
	return epoch, live, err
}

// FreezeEpoch fixes what an epoch's units are paid. Epochs are frozen in order, once; a class without a pool is frozen
// with none.
func (k *Keeper) FreezeEpoch(goCtx context.Context, epoch uint64, pools []types.ClassPool) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	next, err := class.OrZero(k.NextFreeze.Get(ctx))
	if err != nil {
		return err
	}
	if epoch != max(next, 1) {
		return types.ErrAccounting.Wrapf("epoch %d is frozen out of order; next is %d", epoch, max(next, 1))
	}
	unpaid := math.ZeroInt()
	for _, class := range k.rules.Classes() {
		t, err := k.tally(ctx, class, epoch)
		if err != nil {
			return err
		}
		pool := poolOf(pools, class)
		if t.Frozen || pool.IsNegative() || pool.IsPositive() && !t.Units.IsPositive() {
			return types.ErrAccounting.Wrapf("%s, epoch %d: frozen %t, %s units, pool %s", class, epoch, t.Frozen, t.Units, pool)
		}
		if t.Units.IsZero() && pool.IsZero() && !hasPool(pools, class) {
			continue
		}
		t.Frozen, t.Pool = true, pool
		unpaid = unpaid.Add(pool)
		if err := k.setTally(ctx, t); err != nil {
			return err
		}
		if err := ctx.EventManager().EmitTypedEvent(&types.EventTallyFrozen{
			WorkClass: class, Epoch: epoch, Units: t.Units.String(), Pool: pool.String(),
		}); err != nil {
			return err
		}
	}
	if err := k.NextFreeze.Set(ctx, epoch+1); err != nil {
		return err
	}
	return k.addToItem(ctx, k.PoolsUnpaid, "pools_unpaid", unpaid)
}

func poolOf(pools []types.ClassPool, class devicetypes.WorkClass) math.Int {
	for _, p := range pools {
		if p.Class == class && !p.Pool.IsNil() {
			return p.Pool
		}
	}
	return math.ZeroInt()
}

func hasPool(pools []types.ClassPool, class devicetypes.WorkClass) bool {
	for _, p := range pools {
		if p.Class == class {
			return true
		}
	}
	return false
}

// CloseTally ends the crediting of a frozen epoch and returns what its pool still held.
func (k *Keeper) CloseTally(goCtx context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	t, err := k.tally(ctx, class, epoch)
	if err != nil {
		return math.Int{}, err
	}
	if !t.Frozen || t.Closed {
		return math.ZeroInt(), nil
	}
	left := t.Unpaid()
	t.Closed = true
	if err := k.setTally(ctx, t); err != nil {
		return math.Int{}, err
	}
	return left, k.addToItem(ctx, k.PoolsUnpaid, "pools_unpaid", left.Neg())
}

// Outstanding is what the module owes: the sum of accrued amounts and that of open pools' unpaid parts, from the
// counters. Both are exact at the end of a block; within one they lack its transactions.
func (k *Keeper) Outstanding(ctx context.Context) (accrued, poolsUnpaid math.Int, err error) {
	if accrued, err = intOrZero(k.AccruedTotal.Get(ctx)); err != nil {
		return math.Int{}, math.Int{}, err
	}
	poolsUnpaid, err = intOrZero(k.PoolsUnpaid.Get(ctx))
	return accrued, poolsUnpaid, err
}

// IterateDeviceWork visits every record by key; off the consensus path only.
func (k *Keeper) IterateDeviceWork(ctx context.Context, cb func(types.DeviceWork) (stop bool, err error)) error {
	return k.Devices.Walk(ctx, cb)
}

func (k *Keeper) allTallies(ctx context.Context) ([]types.Tally, error) {
	var tallies []types.Tally
	err := k.Tallies.Walk(ctx, nil, func(_ collections.Pair[int32, uint64], t types.Tally) (bool, error) {
		tallies = append(tallies, t)
		return false, nil
	})
	return tallies, err
}
