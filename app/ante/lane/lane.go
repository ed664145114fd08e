// Package lane tells evidence-lane transactions from paying ones. It reads the transaction alone, never state, so
// that the ante chain, the mempool, PrepareProposal and ProcessProposal classify alike (protocol section 3).
package lane

import (
	"bytes"

	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// Carries reports whether the transaction has a MsgSubmitWork among its own messages. Such a transaction belongs to
// the lane or is refused; evidence nested in another message (authz, governance) pays like everything else.
func Carries(tx sdk.Tx) bool {
	for _, msg := range tx.GetMsgs() {
		if _, ok := msg.(*worktypes.MsgSubmitWork); ok {
			return true
		}
	}
	return false
}

// Message returns the batch of a transaction whose only message is a MsgSubmitWork.
func Message(tx sdk.Tx) (*worktypes.MsgSubmitWork, bool) {
	msgs := tx.GetMsgs()
	if len(msgs) != 1 {
		return nil, false
	}
	msg, ok := msgs[0].(*worktypes.MsgSubmitWork)
	return msg, ok
}

// HasFee reports whether the transaction has the part that holds its fee and gas. The decoder does not demand it, and
// the SDK's accessors of fee and gas panic without.
func HasFee(tx sdk.Tx) bool {
	t, ok := tx.(interface{ GetProtoTx() *txtypes.Tx })
	return !ok || t.GetProtoTx().GetAuthInfo().GetFee() != nil
}

// CheckShape checks what makes a transaction that carries evidence a lane transaction: one message, no fee, no fee
// payer or granter, no memo, one plain signature and no byte that decoding would drop, since lane bytes are free.
// txBytes is the encoded transaction. It returns ErrShape naming what is wrong.
func CheckShape(tx sdk.Tx, txBytes []byte) error {
	if _, ok := Message(tx); !ok {
		return ErrShape.Wrapf("MsgSubmitWork must be the only message, the transaction has %d messages", len(tx.GetMsgs()))
	}
	lt, ok := tx.(laneTx)
	if !ok {
		return ErrShape.Wrapf("transaction type %T is not supported", tx)
	}
	if fee := lt.GetFee(); len(fee) != 0 {
		return ErrShape.Wrapf("the evidence lane takes no fee, the transaction offers %s: send it with an empty fee", fee)
	}
	if memo := lt.GetMemo(); memo != "" {
		return ErrShape.Wrapf("a lane transaction has no memo, this one has %d bytes", len(memo))
	}
	if err := checkSignature(lt); err != nil {
		return err
	}
	return checkCanonical(lt.GetProtoTx(), txBytes)
}

// laneTx is what the checks read of an SDK transaction.
type laneTx interface {
	sdk.FeeTx
	sdk.TxWithMemo
	authsigning.SigVerifiableTx
	GetProtoTx() *txtypes.Tx
}

// checkSignature allows one plain key: a multisignature's cost is not in the gas formula.
func checkSignature(tx laneTx) error {
	sigs, err := tx.GetSignaturesV2()
	if err != nil {
		return ErrShape.Wrap(err.Error())
	}
	if len(sigs) != 1 {
		return ErrShape.Wrapf("a lane transaction has 1 signature, this one has %d", len(sigs))
	}
	// A transaction that is only simulated may have no signature data yet.
	if _, ok := sigs[0].Data.(*signing.SingleSignatureData); sigs[0].Data != nil && !ok {
		return ErrShape.Wrap("a lane transaction is signed by a single key, not by a multisignature")
	}
	return nil
}

// checkCanonical refuses padding: unknown fields, extension options and redundant encodings would be free block space.
func checkCanonical(tx *txtypes.Tx, txBytes []byte) error {
	if tx == nil || tx.Body == nil || tx.AuthInfo == nil || tx.AuthInfo.Fee == nil {
		return ErrShape.Wrap("the transaction lacks its body, auth info or fee")
	}
	if n := len(tx.Body.ExtensionOptions) + len(tx.Body.NonCriticalExtensionOptions); n != 0 {
		return ErrShape.Wrapf("a lane transaction has no extension options, this one has %d", n)
	}
	fee := tx.AuthInfo.Fee
	if fee.Payer != "" || fee.Granter != "" {
		return ErrShape.Wrap("a lane transaction pays no fee and so names no fee payer or granter")
	}
	for _, message := range tx.Body.Messages {
		msg, ok := message.GetCachedValue().(proto.Message)
		if !ok {
			return ErrShape.Wrap("the message is not decoded")
		}
		if err := sameBytes(msg, message.Value, "message"); err != nil {
			return err
		}
	}
	body, err := proto.Marshal(tx.Body)
	if err != nil {
		return ErrShape.Wrap(err.Error())
	}
	authInfo, err := proto.Marshal(tx.AuthInfo)
	if err != nil {
		return ErrShape.Wrap(err.Error())
	}
	return sameBytes(&txtypes.TxRaw{BodyBytes: body, AuthInfoBytes: authInfo, Signatures: tx.Signatures}, txBytes, "transaction")
}

func sameBytes(m proto.Message, encoded []byte, what string) error {
	canonical, err := proto.Marshal(m)
	if err != nil {
		return ErrShape.Wrap(err.Error())
	}
	if !bytes.Equal(canonical, encoded) {
		return ErrShape.Wrapf("the %s has %d bytes where its canonical encoding has %d", what, len(encoded), len(canonical))
	}
	return nil
}
