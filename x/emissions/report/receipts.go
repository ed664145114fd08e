package report

import (
	"fmt"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// maxNesting bounds authz messages inside each other; the chain's own limit is lower.
const maxNesting = 16

// TxReceipts reads the receipts of one successful transaction from its messages, its result's data and its events:
// MsgSubmitWork, also inside authz's MsgExec. The data tell what each item earned the device that carried it; whom else
// a radio's beacon or late receipt paid is in the item's event. Evidence that a governance proposal carries executes in
// EndBlock and leaves no result in any transaction: it shows as a mismatch.
func TxReceipts(height int64, index int, msgs []sdk.Msg, data []byte, events []abci.Event) ([]Receipt, error) {
	if !carriesWork(msgs) {
		return nil, nil
	}
	var results sdk.TxMsgData
	if err := proto.Unmarshal(data, &results); err != nil {
		return nil, fmt.Errorf("height %d tx %d: result: %w", height, index, err)
	}
	if len(results.MsgResponses) != len(msgs) {
		return nil, fmt.Errorf("height %d tx %d: %d messages but %d responses", height, index, len(msgs), len(results.MsgResponses))
	}
	w := &walk{height: height, tx: index}
	var err error
	if w.events, err = radioEvents(events); err != nil {
		return nil, fmt.Errorf("height %d tx %d: event %w", height, index, err)
	}
	for i, msg := range msgs {
		if err := w.message(msg, results.MsgResponses[i].Value, 0); err != nil {
			return nil, fmt.Errorf("height %d tx %d message %d: %w", height, index, i, err)
		}
	}
	w.leftover()
	return w.receipts, nil
}

// carriesWork tells whether a transaction can hold evidence. The beacon's reveal, for one, has no response to read.
func carriesWork(msgs []sdk.Msg) bool {
	return slices.ContainsFunc(msgs, func(m sdk.Msg) bool {
		switch m.(type) {
		case *worktypes.MsgSubmitWork, *authz.MsgExec:
			return true
		}
		return false
	})
}

type walk struct {
	height   int64
	tx, item int
	events   []*radioEvent
	receipts []Receipt
}

func (w *walk) message(msg sdk.Msg, response []byte, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("messages nested deeper than %d", maxNesting)
	}
	switch m := msg.(type) {
	case *worktypes.MsgSubmitWork:
		return w.submitted(m, response)
	case *authz.MsgExec:
		var res authz.MsgExecResponse
		if err := proto.Unmarshal(response, &res); err != nil {
			return err
		}
		inner, err := m.GetMessages()
		if err != nil {
			return err
		}
		if len(res.Results) != len(inner) {
			return fmt.Errorf("%d inner messages but %d results", len(inner), len(res.Results))
		}
		for i, im := range inner {
			if err := w.message(im, res.Results[i], depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) submitted(m *worktypes.MsgSubmitWork, response []byte) error {
	var res worktypes.MsgSubmitWorkResponse
	if err := proto.Unmarshal(response, &res); err != nil {
		return err
	}
	if len(res.Results) != len(m.Evidence) {
		return fmt.Errorf("%d items but %d results", len(m.Evidence), len(res.Results))
	}
	for i, r := range res.Results {
		others := movesOthers(m.Evidence[i].WorkClass, r.Phase)
		if r.Accepted && (r.Units > 0 || others) {
			receipt := Receipt{
				Height: w.height, Tx: w.tx, Item: w.item, DeviceID: r.DeviceId, Class: m.Evidence[i].WorkClass,
				Window: r.Window, Epoch: r.Epoch, Units: r.Units,
			}
			if others {
				receipt.Late = r.Phase == worktypes.PHASE_PROVE
				w.explain(&receipt)
			}
			w.receipts = append(w.receipts, receipt)
		}
		w.item++
	}
	return nil
}
