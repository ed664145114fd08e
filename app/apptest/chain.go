package apptest

import (
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app"
)

// BlockTime is the harness's fixed time between blocks.
const BlockTime = 6 * time.Second

// Chain drives the same blocks through every variant.
type Chain struct {
	t          testing.TB
	nodes      []*node
	Validators []Validator
	Accounts   []Account
	height     int64
	initial    int64
	genesis    []byte
	// bonded is the validator set that the genesis gives CometBFT; nil means Validators, each with its Stake.
	bonded   []abci.ValidatorUpdate
	blocks   []*abci.RequestFinalizeBlock
	hashes   [][]byte
	results  [][]*abci.ExecTxResult
	lastHash []byte
	// Proposer picks the validator that the next header names; nil takes turns.
	Proposer func(height int64) int
	sequence map[string]uint64
}

// Options shape a chain.
type Options struct {
	// Validators is how many validators bond at genesis; 0 means 2.
	Validators int
	// Accounts is how many funded accounts there are; 0 means 4.
	Accounts int
	// Variants are the ways to run; nil means all.
	Variants []Variant
	// Genesis edits the state before the first block.
	Genesis func(*Genesis)
}

// New starts a chain and makes its first block.
func New(t testing.TB, o Options) *Chain {
	t.Helper()
	if o.Validators == 0 {
		o.Validators = 2
	}
	if o.Accounts == 0 {
		o.Accounts = 4
	}
	if o.Variants == nil {
		o.Variants = Variants
	}
	c := &Chain{t: t, initial: 1, sequence: map[string]uint64{}}
	for i := range o.Validators {
		c.Validators = append(c.Validators, newValidator(t, i))
	}
	for i := range o.Accounts {
		c.Accounts = append(c.Accounts, NewAccount("account", i))
	}
	for _, v := range o.Variants {
		c.nodes = append(c.nodes, newNode(t, v))
	}
	g := newGenesis(t, c.App(), c.Validators, c.Accounts)
	if o.Genesis != nil {
		o.Genesis(g)
	}
	bz, err := json.Marshal(g.State)
	require.NoError(t, err)
	c.genesis = bz
	c.initChain(c.nodes)
	c.Blocks(1) // until then nothing is committed that a context could read
	return c
}

func (c *Chain) initChain(nodes []*node) {
	params := app.DefaultConsensusParams().ToProto()
	bonded := c.bonded
	if bonded == nil {
		bonded = validatorUpdates(c.Validators)
	}
	for _, n := range nodes {
		res, err := n.app.InitChain(&abci.RequestInitChain{
			Time: genesisTime, ChainId: ChainID, ConsensusParams: &params,
			Validators: bonded, AppStateBytes: c.genesis, InitialHeight: c.initial,
		})
		require.NoError(c.t, err, n.Name)
		c.lastHash = res.AppHash
	}
}

// App is the proposing variant's app.
func (c *Chain) App() *app.App { return c.nodes[0].app }

// Height is the last committed height.
func (c *Chain) Height() int64 { return c.height }

// Ctx reads the last committed state.
func (c *Chain) Ctx() sdk.Context {
	return c.App().NewUncachedContext(false, c.header(c.height)).WithMultiStore(c.App().CommitMultiStore().CacheMultiStore())
}

func (c *Chain) header(height int64) cmtproto.Header {
	return cmtproto.Header{ChainID: ChainID, Height: height, Time: c.timeAt(height)}
}

func (c *Chain) timeAt(height int64) time.Time {
	return genesisTime.Add(time.Duration(height-c.initial+1) * BlockTime)
}

func (c *Chain) proposerAt(height int64) Validator {
	i := int(height) % len(c.Validators)
	if c.Proposer != nil {
		i = c.Proposer(height)
	}
	return c.Validators[i]
}

// Block makes the next block from the transactions and whatever waits in the proposer's mempool, has every variant
// accept it, and returns the transactions' results without the reveal's. All variants must agree.
func (c *Chain) Block(txs ...[]byte) []*abci.ExecTxResult {
	c.t.Helper()
	for _, tx := range txs {
		c.CheckTx(tx)
	}
	return c.Commit(c.Propose(txs...))
}

// CheckTx offers a transaction to every variant that has a mempool and returns the proposer's answer.
func (c *Chain) CheckTx(tx []byte) *abci.ResponseCheckTx {
	c.t.Helper()
	var first *abci.ResponseCheckTx
	for _, n := range c.nodes {
		if n.SkipCheckTx {
			continue
		}
		res, err := n.app.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
		require.NoError(c.t, err, n.Name)
		if first == nil {
			first = res
		}
	}
	return first
}

