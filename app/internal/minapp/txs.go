package minapp

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app/ante"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Tx is a transaction in the making.
type Tx struct {
	Msgs     []sdk.Msg
	Gas      uint64
	Fee      sdk.Coins
	Memo     string
	Sequence uint64
	// Timeout makes the transaction unordered.
	Timeout time.Time
	Granter sdk.AccAddress
	// OmitKey leaves the signer's key out, as a client may once the account has it.
	OmitKey bool
	// Edit changes the builder before signing.
	Edit func(client.TxBuilder)
}

// Fee is an amount of ujoule.
func Fee(amount int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(ante.FeeDenom, amount)) }

// Send is a paying transaction: a transfer of 1 ujoule to the next account at the given gas price in ujoule per 1,000
// gas.
func (a *App) Send(from int, sequence uint64, price int64) Tx {
	to := a.Accounts[(from+1)%len(a.Accounts)].Address
	return Tx{Msgs: []sdk.Msg{banktypes.NewMsgSend(a.Accounts[from].Address, to, Fee(1))}, Gas: 200_000, Fee: Fee(200 * price), Sequence: sequence}
}

// Submit is a lane transaction with the formula's gas.
func (a *App) Submit(relayer int, sequence uint64, items ...worktypes.Evidence) Tx {
	msg := &worktypes.MsgSubmitWork{Relayer: a.Accounts[relayer].Address.String(), Evidence: items}
	gas, err := worktypes.LaneGas(msg, a.Work.params)
	require.NoError(a.t, err)
	return Tx{Msgs: []sdk.Msg{msg}, Gas: gas, Sequence: sequence}
}

// Sign encodes a transaction signed by an account.
func (a *App) Sign(from int, tx Tx) []byte {
	bz, err := a.TxConfig.TxEncoder()(a.Build(from, tx))
	require.NoError(a.t, err)
	return bz
}

// Build returns the signed transaction.
func (a *App) Build(from int, tx Tx) sdk.Tx {
	acc := a.Accounts[from]
	b := a.TxConfig.NewTxBuilder()
	require.NoError(a.t, b.SetMsgs(tx.Msgs...))
	b.SetGasLimit(tx.Gas)
	b.SetFeeAmount(tx.Fee)
	b.SetMemo(tx.Memo)
	b.SetFeeGranter(tx.Granter)
	if !tx.Timeout.IsZero() {
		b.SetUnordered(true)
		b.SetTimeoutTimestamp(tx.Timeout)
	}
	if tx.Edit != nil {
		tx.Edit(b)
	}
	sig := signing.SignatureV2{
		PubKey: acc.Key.PubKey(), Sequence: tx.Sequence,
		Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT},
	}
	if tx.OmitKey {
		sig.PubKey = nil
	}
	require.NoError(a.t, b.SetSignatures(sig))
	bytes, err := authsigning.GetSignBytesAdapter(context.Background(), a.TxConfig.SignModeHandler(), signing.SignMode_SIGN_MODE_DIRECT,
		authsigning.SignerData{Address: acc.Address.String(), ChainID: ChainID, AccountNumber: acc.Number, Sequence: tx.Sequence, PubKey: acc.Key.PubKey()}, b.GetTx())
	require.NoError(a.t, err)
	signature, err := acc.Key.Sign(bytes)
	require.NoError(a.t, err)
	sig.Data = &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT, Signature: signature}
	require.NoError(a.t, b.SetSignatures(sig))
	return b.GetTx()
}
