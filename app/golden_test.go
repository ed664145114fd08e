package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
)

// updateGolden names the environment variable that has the golden files of ./app written instead of compared.
const updateGolden = "JOULE_UPDATE_GOLDEN"

// requireGolden compares with a file in testdata, or writes it under updateGolden.
func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv(updateGolden) != "" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s differs; if the change is meant: %s=1 go test ./app -run '%s'", path, updateGolden, t.Name())
}

// TestAppHashGolden runs a fixed scenario and compares its app hashes with committed ones. Every supported platform and
// Go version must give these hashes; a change of the state's layout or of the rules gives others and needs a chain
// upgrade once a chain runs. Regenerate with: JOULE_UPDATE_GOLDEN=1 go test ./app -run TestAppHashGolden
func TestAppHashGolden(t *testing.T) {
	owners := []apptest.Account{apptest.NewAccount("account", 0), apptest.NewAccount("account", 1)}
	members := []*apptest.Member{apptest.NewMember(1, owners[0], 3), apptest.NewMember(2, owners[1], 2)}
	c := apptest.New(t, apptest.Options{Genesis: worldGenesis(members...), Variants: apptest.Variants[:1]})
	var lines []string
	note := func() { lines = append(lines, fmt.Sprintf("%d %X", c.Height(), c.AppHash(c.Height()))) }
	note()
	for i := range 8 {
		c.Work(14, members...)
		send := banktypes.NewMsgSend(owners[i%2].Address, owners[(i+1)%2].Address, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, int64(i+1))))
		res := c.Block(c.Pay(owners[i%2], send), c.Claim(owners[(i+1)%2]))
		require.Len(t, res, 2)
		for _, r := range res {
			require.Zero(t, r.Code, r.Log)
		}
		note()
	}
	for _, m := range members {
		require.True(t, c.Earned(m).IsPositive(), "the scenario must pay its devices")
	}
	requireGolden(t, "app_hash.golden", strings.Join(lines, "\n")+"\n")
}
