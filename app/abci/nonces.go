package abci

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

// unorderedNonces is how many nonces a transaction leaves in the state: one a signer of an unordered transaction, whose
// timeout instead of a sequence keeps it from being replayed. One without signers fails its ante chain.
func unorderedNonces(tx sdk.Tx) int {
	u, ok := tx.(sdk.TxWithUnordered)
	if !ok || !u.GetUnordered() {
		return 0
	}
	sigTx, ok := tx.(authsigning.SigVerifiableTx)
	if !ok {
		return 0
	}
	signers, err := sigTx.GetSigners()
	if err != nil {
		return 0
	}
	return len(signers)
}
