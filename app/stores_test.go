package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/apptest"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// newApp is an app without a chain.
func newApp(t testing.TB) *app.App {
	t.Helper()
	return apptest.NewApp(t, apptest.Variants[0])
}

// Block-STM aliases a store that blockexec.Apply was not given with another one, silently: the list that buildPhases
// passes must be what is mounted, transient and object stores included.
func TestEveryMountedStoreIsGivenToTheExecutor(t *testing.T) {
	a := newApp(t)
	mounted := a.CommitMultiStore().(*rootmulti.Store).StoreKeysByName()
	require.NotEmpty(t, mounted)
	given := a.StoreKeys()
	require.Len(t, given, len(mounted))
	for i, key := range given {
		require.Same(t, mounted[key.Name()], key, "store %s", key.Name())
		if i > 0 {
			require.Less(t, given[i-1].Name(), key.Name(), "the list is sorted and holds no name twice")
		}
	}
}

// Snapshots hold IAVL stores alone, so each store that outlives a block must be one.
func TestStoresByKind(t *testing.T) {
	a := newApp(t)
	mounted := a.CommitMultiStore().(*rootmulti.Store)
	kinds := map[string][]string{}
	for _, key := range a.StoreKeys() {
		kind := mounted.GetStoreByName(key.Name()).GetStoreType().String()
		kinds[kind] = append(kinds[kind], key.Name())
	}
	require.Equal(t, []string{worktypes.TransientStoreKey}, kinds["StoreTypeTransient"])
	require.Equal(t, []string{ante.ObjectStoreKey, banktypes.ObjectStoreKey, worktypes.ObjectStoreKey}, kinds["StoreTypeObject"])
	require.Len(t, kinds["StoreTypeIAVL"], len(a.StoreKeys())-4, "%v", kinds)
}
