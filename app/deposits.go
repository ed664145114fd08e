package app

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	emissionskeeper "github.com/joulechain/joule/x/emissions/keeper"
)

// The account of x/gov holds the deposits of open proposals and nothing else: its genesis refuses any other balance,
// and a refund that finds too little ends every EndBlock with an error. But x/gov also acts as that account, for the
// messages of a proposal that passed: they could spend the deposits, and what they earn could arrive there. So coins
// move to and from the account by x/gov's own keeper alone (docs/adr/0021).

var govAddress = authtypes.NewModuleAddress(govtypes.ModuleName)

// depositKey marks a context in which x/gov's keeper moves a deposit.
type depositKey struct{}

func movesDeposit(ctx context.Context) context.Context {
	return sdk.UnwrapSDKContext(ctx).WithValue(depositKey{}, true)
}

// onlyDeposits is the bank's restriction: ErrUnauthorized for any other transfer to or from the account of x/gov. It
// reads no state.
func onlyDeposits(ctx context.Context, from, to sdk.AccAddress, amount sdk.Coins) (sdk.AccAddress, error) {
	if (from.Equals(govAddress) || to.Equals(govAddress)) && sdk.UnwrapSDKContext(ctx).Value(depositKey{}) == nil {
		return nil, sdkerrors.ErrUnauthorized.Wrapf("%s from %s to %s: the account of x/gov holds deposits alone; spend from the community pool", amount, from, to)
	}
	return to, nil
}

// depositBank is the bank of x/gov's keeper.
type depositBank struct {
	*emissionskeeper.BurnCountingBank
}

// SendCoinsFromAccountToModule takes a deposit. A proposal's message cannot deposit what others have deposited: the
// coins would stay where they are and be owed twice.
func (b depositBank) SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error {
	if from.Equals(govAddress) {
		return sdkerrors.ErrUnauthorized.Wrapf("depositor %s is x/gov itself; deposit from an ordinary account", from)
	}
	return b.BurnCountingBank.SendCoinsFromAccountToModule(movesDeposit(ctx), from, module, amount)
}

// SendCoinsFromModuleToAccount refunds a deposit, or pays the charge of a cancelled proposal.
func (b depositBank) SendCoinsFromModuleToAccount(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coins) error {
	return b.BurnCountingBank.SendCoinsFromModuleToAccount(movesDeposit(ctx), module, to, amount)
}

// depositPool is the community pool of x/gov's keeper, which may be paid the charge of a cancelled proposal.
type depositPool struct{ distrkeeper.Keeper }

// FundCommunityPool pays the charge.
func (p depositPool) FundCommunityPool(ctx context.Context, amount sdk.Coins, from sdk.AccAddress) error {
	return p.Keeper.FundCommunityPool(movesDeposit(ctx), amount, from)
}

// stakingBank is the bank of x/staking's keeper. Delegations pass the bank's restriction by.
type stakingBank struct {
	*emissionskeeper.BurnCountingBank
}

// DelegateCoinsFromAccountToModule refuses the deposits as stake.
func (b stakingBank) DelegateCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error {
	if _, err := onlyDeposits(ctx, from, authtypes.NewModuleAddress(module), amount); err != nil {
		return err
	}
	return b.BurnCountingBank.DelegateCoinsFromAccountToModule(ctx, from, module, amount)
}
