package ante_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/internal/minapp"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

func balance(a *minapp.App, i int) int64 {
	return a.Bank.GetBalance(a.Ctx(), a.Accounts[i].Address, ante.FeeDenom).Amount.Int64()
}

// drain is a transfer of nearly all that an account has.
func drain(a *minapp.App, from int, sequence uint64, leave int64) minapp.Tx {
	tx := a.Send(from, sequence, 1)
	to := a.Accounts[(from+1)%len(a.Accounts)].Address
	tx.Msgs = []sdk.Msg{banktypes.NewMsgSend(a.Accounts[from].Address, to, minapp.Fee(balance(a, from)-leave))}
	return tx
}

// The fee of a later transaction is taken before an earlier one's message can move it.
func TestFeesComeBeforeMessages(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	hog := a.Send(0, 1, 1)
	hog.Gas, hog.Fee = 40_000_000, minapp.Fee(40_000)
	txs := [][]byte{a.Reveals.At(2), a.Sign(0, drain(a, 0, 0, 200)), a.Sign(0, hog)}
	require.True(t, a.Process(txs))
	results := a.Commit(txs)
	require.Equal(t, []bool{true, false, true}, succeeded(results))
	require.Contains(t, results[1].Log, "insufficient funds")
	require.Equal(t, minapp.Fee(40_200), collected(a))
	requireEvent(t, results[1], "tx", "fee", "200ujoule")
	requireEvent(t, results[2], "tx", "fee", "40000ujoule")
}

// A grant that an earlier transaction revokes, or whose coins another account moves, still pays.
func TestGrantsPayBeforeMessages(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	expires := minapp.Time(1_000)
	require.NoError(t, a.Change(func(ctx sdk.Context) error {
		if err := a.Authz.SaveGrant(ctx, a.Accounts[2].Address, a.Accounts[1].Address,
			authz.NewGenericAuthorization(sdk.MsgTypeURL(&banktypes.MsgSend{})), &expires); err != nil {
			return err
		}
		return a.Feegrant.GrantAllowance(ctx, a.Accounts[1].Address, a.Accounts[0].Address, &feegrant.BasicAllowance{SpendLimit: minapp.Fee(250)})
	}))
	take := authz.NewMsgExec(a.Accounts[2].Address, []sdk.Msg{banktypes.NewMsgSend(a.Accounts[1].Address, a.Accounts[2].Address, minapp.Fee(minapp.InitialBalance))})
	granted := a.Send(0, 0, 1)
	granted.Granter = a.Accounts[1].Address
	txs := [][]byte{
		a.Reveals.At(a.Height() + 1),
		a.Sign(2, minapp.Tx{Msgs: []sdk.Msg{&take}, Gas: 200_000, Fee: minapp.Fee(200)}),
		a.Sign(0, granted),
	}
	require.True(t, a.Process(txs))
	results := a.Commit(txs)
	require.Equal(t, []bool{true, false, true}, succeeded(results), results[2].Log)
	require.Equal(t, minapp.Fee(400), collected(a))
	require.EqualValues(t, minapp.InitialBalance-200+1, balance(a, 1))
	require.EqualValues(t, minapp.InitialBalance-1, balance(a, 0))
}

// A block that no validator has processed, as two thirds of dishonest ones could commit it, takes nothing from anybody
// who did not sign: neither a forged transaction nor one that has run already nor one with a gap before it pays.
func TestNobodyPaysUnsigned(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	old := a.Sign(0, a.Send(0, 0, 1))
	require.Zero(t, a.Commit([][]byte{a.Reveals.At(2), old})[1].Code)
	steal, forged := a.Send(0, 1, 1_000_000), a.Send(0, 1, 1_000_000)
	forged.OmitKey = true // the account's own key is on the chain
	noKey := a.Send(1, 0, 1)
	noKey.OmitKey = true
	later := a.Send(2, 5, 1)
	results := a.Commit([][]byte{a.Reveals.At(3), a.Sign(1, steal), a.Sign(1, forged), old, a.Sign(1, noKey), a.Sign(2, later), []byte("garbage"), {}})
	require.Equal(t, []bool{true, false, false, false, false, false, false, false}, succeeded(results))
	for i, err := range []coded{sdkerrors.ErrInvalidPubKey, sdkerrors.ErrUnauthorized, sdkerrors.ErrWrongSequence, sdkerrors.ErrInvalidPubKey, sdkerrors.ErrWrongSequence} {
		require.Equal(t, err.ABCICode(), results[i+1].Code, "%d: %s", i, results[i+1].Log)
	}
	require.Equal(t, minapp.Fee(200), collected(a), "the first block's")
	require.EqualValues(t, minapp.InitialBalance, balance(a, 2))
}

