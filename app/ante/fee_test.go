package ante_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/internal/minapp"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

func TestFeeChecks(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	huge, ok := sdkmath.NewIntFromString("57896044618658097711785492504343953926634992332820282019728792003956564819967")
	require.True(t, ok)
	cases := map[string]struct {
		fee  sdk.Coins
		gas  uint64
		err  coded
		text string
	}{
		"none":               {nil, 200_000, sdkerrors.ErrInsufficientFee, "fee is 0ujoule, at least 200ujoule"},
		"one too few":        {minapp.Fee(199), 200_000, sdkerrors.ErrInsufficientFee, "fee is 199ujoule, at least 200ujoule"},
		"rounds up":          {minapp.Fee(200), 200_001, sdkerrors.ErrInsufficientFee, "at least 201ujoule"},
		"other denom":        {sdk.NewCoins(sdk.NewInt64Coin("other", 1_000)), 200_000, sdkerrors.ErrInsufficientFee, "paid in ujoule, not in other"},
		"other denom beside": {minapp.Fee(1_000).Add(sdk.NewInt64Coin("other", 1)), 200_000, sdkerrors.ErrInsufficientFee, "not in other"},
		"gas zero":           {minapp.Fee(1), 0, sdkerrors.ErrOutOfGas, "gas limit 0"},
		"out of gas":         {minapp.Fee(1_000), 1_000, sdkerrors.ErrOutOfGas, "gas limit 1000"},
		"more than owned":    {minapp.Fee(minapp.InitialBalance + 1), 200_000, sdkerrors.ErrInsufficientFunds, "smaller than"},
		"more than exists":   {sdk.Coins{sdk.NewCoin(ante.FeeDenom, huge)}, 200_000, sdkerrors.ErrInsufficientFunds, "smaller than"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := a.Send(0, 0, 1)
			tx.Fee, tx.Gas = c.fee, c.gas
			requireRefused(t, a.Check(a.Sign(0, tx)), c.err, c.text)
		})
	}
	require.Zero(t, a.Check(a.Sign(0, a.Send(0, 0, 1))).Code)
}

// The node's own minimum counts in CheckTx and nowhere else.
func TestLocalMinimumGasPrice(t *testing.T) {
	a := minapp.New(t, minapp.Options{MinGasPrices: "0.005ujoule"})
	cheap := a.Sign(0, a.Send(0, 0, 1))
	requireRefused(t, a.Check(cheap), sdkerrors.ErrInsufficientFee, "this node asks for 1000ujoule")
	require.True(t, a.Process([][]byte{a.Reveals.At(2), cheap}))
	require.Zero(t, a.Check(a.Sign(0, a.Send(0, 0, 5))).Code)
	require.Zero(t, a.Check(a.Sign(1, a.Submit(1, 0, good(1)))).Code, "the lane pays nothing")
}

func collected(a *minapp.App) sdk.Coins {
	return a.Bank.GetAllBalances(a.Ctx(), a.AuthKeeper.GetModuleAddress(emissionstypes.FeesName))
}

func TestFeesAreCollectedAndNotLost(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	supply := a.Bank.GetSupply(a.Ctx(), ante.FeeDenom)
	failing := a.Send(1, 0, 2)
	failing.Gas, failing.Fee = 80_000, minapp.Fee(150)
	failing.Msgs = a.Send(2, 0, 1).Msgs // of another sender: refused before any fee is taken
	results := a.Commit([][]byte{a.Reveals.At(2), a.Sign(0, a.Send(0, 0, 3)), a.Sign(1, failing), a.Sign(3, a.Submit(3, 0, good(1)))})
	require.Equal(t, []bool{true, true, false, true}, succeeded(results))
	require.Equal(t, minapp.Fee(600), collected(a))
	require.Equal(t, supply, a.Bank.GetSupply(a.Ctx(), ante.FeeDenom))
	require.Equal(t, int64(minapp.InitialBalance), a.Bank.GetBalance(a.Ctx(), a.Accounts[3].Address, ante.FeeDenom).Amount.Int64())
	requireEvent(t, results[1], "tx", "fee", "600ujoule")
	requireEvent(t, results[1], "tx", "fee_payer", a.Accounts[0].Address.String())
	requireEvent(t, results[1], "transfer", "amount", "600ujoule")
}

func succeeded(results []*abci.ExecTxResult) []bool {
	out := make([]bool, len(results))
	for i, r := range results {
		out[i] = r.Code == 0
	}
	return out
}

func requireEvent(t *testing.T, res *abci.ExecTxResult, kind, key, value string) {
	t.Helper()
	for _, e := range res.Events {
		for _, attr := range e.Attributes {
			if e.Type == kind && attr.Key == key && attr.Value == value {
				return
			}
		}
	}
	t.Fatalf("no event %s with %s=%s", kind, key, value)
}

func TestFeeGrants(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	tx := a.Send(0, 0, 1)
	tx.Granter = a.Accounts[1].Address
	require.Contains(t, a.Check(a.Sign(0, tx)).Log, "does not allow to pay fees")

	require.NoError(t, a.Change(func(ctx sdk.Context) error {
		return a.Feegrant.GrantAllowance(ctx, a.Accounts[1].Address, a.Accounts[0].Address, &feegrant.BasicAllowance{SpendLimit: minapp.Fee(300)})
	}))
	results := a.Commit([][]byte{a.Reveals.At(a.Height() + 1), a.Sign(0, tx)})
	require.Zero(t, results[1].Code, results[1].Log)
	require.Equal(t, int64(minapp.InitialBalance-1), a.Bank.GetBalance(a.Ctx(), a.Accounts[0].Address, ante.FeeDenom).Amount.Int64())
	require.Equal(t, int64(minapp.InitialBalance-200+1), a.Bank.GetBalance(a.Ctx(), a.Accounts[1].Address, ante.FeeDenom).Amount.Int64())
	requireEvent(t, results[1], "tx", "fee_payer", a.Accounts[1].Address.String())
	tx.Sequence = 1
	require.Contains(t, a.Check(a.Sign(0, tx)).Log, "fee limit exceeded")
}
