package abci

import (
	"context"
	"errors"

	abci "github.com/cometbft/cometbft/abci/types"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// TxRunner runs a transaction's ante chain in a proposal's state; baseapp.BaseApp is one.
type TxRunner interface {
	RunTx(mode sdk.ExecMode, txBytes []byte, tx sdk.Tx, txIndex int, ms storetypes.MultiStore, cache map[string]any) (sdk.GasInfo, *sdk.Result, []abci.Event, error)
}

// ParamsSource reads x/work's parameters.
type ParamsSource interface {
	GetParams(ctx context.Context) (worktypes.Params, error)
}

// Options are what the proposal handlers are built from; all are required.
type Options struct {
	Runner      TxRunner
	Decode      sdk.TxDecoder
	Encode      sdk.TxEncoder
	Pool        *mempool.Pool
	Reveals     Revealer
	Work        ParamsSource
	PreVerifier *PreVerifier
}

// Proposals prepares and processes proposals. A block is transaction 0 (the reveal, if the proposer owes one), then
// paying transactions, then the evidence lane, within limits that both handlers count with the same code.
type Proposals struct{ Options }

// NewProposals returns the handlers.
func NewProposals(o Options) (*Proposals, error) {
	if o.Runner == nil || o.Decode == nil || o.Encode == nil || o.Pool == nil || o.Reveals == nil || o.Work == nil || o.PreVerifier == nil {
		return nil, errors.New("abci: every option of the proposal handlers is required")
	}
	return &Proposals{o}, nil
}

// PrepareProposal is the handler of the node's own proposals. It neither fails nor panics: the SDK would then propose
// the raw transactions, which every validator refuses.
func (p *Proposals) PrepareProposal() sdk.PrepareProposalHandler {
	return func(ctx sdk.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
		return &abci.ResponsePrepareProposal{Txs: p.prepare(ctx, req)}, nil
	}
}

// ProcessProposal is the handler of every validator's proposals. Its verdict is a function of the state and the block.
func (p *Proposals) ProcessProposal() sdk.ProcessProposalHandler {
	return func(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
		if err := p.process(ctx, req); err != nil {
			countReason("proposals_rejected", rejection(err))
			ctx.Logger().Error("proposal rejected", "height", req.Height, "proposer", sdk.ConsAddress(req.ProposerAddress), "reason", err)
			return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
		}
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
}
