package apptest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/joulechain/joule/app"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// PaidGas is the gas limit of the harness's paying transactions; GasPrice pays the fee floor with room to spare.
const (
	PaidGas  = 1_000_000
	GasPrice = 1
)

// Pay signs an ordinary transaction with the account's next sequence and a sufficient fee.
func (c *Chain) Pay(from Account, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	return c.PayGas(from, PaidGas, msgs...)
}

// PayGas is Pay with another gas limit.
func (c *Chain) PayGas(from Account, gas uint64, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	b := c.App().TxConfig().NewTxBuilder()
	require.NoError(c.t, b.SetMsgs(msgs...))
	b.SetGasLimit(gas)
	b.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, int64(gas)*GasPrice)))
	bz := c.sign(b, from, c.nextSequence(from))
	return bz
}

// Submit signs a lane transaction: unordered, zero fee and the formula's gas limit.
func (c *Chain) Submit(relayer Account, evidence ...worktypes.Evidence) []byte {
	c.t.Helper()
	msg := &worktypes.MsgSubmitWork{Relayer: relayer.Address.String(), Evidence: evidence}
	params, err := c.App().WorkKeeper.GetParams(c.Ctx())
	require.NoError(c.t, err)
	gas, err := worktypes.LaneGas(msg, params)
	require.NoError(c.t, err)
	b := c.App().TxConfig().NewTxBuilder()
	require.NoError(c.t, b.SetMsgs(msg))
	b.SetGasLimit(gas)
	b.SetUnordered(true)
	// Timeouts are unique per sender: the submission counter spreads them over nanoseconds.
	c.sequence["unordered"]++
	b.SetTimeoutTimestamp(c.timeAt(c.height).Add(5*time.Minute + time.Duration(c.sequence["unordered"])))
	return c.sign(b, relayer, 0)
}

func (c *Chain) nextSequence(from Account) uint64 {
	name := from.Address.String()
	if _, known := c.sequence[name]; !known {
		c.sequence[name] = c.App().AccountKeeper.GetAccount(c.Ctx(), from.Address).GetSequence()
	}
	s := c.sequence[name]
	c.sequence[name]++
	return s
}

// ForgetSequence reads the account's sequence from the state again, after a transaction that was refused.
func (c *Chain) ForgetSequence(from Account) { delete(c.sequence, from.Address.String()) }

func (c *Chain) sign(b client.TxBuilder, from Account, sequence uint64) []byte {
	c.t.Helper()
	cfg := c.App().TxConfig()
	account := c.App().AccountKeeper.GetAccount(c.Ctx(), from.Address)
	require.NotNil(c.t, account, "account %s is not on the chain", from.Address)
	data := authsigning.SignerData{
		ChainID: ChainID, Address: from.Address.String(), AccountNumber: account.GetAccountNumber(), Sequence: sequence, PubKey: from.Key.PubKey(),
	}
	// The signer info is part of what is signed, so it is set with an empty signature first.
	require.NoError(c.t, b.SetSignatures(signing.SignatureV2{
		PubKey: from.Key.PubKey(), Sequence: sequence, Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT},
	}))
	sig, err := tx.SignWithPrivKey(c.Ctx(), signing.SignMode_SIGN_MODE_DIRECT, data, b, from.Key, cfg, sequence)
	require.NoError(c.t, err)
	require.NoError(c.t, b.SetSignatures(sig))
	bz, err := cfg.TxEncoder()(b.GetTx())
	require.NoError(c.t, err)
	return bz
}
