package all_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/class/all"
	"github.com/joulechain/joule/x/work/types"
)

// TestEveryClassHasRulesWithoutState: the registration and the list in x/work/types name the same classes, and x/device
// registers devices for each.
func TestEveryClassHasRulesWithoutState(t *testing.T) {
	var listed []devicetypes.WorkClass
	env := class.Env{
		Codec:  codec.NewProtoCodec(codectypes.NewInterfaceRegistry()),
		Schema: collections.NewSchemaBuilder(runtime.NewKVStoreService(storetypes.NewKVStoreKey(types.StoreKey))),
		Ledger: func(devicetypes.WorkClass) class.Ledger { return nil },
	}
	for _, c := range all.New(env).List() {
		listed = append(listed, c.WorkClass())
		require.True(t, c.WorkClass().Known())
	}
	require.Equal(t, types.Classes(), listed)
}
