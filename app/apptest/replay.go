package apptest

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/joulechain/joule/app"
)

// Replay runs all blocks so far through a fresh app that never saw a proposal, as block sync does, and demands the same
// hashes.
func (c *Chain) Replay() {
	c.t.Helper()
	n := newNode(c.t, Variant{Name: "replay", SkipCheckTx: true, SkipProcess: true})
	last := c.lastHash
	c.initChain([]*node{n})
	c.lastHash = last
	for i, req := range c.blocks {
		res, err := n.app.FinalizeBlock(req)
		require.NoError(c.t, err)
		require.Equal(c.t, c.hashes[i], res.AppHash, "replay disagrees at block %d", req.Height)
		requireSameResults(c.t, n.Name, req.Height, c.results[i], res.TxResults)
		_, err = n.app.Commit()
		require.NoError(c.t, err)
	}
}

// ExportImport exports the state, starts a new chain from it at the next height and demands that exporting that one
// again, before any block, gives the same state. It returns the new chain, ready for blocks.
func (c *Chain) ExportImport(variants []Variant) *Chain {
	c.t.Helper()
	exported, err := c.App().ExportAppStateAndValidators(false, nil)
	require.NoError(c.t, err)
	require.Equal(c.t, c.height+1, exported.Height)
	next := &Chain{
		t: c.t, Validators: c.Validators, Accounts: c.Accounts, genesis: exported.AppState,
		initial: exported.Height, height: exported.Height - 1, Proposer: c.Proposer, sequence: c.sequence,
	}
	for _, v := range exported.Validators {
		next.bonded = append(next.bonded, abci.Ed25519ValidatorUpdate(v.PubKey.Bytes(), v.Power))
	}
	for _, v := range variants {
		next.nodes = append(next.nodes, newNode(c.t, v))
	}
	next.initChain(next.nodes)
	return next
}

// RequireSameExport compares two chains' states module by module, so that a difference names its module.
func RequireSameExport(c, other *Chain) {
	c.t.Helper()
	a, b := exportState(c, c.App()), exportState(other, other.App())
	for module := range a {
		require.JSONEq(c.t, string(a[module]), string(b[module]), "module %s", module)
	}
	require.Len(c.t, b, len(a))
}

func exportState(c *Chain, a *app.App) map[string]json.RawMessage {
	exported, err := a.ExportAppStateAndValidators(false, nil)
	require.NoError(c.t, err)
	var state map[string]json.RawMessage
	require.NoError(c.t, json.Unmarshal(exported.AppState, &state))
	return state
}

// Results returns the transaction results of a block, the reveal's first.
func (c *Chain) Results(height int64) []*abci.ExecTxResult { return c.results[height-c.initial] }

// BlockTxs returns a block's transactions, the reveal first.
func (c *Chain) BlockTxs(height int64) [][]byte { return c.blocks[height-c.initial].Txs }
