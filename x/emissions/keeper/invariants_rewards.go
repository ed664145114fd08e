package keeper

import (
	"context"
	"maps"
	"slices"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// devices sums what every device has accrued and the units that are not settled yet.
func (c *checker) devices(ctx context.Context) error {
	return c.k.work.IterateDeviceWork(ctx, func(w worktypes.DeviceWork) (bool, error) {
		c.require(!w.Accrued.IsNegative(), "device %x: accrued %s", w.DeviceId, w.Accrued)
		c.accrued = c.accrued.Add(w.Accrued)
		for _, u := range w.Units {
			key := tallyKey{w.WorkClass, u.Epoch}
			c.unsettled[key] = c.waiting(key).Add(math.NewIntFromUint64(u.Units))
		}
		return false, nil
	})
}

func (c *checker) waiting(key tallyKey) math.Int {
	if sum, ok := c.unsettled[key]; ok {
		return sum
	}
	return math.ZeroInt()
}

// tallies checks that settled ≤ total and paid ≤ pool, that the devices' units are the tally's, and that the epoch's
// account says the same.
func (c *checker) tallies(ctx context.Context) error {
	if err := c.k.work.IterateTallies(ctx, func(t worktypes.Tally) (bool, error) {
		key := tallyKey{t.WorkClass, t.Epoch}
		c.require(t.SettledUnits.LTE(t.Units), "%s epoch %d: settled %s of %s units", t.WorkClass, t.Epoch, t.SettledUnits, t.Units)
		c.require(t.Paid.LTE(t.Pool), "%s epoch %d: paid %s of a pool of %s", t.WorkClass, t.Epoch, t.Paid, t.Pool)
		if !t.Closed {
			units := t.SettledUnits.Add(c.waiting(key))
			c.require(units.Equal(t.Units), "%s epoch %d: the tally has %s units, the devices %s", t.WorkClass, t.Epoch, t.Units, units)
		}
		delete(c.unsettled, key)
		if t.Frozen && !t.Closed {
			c.unpaid = c.unpaid.Add(t.Pool).Sub(t.Paid)
		}
		return false, c.tallyAccount(ctx, t)
	}); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(c.unsettled), tallyKey.compare) {
		c.require(!c.unsettled[key].IsPositive(), "%s epoch %d: devices have %s units and there is no tally", key.class, key.epoch, c.unsettled[key])
	}
	return nil
}

func (a tallyKey) compare(b tallyKey) int {
	if a.class != b.class {
		return int(a.class) - int(b.class)
	}
	if a.epoch < b.epoch {
		return -1
	}
	return 1
}

func (c *checker) tallyAccount(ctx context.Context, t worktypes.Tally) error {
	e, found, err := c.k.epochAccount(ctx, t.Epoch)
	if err != nil || !found || !e.Frozen {
		return err
	}
	for _, account := range e.Classes {
		if account.WorkClass == t.WorkClass {
			c.require(account.Units.Equal(t.Units) && account.Pool.Equal(t.Pool) && e.Closed == t.Closed,
				"%s epoch %d: the tally has %s units, pool %s, closed %t; the epoch's account %s, %s, %t",
				t.WorkClass, t.Epoch, t.Units, t.Pool, t.Closed, account.Units, account.Pool, e.Closed)
		}
	}
	return nil
}

// rewards checks that the module's balance is what devices have accrued, what open pools still hold, and the carries.
func (c *checker) rewards(ctx context.Context) error {
	accrued, unpaid, err := c.k.work.Outstanding(ctx)
	if err != nil {
		return err
	}
	c.require(accrued.Equal(c.accrued), "accrued: the counter says %s, the devices sum to %s", accrued, c.accrued)
	c.require(unpaid.Equal(c.unpaid), "unpaid pools: the counter says %s, the tallies sum to %s", unpaid, c.unpaid)
	states, err := c.k.classStates(ctx)
	if err != nil {
		return err
	}
	carry := math.ZeroInt()
	for _, s := range states {
		carry = carry.Add(s.Carry)
	}
	held := c.k.moduleBalance(ctx, types.ModuleName)
	owed := c.accrued.Add(c.unpaid).Add(carry)
	c.require(held.Equal(owed), "rewards: the account holds %s, accrued %s + unpaid pools %s + carry %s is %s", held, c.accrued, c.unpaid, carry, owed)
	return nil
}
