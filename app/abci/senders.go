package abci

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

// orderedSender returns the first signer of a transaction that its sequence orders, and false for an unordered one.
func orderedSender(tx sdk.Tx) (string, bool) {
	if u, ok := tx.(sdk.TxWithUnordered); ok && u.GetUnordered() {
		return "", false
	}
	sigTx, ok := tx.(authsigning.SigVerifiableTx)
	if !ok {
		return "", false
	}
	signers, err := sigTx.GetSigners()
	if err != nil || len(signers) == 0 {
		return "", false
	}
	return string(signers[0]), true
}
