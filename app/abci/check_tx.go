package abci

import (
	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
)

// NewCheckTx returns a CheckTx handler that counts why evidence is refused and otherwise does what the SDK does. trace
// adds stack traces to error logs.
func NewCheckTx(decode sdk.TxDecoder, trace bool) sdk.CheckTxHandler {
	return func(runTx sdk.RunTx, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
		tx, err := decode(req.Tx)
		if err != nil {
			return sdkerrors.ResponseCheckTxWithEvents(sdkerrors.ErrTxDecode.Wrap(err.Error()), 0, 0, nil, trace), nil
		}
		gas, result, events, err := runTx(req.Tx, tx)
		if err != nil {
			if lane.Carries(tx) {
				countReason("check_refused", refusal(err))
			}
			return sdkerrors.ResponseCheckTxWithEvents(err, gas.GasWanted, gas.GasUsed, events, trace), nil
		}
		return &abci.ResponseCheckTx{
			GasWanted: int64(gas.GasWanted),
			GasUsed:   int64(gas.GasUsed),
			Log:       result.Log,
			Data:      result.Data,
			Events:    sdk.MarkEventsToIndex(result.Events, nil),
		}, nil
	}
}
