package mempool

import (
	"cmp"
	"fmt"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// txKey identifies a transaction by what can be spent once: its first signer and that one's nonce, the sequence or, of
// an unordered transaction, the timeout.
type txKey struct {
	signer    string
	nonce     uint64
	unordered bool
}

func (k txKey) compare(other txKey) int {
	if c := strings.Compare(k.signer, other.signer); c != 0 {
		return c
	}
	if c := cmp.Compare(k.nonce, other.nonce); c != 0 || k.unordered == other.unordered {
		return c
	}
	if k.unordered {
		return 1
	}
	return -1
}

// signerAdapter finds signers in the messages rather than in the signatures' keys as the SDK's does: a transaction may
// omit a key that its account already has, and must not panic the pool then.
type signerAdapter struct{}

var _ sdkmempool.SignerExtractionAdapter = signerAdapter{}

// GetSigners returns each signer with its sequence.
func (signerAdapter) GetSigners(tx sdk.Tx) ([]sdkmempool.SignerData, error) {
	sigTx, ok := tx.(authsigning.SigVerifiableTx)
	if !ok {
		return nil, fmt.Errorf("mempool: transaction type %T has no signers", tx)
	}
	signers, err := sigTx.GetSigners()
	if err != nil {
		return nil, err
	}
	sigs, err := sigTx.GetSignaturesV2()
	if err != nil {
		return nil, err
	}
	if len(signers) == 0 || len(sigs) != len(signers) {
		return nil, fmt.Errorf("mempool: transaction has %d signers and %d signatures", len(signers), len(sigs))
	}
	data := make([]sdkmempool.SignerData, len(signers))
	for i, signer := range signers {
		data[i] = sdkmempool.NewSignerData(signer, sigs[i].Sequence)
	}
	return data, nil
}

func (a signerAdapter) key(tx sdk.Tx) (txKey, error) {
	signers, err := a.GetSigners(tx)
	if err != nil {
		return txKey{}, err
	}
	return keyOf(tx, signers)
}

func keyOf(tx sdk.Tx, signers []sdkmempool.SignerData) (txKey, error) {
	nonce, err := sdkmempool.ChooseNonce(signers[0].Sequence, tx)
	if err != nil {
		return txKey{}, err
	}
	unordered, ok := tx.(sdk.TxWithUnordered)
	return txKey{signer: string(signers[0].Signer), nonce: nonce, unordered: ok && unordered.GetUnordered()}, nil
}

// deviceIDSize is a device id's size in bytes.
const deviceIDSize = devicetypes.DeviceIDSize