// Propose asks the proposer for the next block's transactions.
func (c *Chain) Propose(txs ...[]byte) [][]byte {
	c.t.Helper()
	height := c.height + 1
	proposer := c.proposerAt(height)
	c.App().SetBeaconSigner(proposer.Beacon)
	res, err := c.App().PrepareProposal(&abci.RequestPrepareProposal{
		MaxTxBytes: app.GenesisBlockBytes, Txs: txs, Height: height, Time: c.timeAt(height),
		ProposerAddress: proposer.ConsAddress(), LocalLastCommit: abci.ExtendedCommitInfo{},
	})
	require.NoError(c.t, err)
	return res.Txs
}

// Process asks the proposing variant whether it accepts a block.
func (c *Chain) Process(txs [][]byte) bool {
	c.t.Helper()
	return c.process(c.nodes[0], txs, blockHash(c.height+1)) == abci.ResponseProcessProposal_ACCEPT
}

// blockHash tells blocks apart; a block's content does not enter it.
func blockHash(height int64) []byte { return []byte{byte(height)} }

func (c *Chain) process(n *node, txs [][]byte, hash []byte) abci.ResponseProcessProposal_ProposalStatus {
	height := c.height + 1
	res, err := n.app.ProcessProposal(&abci.RequestProcessProposal{
		Txs: txs, Height: height, Time: c.timeAt(height), Hash: hash,
		ProposerAddress: c.proposerAt(height).ConsAddress(), ProposedLastCommit: c.lastCommit(),
	})
	require.NoError(c.t, err, n.Name)
	return res.Status
}

func (c *Chain) lastCommit() abci.CommitInfo {
	info := abci.CommitInfo{}
	if c.height < c.initial {
		return info
	}
	for _, v := range c.Validators {
		info.Votes = append(info.Votes, abci.VoteInfo{
			Validator:   abci.Validator{Address: v.ConsAddress(), Power: Stake / 1_000_000},
			BlockIdFlag: cmtproto.BlockIDFlagCommit,
		})
	}
	return info
}

// Commit runs a proposed block through every variant and returns the results after the reveal's.
func (c *Chain) Commit(txs [][]byte) []*abci.ExecTxResult {
	c.t.Helper()
	height := c.height + 1
	req := &abci.RequestFinalizeBlock{
		Txs: txs, Height: height, Time: c.timeAt(height), Hash: blockHash(height),
		ProposerAddress: c.proposerAt(height).ConsAddress(), DecidedLastCommit: c.lastCommit(),
	}
	var first *abci.ResponseFinalizeBlock
	for _, n := range c.nodes {
		if n.Restart && height > c.initial {
			n.restart()
		}
		offered, hash := txs, req.Hash
		if n.Abort && len(txs) > 1 {
			offered, hash = txs[:len(txs)-1], []byte("another proposal")
		}
		if !n.SkipProcess {
			require.Equal(c.t, abci.ResponseProcessProposal_ACCEPT, c.process(n, offered, hash), "%s refuses block %d", n.Name, height)
		}
		res, err := n.app.FinalizeBlock(req)
		require.NoError(c.t, err, n.Name)
		if first == nil {
			first = res
		}
		require.Equal(c.t, first.AppHash, res.AppHash, "%s disagrees with %s on the app hash of block %d", n.Name, c.nodes[0].Name, height)
		requireSameResults(c.t, n.Name, height, first.TxResults, res.TxResults)
		_, err = n.app.Commit()
		require.NoError(c.t, err, n.Name)
	}
	c.blocks, c.hashes, c.results = append(c.blocks, req), append(c.hashes, first.AppHash), append(c.results, first.TxResults)
	c.height, c.lastHash = height, first.AppHash
	require.Len(c.t, first.TxResults, len(txs))
	return first.TxResults[1:]
}

// requireSameResults compares what enters the results hash and what people see: code, data, gas and events.
func requireSameResults(t testing.TB, name string, height int64, want, got []*abci.ExecTxResult) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].Code, got[i].Code, "%s, block %d, tx %d: %s / %s", name, height, i, want[i].Log, got[i].Log)
		require.Equal(t, want[i].Data, got[i].Data, "%s, block %d, tx %d data", name, height, i)
		require.Equal(t, want[i].GasUsed, got[i].GasUsed, "%s, block %d, tx %d gas", name, height, i)
		require.Equal(t, want[i].Events, got[i].Events, "%s, block %d, tx %d events", name, height, i)
	}
}

// Blocks makes n blocks without new transactions.
func (c *Chain) Blocks(n int) {
	c.t.Helper()
	for range n {
		c.Block()
	}
}

// BlocksUntil makes empty blocks until the condition holds, at most limit.
func (c *Chain) BlocksUntil(limit int, holds func() bool) {
	c.t.Helper()
	for range limit {
		if holds() {
			return
		}
		c.Block()
	}
	require.True(c.t, holds(), "condition did not come true within %d blocks", limit)
}
