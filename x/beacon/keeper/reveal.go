package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// Expectation is what a block at Height must carry, given who its header names.
type Expectation struct {
	ChainID string
	Height  int64
	// Operator is the proposer's operator address in bytes, nil when the header names no validator; Address is its
	// text.
	Operator []byte
	Address  string
	// Key is the key that must reveal; nil means that the block carries no reveal.
	Key []byte
	// AwaitsFirstKey tells that the operator's first key is registered and not active yet.
	AwaitsFirstKey bool
	// PreviousMix is the mix of the block before.
	PreviousMix []byte
}

// Input is what the key proves over.
func (e Expectation) Input() []byte { return vrf.RevealInput(e.ChainID, e.Height, e.PreviousMix) }

// Expect tells what a block at height with this proposer must carry. It reads the state before the block's PreBlock,
// which is what PrepareProposal, ProcessProposal and PreBlock itself see.
func (k *Keeper) Expect(ctx context.Context, height int64, proposer []byte) (Expectation, error) {
	last, err := k.LastMix(ctx)
	if err != nil {
		return Expectation{}, err
	}
	e := Expectation{ChainID: sdk.UnwrapSDKContext(ctx).ChainID(), Height: height, PreviousMix: last.Mix}
	operator, found, err := k.OperatorByConsAddr(ctx, proposer)
	if err != nil || !found {
		return e, err
	}
	e.Operator = operator
	if e.Address, err = k.operators.BytesToString(operator); err != nil {
		return Expectation{}, err
	}
	record, _, err := k.ValidatorKey(ctx, operator, height)
	if err != nil {
		return Expectation{}, err
	}
	e.Key = record.At(height)
	e.AwaitsFirstKey = e.Key == nil && len(record.Pending) > 0
	return e, nil
}

// Verify checks a block's first transaction against the expectation and returns the VRF output, nil when the block
// rightly carries no reveal. It reads no state.
func (e Expectation) Verify(txs [][]byte) ([]byte, error) {
	var (
		msg   *types.MsgReveal
		found bool
		err   error
	)
	if len(txs) > 0 {
		msg, found, err = types.ParseRevealTx(txs[0])
	}
	switch {
	case err != nil:
		return nil, err
	case e.Key == nil && found:
		return nil, types.ErrRevealUnexpected.Wrapf("the header's validator has no active beacon key at height %d", e.Height)
	case e.Key == nil:
		return nil, nil
	case !found:
		return nil, types.ErrRevealMissing.Wrapf("transaction 0 must be the reveal of %s for height %d", e.Address, e.Height)
	case msg.OperatorAddress != e.Address:
		return nil, types.ErrRevealInvalid.Wrapf("operator_address is %s; the header names %s", msg.OperatorAddress, e.Address)
	case msg.Height != e.Height:
		return nil, types.ErrRevealInvalid.Wrapf("height is %d; the block's is %d", msg.Height, e.Height)
	}
	output, err := vrf.Verify(e.Key, msg.Proof, e.Input())
	if err != nil {
		return nil, types.ErrRevealInvalid.Wrap(err.Error())
	}
	return output, nil
}
