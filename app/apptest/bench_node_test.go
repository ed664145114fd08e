package apptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// benchBatch is mainnet's limit of items in one lane transaction.
	benchBatch = 32
	// benchItems is how many commitments fit into a block's verification budget of 300 ms at 161 us each, in whole
	// batches.
	benchItems = 300_000 / (worktypes.SignatureCostUs + 1) / benchBatch * benchBatch
	// benchRounds is what a device commits to; the smallest that the benchmark's parameters take.
	benchRounds = 2
	// sendGas is a transfer's gas limit.
	sendGas = 100_000
)

// openNode opens an app over db with node options.
func openNode(db dbm.DB, home string, options simtestutil.AppOptionsMap) *app.App {
	opts := simtestutil.AppOptionsMap{flags.FlagHome: home, flags.FlagChainID: ChainID}
	for k, v := range options {
		opts[k] = v
	}
	return app.New(log.NewNopLogger(), db, true, opts, baseapp.SetChainID(ChainID))
}

// onDisk opens an app over goleveldb, a validator's default.
func onDisk(b *testing.B, options simtestutil.AppOptionsMap) *app.App {
	b.Helper()
	return openNode(diskDB(b), b.TempDir(), options)
}

func diskDB(b *testing.B) *dbm.GoLevelDB {
	b.Helper()
	db, err := dbm.NewGoLevelDB("application", b.TempDir(), nil)
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

func blockSTM(workers int) simtestutil.AppOptionsMap {
	return simtestutil.AppOptionsMap{server.FlagBlockExecutor: srvconfig.BlockExecutorBlockSTM, server.FlagBlockSTMWorkers: workers}
}

// newBench starts a chain of one validator and one node on disk and makes its first block.
func newBench(b *testing.B, accounts int, genesis func(*Genesis)) *Chain {
	b.Helper()
	c := &Chain{t: b, initial: 1, sequence: map[string]uint64{}, Validators: []Validator{newValidator(b, 0)}}
	for i := range accounts {
		c.Accounts = append(c.Accounts, NewAccount("account", i))
	}
	db := diskDB(b)
	c.nodes = []*node{{Variant: Variant{Name: "bench"}, db: db, app: openNode(db, b.TempDir(), nil)}}
	g := newGenesis(b, c.App(), c.Validators, c.Accounts)
	Edit(g, banktypes.ModuleName, func(s *banktypes.GenesisState) {
		for i := range s.Balances[:len(c.Accounts)] {
			// Thousands of accounts at the harness's usual funds would exceed the supply's cap.
			s.Balances[i].Coins = sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, Funds/100))
		}
	})
	genesis(g)
	bz, err := json.Marshal(g.State)
	require.NoError(b, err)
	c.genesis = bz
	c.initChain(c.nodes)
	c.Blocks(1)
	return c
}

// fleet are devices in the order of their ids, which is the genesis' order.
func fleet(n int, owner Account) []*Member {
	members := make([]*Member, n)
	for i := range members {
		members[i] = NewMember(uint64(i), owner, benchRounds)
	}
	slices.SortFunc(members, func(a, b *Member) int { return slices.Compare(a.ID(), b.ID()) })
	return members
}

// laneGenesis opens a window at every block and lets newcomers fill the lane.
func laneGenesis(members []*Member) func(*Genesis) {
	return func(g *Genesis) {
		Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 600 })
		Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
			s.Params = worktestutil.Params()
			s.Params.Gpu.WindowProbabilityPpm, s.Params.Gpu.WindowBlocks = worktypes.MaxProbabilityPpm, 1
			s.Params.Lane.NewcomerBps, s.Params.FaultLimit = 10_000, worktypes.MaxFaultLimit
		})
		g.AddDevices(members...)
	}
}

// committing is the window that takes commitments in the next block.
func (c *Chain) committing() worktypes.Window {
	c.t.Helper()
	windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_GPU)
	require.NoError(c.t, err)
	for _, w := range windows {
		if w.CheckCommit(c.height+1) == nil {
			return w
		}
	}
	require.Fail(c.t, "no window takes commitments")
	return worktypes.Window{}
}

