package types

import (
	"bytes"

	"github.com/cosmos/gogoproto/proto"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/joulechain/joule/x/beacon/vrf"
)

const (
	// RevealGasLimit is the gas limit that transaction 0 carries. It pays nothing and runs no handler; 1 keeps tools
	// that divide by it working.
	RevealGasLimit = 1
	// MaxRevealTxBytes bounds the encoding of transaction 0: about 250 bytes with the longest address. PrepareProposal
	// can subtract it from the byte budget before it knows the proof.
	MaxRevealTxBytes = 512

	// RevealTypeURL is the type URL of MsgReveal in a transaction's body. It is written out, since the registry that
	// would tell it fills only after package variables are set.
	RevealTypeURL = "/joule.beacon.v1.MsgReveal"

	maxAddressBytes = 128 // of an operator address in text
	maxNesting      = 8   // of messages in messages that ContainsReveal follows
)

// BuildRevealTx encodes transaction 0: a TxRaw of one MsgReveal, a zero fee, no signer and no signature. The encoding
// is the only one that ParseRevealTx accepts.
func BuildRevealTx(msg *MsgReveal) ([]byte, error) {
	if l := len(msg.OperatorAddress); l == 0 || l > maxAddressBytes {
		return nil, ErrRevealMalformed.Wrapf("operator_address has %d bytes; want 1 to %d", l, maxAddressBytes)
	}
	if msg.Height < 1 {
		return nil, ErrRevealMalformed.Wrapf("height is %d; want at least 1", msg.Height)
	}
	if err := vrf.CheckProofEncoding(msg.Proof); err != nil {
		return nil, ErrRevealMalformed.Wrap(err.Error())
	}
	value, err := proto.Marshal(msg)
	if err != nil {
		return nil, ErrRevealMalformed.Wrap(err.Error())
	}
	body, err := proto.Marshal(&tx.TxBody{Messages: []*codectypes.Any{{TypeUrl: RevealTypeURL, Value: value}}})
	if err != nil {
		return nil, ErrRevealMalformed.Wrap(err.Error())
	}
	auth, err := proto.Marshal(&tx.AuthInfo{Fee: &tx.Fee{GasLimit: RevealGasLimit}})
	if err != nil {
		return nil, ErrRevealMalformed.Wrap(err.Error())
	}
	return proto.Marshal(&tx.TxRaw{BodyBytes: body, AuthInfoBytes: auth})
}

// ParseRevealTx reads a transaction of a block. The flag tells whether it carries a MsgReveal at the top level of its
// body. With the flag, the message is transaction 0's, or the error says why it is not the canonical encoding.
// Without it, message and error are nil: the transaction is somebody else's, or undecodable, which its decoder refuses.
func ParseRevealTx(bz []byte) (*MsgReveal, bool, error) {
	value, found := revealValue(bz)
	if !found {
		return nil, false, nil
	}
	if len(bz) > MaxRevealTxBytes {
		return nil, true, ErrRevealMalformed.Wrapf("%d bytes; want at most %d", len(bz), MaxRevealTxBytes)
	}
	var msg MsgReveal
	if err := proto.Unmarshal(value, &msg); err != nil {
		return nil, true, ErrRevealMalformed.Wrap(err.Error())
	}
	canonical, err := BuildRevealTx(&msg)
	if err != nil {
		return nil, true, err
	}
	if !bytes.Equal(canonical, bz) {
		return nil, true, ErrRevealMalformed.Wrap("the bytes are not the canonical encoding of its fields")
	}
	return &msg, true, nil
}

// IsRevealTx tells whether the bytes are a canonical transaction 0. It depends on the bytes alone.
func IsRevealTx(bz []byte) bool {
	_, found, err := ParseRevealTx(bz)
	return found && err == nil
}

// revealValue finds the first MsgReveal at the top level of a transaction's body. The search for the type URL's bytes
// spares the decoding of nearly every other transaction: protobuf writes strings verbatim.
func revealValue(bz []byte) ([]byte, bool) {
	if !bytes.Contains(bz, []byte(RevealTypeURL)) {
		return nil, false
	}
	var raw tx.TxRaw
	if err := proto.Unmarshal(bz, &raw); err != nil {
		return nil, false
	}
	var body tx.TxBody
	if err := proto.Unmarshal(raw.BodyBytes, &body); err != nil {
		return nil, false
	}
	for _, msg := range body.Messages {
		if msg.TypeUrl == RevealTypeURL {
			return msg.Value, true
		}
	}
	return nil, false
}

// ContainsReveal tells whether a MsgReveal is among the messages, or inside one that carries others: authz's MsgExec,
// gov's MsgSubmitProposal and whatever else exposes them alike. Deeper nesting than eight counts as one.
func ContainsReveal(msgs []sdk.Msg) bool { return containsReveal(msgs, 0) }

func containsReveal(msgs []sdk.Msg, depth int) bool {
	if depth > maxNesting {
		return true
	}
	for _, msg := range msgs {
		var (
			inner []sdk.Msg
			err   error
		)
		switch m := msg.(type) {
		case *MsgReveal:
			return true
		case interface{ GetMessages() ([]sdk.Msg, error) }: // authz.MsgExec
			inner, err = m.GetMessages()
		case interface{ GetMsgs() ([]sdk.Msg, error) }: // govv1.MsgSubmitProposal
			inner, err = m.GetMsgs()
		}
		if err != nil || containsReveal(inner, depth+1) {
			return true
		}
	}
	return false
}
