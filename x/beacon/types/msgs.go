package types

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/vrf"
)

var (
	_ sdk.Msg              = (*MsgRegisterKey)(nil)
	_ sdk.HasValidateBasic = (*MsgRegisterKey)(nil)
	_ sdk.Msg              = (*MsgUpdateParams)(nil)
	_ sdk.Msg              = (*MsgReveal)(nil)
)

// NewMsgRegisterKey builds the registration of a key whose secret is at hand. operator is the address in text,
// operatorBytes the same in bytes.
func NewMsgRegisterKey(chainID, operator string, operatorBytes, publicKey []byte, signer vrf.Signer) (*MsgRegisterKey, error) {
	proof, err := signer.Prove(publicKey, vrf.PossessionInput(chainID, operatorBytes))
	if err != nil {
		return nil, err
	}
	return &MsgRegisterKey{OperatorAddress: operator, Key: publicKey, Proof: proof}, nil
}

// ValidateBasic bounds the message before anything is computed.
func (m *MsgRegisterKey) ValidateBasic() error {
	if len(m.Key) != vrf.KeySize {
		return ErrInvalidKey.Wrapf("key has %d bytes; want %d", len(m.Key), vrf.KeySize)
	}
	if len(m.Proof) != vrf.ProofSize {
		return ErrInvalidPossession.Wrapf("proof has %d bytes; want %d", len(m.Proof), vrf.ProofSize)
	}
	return nil
}

// VerifyPossession checks the key and the proof that its holder agrees to reveal for the operator on this chain.
func (m *MsgRegisterKey) VerifyPossession(chainID string, operator []byte) error {
	if err := vrf.ValidateKey(m.Key); err != nil {
		return ErrInvalidKey.Wrap(err.Error())
	}
	if _, err := vrf.Verify(m.Key, m.Proof, vrf.PossessionInput(chainID, operator)); err != nil {
		return ErrInvalidPossession.Wrapf("%s; the proof must be made for chain id %q and operator %s", err, chainID, m.OperatorAddress)
	}
	return nil
}
