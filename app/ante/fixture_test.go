package ante_test

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

// protoTx is a transaction that shows its decoded form.
type protoTx interface {
	authsigning.Tx
	sdk.TxWithMemo
	GetProtoTx() *txtypes.Tx
}

// multisigTx shows other signatures than the transaction has.
type multisigTx struct {
	protoTx
	sigs []signing.SignatureV2
}

func (t multisigTx) GetSignaturesV2() ([]signing.SignatureV2, error) { return t.sigs, nil }
