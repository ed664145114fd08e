package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/joulechain/joule/app"
)

// NewApp opens an app over an empty database in memory.
func NewApp(t testing.TB, v Variant) *app.App { return newNode(t, v).app }

// AppHash is the app hash that a block's execution gave.
func (c *Chain) AppHash(height int64) []byte { return c.hashes[height-c.initial] }

// InitApp starts an app of the caller's own from the chain's genesis.
func (c *Chain) InitApp(a *app.App) {
	c.t.Helper()
	last := c.lastHash
	c.initChain([]*node{{Variant: Variant{Name: "fed"}, app: a}})
	c.lastHash = last
}

// Finalize gives an app the block of a height, without committing it.
func (c *Chain) Finalize(a *app.App, height int64) (*abci.ResponseFinalizeBlock, error) {
	return a.FinalizeBlock(c.blocks[height-c.initial])
}

// Feed runs the blocks from and up to a height through an app and demands the hashes and results that the chain saw.
func (c *Chain) Feed(a *app.App, from, to int64) {
	c.t.Helper()
	for height := from; height <= to; height++ {
		res, err := c.Finalize(a, height)
		require.NoError(c.t, err)
		require.Equal(c.t, c.AppHash(height), res.AppHash, "block %d", height)
		requireSameResults(c.t, "fed", height, c.Results(height), res.TxResults)
		_, err = a.Commit()
		require.NoError(c.t, err)
	}
}

// ContinueOn goes on with an app of the caller's own, which stands where the chain stands.
func (c *Chain) ContinueOn(a *app.App) {
	c.t.Helper()
	require.Equal(c.t, c.height, a.LastBlockHeight())
	c.nodes = []*node{{Variant: Variant{Name: "continued"}, app: a}}
}

// FinalizeEmpty gives an app the block after the chain's last, with nothing but the reveal, and commits nothing.
func (c *Chain) FinalizeEmpty(a *app.App) (*abci.ResponseFinalizeBlock, error) {
	c.t.Helper()
	height := c.height + 1
	return a.FinalizeBlock(&abci.RequestFinalizeBlock{
		Txs: c.Propose(), Height: height, Time: c.timeAt(height), Hash: []byte{byte(height)},
		ProposerAddress: c.proposerAt(height).ConsAddress(), DecidedLastCommit: c.lastCommit(),
	})
}
