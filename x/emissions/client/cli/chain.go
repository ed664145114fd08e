package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

type writer = func(io.Writer, []report.Report) error

// chainSource is what a report needs of a node.
type chainSource interface {
	// Epoch returns an epoch's account; 0 is the newest frozen one.
	Epoch(ctx context.Context, epoch uint64) (types.EpochEmission, error)
	Tallies(ctx context.Context, epoch types.EpochEmission) ([]report.Tally, error)
	// Receipts of one block's transactions.
	Receipts(ctx context.Context, height int64) ([]report.Receipt, error)
}

// compute walks the blocks of the epochs once and recomputes each epoch.
func compute(ctx context.Context, source chainSource, from, to uint64) ([]report.Report, error) {
	var epochs []types.EpochEmission
	for e := from; e <= to; e++ {
		account, err := source.Epoch(ctx, e)
		if err != nil {
			return nil, err
		}
		if !account.Frozen {
			return nil, fmt.Errorf("epoch %d is not frozen yet: its evidence is not final", account.Epoch)
		}
		epochs = append(epochs, account)
	}
	var before types.EpochEmission
	if n := epochs[0].Epoch; n > 1 {
		account, err := source.Epoch(ctx, n-1)
		if err != nil {
			return nil, err
		}
		before = account
	}
	first, last := epochs[0].StartHeight, int64(0)
	for _, e := range epochs {
		last = max(last, e.FreezeHeight)
	}
	receipts := map[uint64][]report.Receipt{}
	for h := first; h <= last; h++ {
		found, err := source.Receipts(ctx, h)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			receipts[r.Epoch] = append(receipts[r.Epoch], r)
		}
	}
	reports := make([]report.Report, 0, len(epochs))
	for _, e := range epochs {
		tallies, err := source.Tallies(ctx, e)
		if err != nil {
			return nil, err
		}
		r, err := report.Compute(e, before, tallies, receipts[e.Epoch])
		if err != nil {
			return nil, err
		}
		before = e
		reports = append(reports, r)
	}
	return reports, nil
}

// chain reads from a node over its RPC.
type chain struct {
	ctx       client.Context
	node      client.CometRPC
	emissions types.QueryClient
}

func (c chain) Epoch(ctx context.Context, epoch uint64) (types.EpochEmission, error) {
	res, err := c.emissions.Epoch(ctx, &types.QueryEpochRequest{Epoch: epoch})
	if err != nil {
		return types.EpochEmission{}, fmt.Errorf("epoch %d: %w", epoch, err)
	}
	return res.Epoch, nil
}

func (c chain) Tallies(ctx context.Context, epoch types.EpochEmission) ([]report.Tally, error) {
	var tallies []report.Tally
	for _, class := range epoch.Classes {
		if class.Units.IsZero() && class.Pool.IsZero() {
			continue // x/work keeps no tally of a class in which nobody worked
		}
		res, err := worktypes.NewQueryClient(c.ctx).Tally(ctx, &worktypes.QueryTallyRequest{WorkClass: class.WorkClass, Epoch: epoch.Epoch})
		if err != nil {
			return nil, fmt.Errorf("%s tally of epoch %d: %w", report.Name(class.WorkClass), epoch.Epoch, err)
		}
		tallies = append(tallies, report.Tally{Class: class.WorkClass, Units: res.Tally.Units, Pool: res.Tally.Pool})
	}
	return tallies, nil
}

func (c chain) Receipts(ctx context.Context, height int64) ([]report.Receipt, error) {
	results, err := c.node.BlockResults(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("results of block %d (ask a node that keeps them): %w", height, err)
	}
	if len(results.TxsResults) == 0 {
		return nil, nil
	}
	block, err := c.node.Block(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("block %d (ask a node that keeps it): %w", height, err)
	}
	if len(block.Block.Txs) != len(results.TxsResults) {
		return nil, fmt.Errorf("block %d has %d transactions but %d results", height, len(block.Block.Txs), len(results.TxsResults))
	}
	var receipts []report.Receipt
	decode := c.ctx.TxConfig.TxDecoder()
	for i, result := range results.TxsResults {
		if result.Code != 0 {
			continue
		}
		tx, err := decode(block.Block.Txs[i])
		if err != nil {
			return nil, fmt.Errorf("block %d tx %d: %w", height, i, err)
		}
		found, err := report.TxReceipts(height, i, tx.GetMsgs(), result.Data, result.Events)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, found...)
	}
	return receipts, nil
}
