package apptest

import (
	"path/filepath"
	"testing"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"

	"github.com/joulechain/joule/app"
)

// Variant is one way to run the app; all of them must agree on every app hash.
type Variant struct {
	Name string
	// SkipCheckTx keeps transactions from ever reaching this app's mempool, like a node that only syncs.
	SkipCheckTx bool
	// SkipProcess keeps proposals from this app, like a node in block sync.
	SkipProcess bool
	// Restart closes and reopens the app before each block: nothing may live in memory alone.
	Restart bool
	// Abort has this app execute another proposal optimistically before the block that is decided: nothing of it may
	// stay.
	Abort bool
	// BlockSTM executes transactions in parallel.
	BlockSTM bool
}

// Variants are the ways that every integration test runs. The first is the proposer.
var Variants = []Variant{
	{Name: "plain"},
	{Name: "no-checktx", SkipCheckTx: true},
	{Name: "restarted", Restart: true},
	{Name: "block-stm", BlockSTM: true},
	{Name: "aborted", Abort: true},
	{Name: "block-sync", SkipCheckTx: true, SkipProcess: true},
}

// node is one app and the store that survives its restarts.
type node struct {
	Variant
	app  *app.App
	db   dbm.DB
	home string
}

func newNode(t testing.TB, v Variant) *node {
	t.Helper()
	n := &node{Variant: v, db: dbm.NewMemDB(), home: filepath.Join(t.TempDir(), v.Name)}
	n.open()
	return n
}

func (n *node) open() {
	opts := simtestutil.AppOptionsMap{flags.FlagHome: n.home, flags.FlagChainID: ChainID}
	if n.BlockSTM {
		opts[server.FlagBlockExecutor] = srvconfig.BlockExecutorBlockSTM
		opts[server.FlagBlockSTMWorkers] = 4
	}
	n.app = app.New(log.NewNopLogger(), n.db, true, opts, baseapp.SetChainID(ChainID))
}

// restart drops everything that lives in memory; the database is the only witness.
func (n *node) restart() { n.open() }