// batches signs lane transactions of benchBatch items.
func (c *Chain) batches(evidence []worktypes.Evidence) (txs [][]byte) {
	i := 0
	for batch := range slices.Chunk(evidence, benchBatch) {
		txs = append(txs, c.Submit(c.Accounts[i%len(c.Accounts)], batch...))
		i++
	}
	return txs
}

// commitments has benchItems of the members commit, in turns from block to block.
func (c *Chain) commitments(members []*Member) [][]byte {
	w := c.committing()
	evidence := make([]worktypes.Evidence, benchItems)
	for i := range evidence {
		evidence[i] = members[(int(c.height)*benchItems+i)%len(members)].Claim(w, benchRounds)
	}
	return c.batches(evidence)
}

// sends signs a transfer by each account of one half to one of the other half; the halves take turns.
func (c *Chain) sends() (txs [][]byte) {
	half := len(c.Accounts) / 2
	for i := range half {
		from, to := c.Accounts[i], c.Accounts[half+i]
		if c.height%2 == 0 {
			from, to = to, from
		}
		tx := c.App().TxConfig().NewTxBuilder()
		require.NoError(c.t, tx.SetMsgs(banktypes.NewMsgSend(from.Address, to.Address, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 1)))))
		tx.SetGasLimit(sendGas)
		tx.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, sendGas)))
		txs = append(txs, c.sign(tx, from, c.nextSequence(from)))
	}
	return txs
}

// phaseTimes are how long the node has spent in each ABCI phase, and the processor time of all of them.
type phaseTimes struct{ cpu, check, prepare, process, finalize, commit time.Duration }

// run takes the transactions through all phases of the only node and demands that the block holds all of them and all
// succeed.
func (p *phaseTimes) run(c *Chain, txs [][]byte) {
	c.t.Helper()
	clock := func(into *time.Duration, phase func()) {
		start := time.Now()
		phase()
		*into += time.Since(start)
	}
	height := c.height + 1
	var block [][]byte
	clock(&p.check, func() {
		for _, tx := range txs {
			res, err := c.App().CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
			require.NoError(c.t, err)
			require.Zero(c.t, res.Code, res.Log)
		}
	})
	clock(&p.prepare, func() { block = c.Propose(txs...) })
	require.Len(c.t, block, len(txs)+1, "the block does not hold all transactions")
	clock(&p.process, func() { require.True(c.t, c.Process(block)) })
	req := &abci.RequestFinalizeBlock{
		Txs: block, Height: height, Time: c.timeAt(height), Hash: []byte{byte(height)},
		ProposerAddress: c.proposerAt(height).ConsAddress(), DecidedLastCommit: c.lastCommit(),
	}
	var res *abci.ResponseFinalizeBlock
	clock(&p.finalize, func() {
		var err error
		res, err = c.App().FinalizeBlock(req)
		require.NoError(c.t, err)
	})
	clock(&p.commit, func() {
		_, err := c.App().Commit()
		require.NoError(c.t, err)
	})
	for _, r := range res.TxResults {
		require.Zero(c.t, r.Code, r.Log)
	}
	c.blocks, c.hashes, c.results = append(c.blocks, req), append(c.hashes, res.AppHash), append(c.results, res.TxResults)
	c.height, c.lastHash = height, res.AppHash
}

// rates gives the rate of items and the phases' milliseconds a block.
func (p *phaseTimes) rates(b *testing.B, blocks, items int, unit string) {
	total := p.check + p.prepare + p.process + p.finalize + p.commit
	b.ReportMetric(float64(blocks*items)/total.Seconds(), unit+"/s")
	for _, m := range []struct {
		name string
		d    time.Duration
	}{{"check", p.check}, {"prepare", p.prepare}, {"process", p.process}, {"finalize", p.finalize}, {"commit", p.commit}} {
		b.ReportMetric(float64(m.d.Milliseconds())/float64(blocks), m.name+"-ms/block")
	}
	b.ReportMetric(float64(items), fmt.Sprintf("%s/block", unit))
}
