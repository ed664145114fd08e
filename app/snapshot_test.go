package app_test

import (
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/store/v2/snapshots"
	snapshottypes "github.com/cosmos/cosmos-sdk/store/v2/snapshots/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
)

// openApp opens an app over db; load tells whether the newest state is loaded at once.
func openApp(home string, db dbm.DB, load bool, options ...func(*baseapp.BaseApp)) *app.App {
	opts := simtestutil.AppOptionsMap{flags.FlagHome: home, flags.FlagChainID: apptest.ChainID}
	return app.New(log.NewNopLogger(), db, load, opts, append(options, baseapp.SetChainID(apptest.ChainID))...)
}

func snapshotApp(t *testing.T) *app.App {
	t.Helper()
	store, err := snapshots.NewStore(dbm.NewMemDB(), t.TempDir())
	require.NoError(t, err)
	return openApp(t.TempDir(), dbm.NewMemDB(), true, baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(1_000, 2)))
}

// A node restored from a snapshot that was taken in the middle of windows, unsettled epochs and pending openings goes
// on like one that has run every block.
func TestStateSync(t *testing.T) {
	owner := apptest.NewAccount("account", 0)
	members := []*apptest.Member{apptest.NewMember(1, owner, 3), apptest.NewMember(2, owner, 2)}
	c := apptest.New(t, apptest.Options{Genesis: worldGenesis(members...), Variants: apptest.Variants[:1]})
	c.Work(52, members...)
	at := c.Height()
	windows, err := c.App().WorkKeeper.LiveWindows(c.Ctx())
	require.NoError(t, err)
	require.NotEmpty(t, windows, "the snapshot must hold live windows")
	c.Work(40, members...)
	c.Block(c.Claim(owner))
	c.Work(5, members...)

	source := snapshotApp(t)
	c.InitApp(source)
	c.Feed(source, 1, at)
	snapshot, err := source.SnapshotManager().Create(uint64(at))
	require.NoError(t, err)

	target := snapshotApp(t)
	transfer(t, source, target, snapshot)
	require.Equal(t, at, target.LastBlockHeight())
	require.Equal(t, c.AppHash(at), target.LastCommitID().Hash)
	c.Feed(target, at+1, c.Height())
}

// transfer is what CometBFT's state sync does between two nodes.
func transfer(t *testing.T, source, target *app.App, snapshot *snapshottypes.Snapshot) {
	t.Helper()
	listed, err := source.ListSnapshots(&abci.RequestListSnapshots{})
	require.NoError(t, err)
	require.Len(t, listed.Snapshots, 1)
	offer, err := target.OfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: listed.Snapshots[0], AppHash: source.LastCommitID().Hash})
	require.NoError(t, err)
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, offer.Result)
	for chunk := range snapshot.Chunks {
		loaded, err := source.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: snapshot.Height, Format: snapshot.Format, Chunk: chunk})
		require.NoError(t, err)
		applied, err := target.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: chunk, Chunk: loaded.Chunk})
		require.NoError(t, err)
		require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, applied.Result)
	}
}
