package keeper

import (
	"context"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// CheckInvariants recomputes the accounting from the whole state and returns what does not hold, in words. It visits
// every device and epoch: queries and tests use it, never consensus.
func (k *Keeper) CheckInvariants(ctx context.Context) ([]string, error) {
	c := newChecker(k)
	return c.run(ctx, c.supply, c.epochs, c.devices, c.tallies, c.rewards, c.escrow, c.fees)
}

// checkImported is CheckInvariants for a genesis that goes on from another chain's state. The escrow's span is left
// out: it is a matter of heights, and the first block has not begun.
func (k *Keeper) checkImported(ctx context.Context) error {
	c := newChecker(k)
	broken, err := c.run(ctx, c.supply, c.epochs, c.devices, c.tallies, c.rewards)
	if err == nil && len(broken) > 0 {
		err = types.ErrInvalidGenesis.Wrap(strings.Join(broken, "; "))
	}
	return err
}

func newChecker(k *Keeper) *checker {
	zero := math.ZeroInt()
	return &checker{k: k, unsettled: map[tallyKey]math.Int{}, accrued: zero, unpaid: zero, validators: zero}
}

func (c *checker) run(ctx context.Context, steps ...func(context.Context) error) ([]string, error) {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c.broken, nil
}

type checker struct {
	k      *Keeper
	broken []string
	// validators is the sum of the epochs' shares, set by epochs.
	validators math.Int
	// accrued and unsettled are sums over the devices; unpaid is Σ (pool − paid) over the open tallies.
	accrued, unpaid math.Int
	unsettled       map[tallyKey]math.Int
}

type tallyKey struct {
	class devicetypes.WorkClass
	epoch uint64
}

func (c *checker) require(holds bool, format string, args ...any) {
	if !holds {
		c.broken = append(c.broken, fmt.Sprintf(format, args...))
	}
}

func (c *checker) supply(ctx context.Context) error {
	s, err := c.k.Supply.Get(ctx)
	if err != nil {
		return err
	}
	bank := c.k.bank.GetSupply(ctx, types.Denom).Amount
	c.require(bank.Equal(s.Total()), "supply: x/bank holds %s, genesis + minted − burned is %s", bank, s.Total())
	c.require(s.Total().LTE(types.MaxSupply()), "supply: %s exceeds the cap %s", s.Total(), types.MaxSupply())
	return nil
}

// epochs checks that every minted coin is in an epoch's account, within its budget, and each budget within the
// schedule.
func (c *checker) epochs(ctx context.Context) error {
	minted := math.ZeroInt()
	c.validators = math.ZeroInt()
	if err := c.k.Epochs.Walk(ctx, nil, func(_ uint64, e types.EpochEmission) (bool, error) {
		minted = minted.Add(e.Minted())
		c.validators = c.validators.Add(e.Validators)
		c.require(e.Minted().LTE(e.Budget), "epoch %d: minted %s of a budget of %s", e.Epoch, e.Minted(), e.Budget)
		c.require(e.Budget.Equal(types.Budget(e.Reserve, e.Blocks, e.Params.SpeedBps)), "epoch %d: budget %s is not the schedule's", e.Epoch, e.Budget)
		return false, nil
	}); err != nil {
		return err
	}
	s, err := c.k.Supply.Get(ctx)
	if err != nil {
		return err
	}
	c.require(minted.Equal(s.Minted), "minted: the counter says %s, the epochs' accounts sum to %s", s.Minted, minted)
	return nil
}

// fees checks that every block's fees were burned or handed on.
func (c *checker) fees(ctx context.Context) error {
	held := c.k.moduleBalance(ctx, types.FeesName)
	c.require(held.IsZero(), "fees: the account holds %s between two blocks", held)
	return nil
}

func (c *checker) escrow(ctx context.Context) error {
	held := c.k.moduleBalance(ctx, types.EscrowName)
	c.require(held.LTE(c.validators), "escrow: it holds %s, validators were given %s in all", held, c.validators)
	end, err := optional(c.k.EscrowEnd.Get(ctx))
	if err != nil {
		return err
	}
	h := sdk.UnwrapSDKContext(ctx).BlockHeight()
	c.require(h < end || !held.IsPositive(), "escrow: %s is left at height %d, after the span's end %d", held, h, end)
	return nil
}