// One transaction twice in a block pays once.
func TestATransactionPaysOnce(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	tx := a.Sign(0, a.Send(0, 0, 1))
	unordered := a.Send(1, 0, 1)
	unordered.Timeout = minapp.Time(10)
	nonce := a.Sign(1, unordered)
	results := a.Commit([][]byte{a.Reveals.At(2), tx, tx, nonce, nonce})
	require.Equal(t, []bool{true, true, false, true, false}, succeeded(results))
	require.Equal(t, minapp.Fee(400), collected(a))
}

// Evidence and paying transactions of one signer keep their order: its sequences and its key, which the evidence shows
// first, are followed.
func TestFeesFollowTheSequencesOfEvidence(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	first, keyless := a.Send(1, 0, 1), a.Send(1, 1, 1)
	keyless.OmitKey = true
	results := a.Commit([][]byte{a.Reveals.At(2), a.Sign(0, a.Submit(0, 0, good(1))), a.Sign(0, a.Send(0, 1, 1)), a.Sign(1, first), a.Sign(1, keyless)})
	require.Equal(t, []bool{true, true, true, true, true}, succeeded(results))
	require.Equal(t, minapp.Fee(600), collected(a))
}

// The gas of a transaction's checks is the same in a node's mempool and in a block, whatever the block did before.
func TestFeeGasIsFixed(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	require.NoError(t, a.Change(func(ctx sdk.Context) error {
		return a.Feegrant.GrantAllowance(ctx, a.Accounts[1].Address, a.Accounts[0].Address, &feegrant.BasicAllowance{SpendLimit: minapp.Fee(1_000_000)})
	}))
	plain, granted := a.Send(0, 0, 1), a.Send(0, 1, 1)
	granted.Granter = a.Accounts[1].Address
	first, second := a.Check(a.Sign(0, plain)), a.Check(a.Sign(0, granted))
	require.Zero(t, second.Code, second.Log)
	results := a.Commit([][]byte{a.Reveals.At(a.Height() + 1), a.Sign(1, a.Send(1, 0, 7)), a.Sign(0, plain), a.Sign(0, granted)})
	require.Greater(t, first.GasUsed, int64(ante.FeeGas))
	require.Greater(t, second.GasUsed, int64(ante.FeeGas+ante.GrantGas))
	// The messages' gas comes on top, the same for both.
	require.Equal(t, results[2].GasUsed-first.GasUsed, results[3].GasUsed-second.GasUsed)
}

// An allowance may not make every use of it cost a block more than GrantGas pays for.
func TestAnAllowanceIsBounded(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	names := make([]string, 1_000)
	for i := range names {
		names[i] = fmt.Sprintf("/joule.a.message.with.a.long.name.v1.Msg%d", i)
	}
	allowance, err := feegrant.NewAllowedMsgAllowance(&feegrant.BasicAllowance{}, append(names, sdk.MsgTypeURL(&banktypes.MsgSend{})))
	require.NoError(t, err)
	require.NoError(t, a.Change(func(ctx sdk.Context) error {
		return a.Feegrant.GrantAllowance(ctx, a.Accounts[1].Address, a.Accounts[0].Address, allowance)
	}))
	tx := a.Send(0, 0, 1)
	tx.Granter = a.Accounts[1].Address
	requireRefused(t, a.Check(a.Sign(0, tx)), sdkerrors.ErrOutOfGas, "more than 50000 gas to use: grant a shorter one")
	results := a.Commit([][]byte{a.Reveals.At(a.Height() + 1), a.Sign(0, tx)})
	require.Equal(t, sdkerrors.ErrOutOfGas.ABCICode(), results[1].Code)
	require.True(t, collected(a).IsZero())
}

// The cap holds in every phase but genesis.
func TestGasCap(t *testing.T) {
	a := minapp.New(t, minapp.Options{Fees: &emissionstypes.FeeParams{FloorPrice: 1_000, MaxTxGas: 300_000}})
	tx := a.Send(0, 0, 10)
	tx.Gas = 300_001
	const says = "gas limit is 300001, at most 300000 (fees.max_tx_gas)"
	requireRefused(t, a.Check(a.Sign(0, tx)), sdkerrors.ErrInvalidGasLimit, says)
	block := [][]byte{a.Reveals.At(2), a.Sign(0, tx)}
	require.False(t, a.Process(block))
	require.Contains(t, a.Log.Take(), says)
	results := a.Commit(block)
	require.Equal(t, sdkerrors.ErrInvalidGasLimit.ABCICode(), results[1].Code)
	require.Contains(t, results[1].Log, says)
	require.True(t, collected(a).IsZero())
	tx.Gas = 300_000
	require.Zero(t, a.Check(a.Sign(0, tx)).Code)
	require.Zero(t, a.Check(a.Sign(1, a.Submit(1, 0, good(1), good(2)))).Code, "evidence has the formula's gas, which has bounds of its own")
}
