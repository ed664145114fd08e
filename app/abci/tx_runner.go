package abci

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// revealRunner answers for transaction 0 and leaves the others to the runner it wraps.
type revealRunner struct{ next sdk.TxRunner }

var _ sdk.TxRunner = revealRunner{}

// RevealRunner wraps the sequential or the Block-STM runner (blockexec.WithRunnerWrap); optimistic execution runs
// through it as well. A reveal has no handler: PreBlock has dealt with it, and its result is constant. Whether
// transaction 0 is a reveal depends on its bytes alone.
func RevealRunner(next sdk.TxRunner) sdk.TxRunner { return revealRunner{next} }

// Unwrap lets BaseApp see that the wrapped runner is parallel and refuse a block gas meter with it.
func (r revealRunner) Unwrap() sdk.TxRunner { return r.next }

// Run implements sdk.TxRunner. The wrapped runner counts the transactions it gets from 0; adding one keeps
// ctx.TxIndex() the transaction's index in its block, with or without a reveal in front, for both runners.
func (r revealRunner) Run(ctx context.Context, ms storetypes.MultiStore, txs [][]byte, deliverTx sdk.DeliverTxFunc) ([]*abci.ExecTxResult, error) {
	if len(txs) == 0 || !beacontypes.IsRevealTx(txs[0]) {
		return r.next.Run(ctx, ms, txs, deliverTx)
	}
	shifted := func(tx []byte, memTx sdk.Tx, ms storetypes.MultiStore, index int, cache map[string]any) *abci.ExecTxResult {
		return deliverTx(tx, memTx, ms, index+1, cache)
	}
	rest, err := r.next.Run(ctx, ms, txs[1:], shifted)
	if err != nil {
		return nil, err
	}
	return append([]*abci.ExecTxResult{revealResult()}, rest...), nil
}

// revealResult is the same for every reveal: success, no data, no gas. The indexed event lets explorers search for it
// as for any message.
func revealResult() *abci.ExecTxResult {
	return &abci.ExecTxResult{
		Code: abci.CodeTypeOK,
		Events: []abci.Event{{
			Type: sdk.EventTypeMessage,
			Attributes: []abci.EventAttribute{
				{Key: sdk.AttributeKeyAction, Value: beacontypes.RevealTypeURL, Index: true},
				{Key: sdk.AttributeKeyModule, Value: beacontypes.ModuleName, Index: true},
			},
		}},
	}
}
