package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/joulechain/joule/app"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

func TestOnlyEmissionsMints(t *testing.T) {
	var minters []string
	for name, permissions := range app.ModuleAccounts() {
		if slices.Contains(permissions, authtypes.Minter) {
			minters = append(minters, name)
		}
	}
	require.Equal(t, []string{emissionstypes.ModuleName}, minters)
}

// The golden file lists who holds coins for modules, what they may do and whether plain transfers to them are refused.
func TestModuleAccountsGolden(t *testing.T) {
	a := newApp(t)
	blocked := a.BankKeeper.GetBlockedAddresses()
	var lines []string
	for name, permissions := range app.ModuleAccounts() {
		address := authtypes.NewModuleAddress(name).String()
		lines = append(lines, fmt.Sprintf("%s %s permissions=%s blocked=%t", name, address, strings.Join(permissions, ","), blocked[address]))
	}
	slices.Sort(lines)
	requireGolden(t, "module_accounts.golden", strings.Join(lines, "\n")+"\n")
	require.Len(t, blocked, len(lines), "an address that is no module account is blocked, or the other way round")
}

// The accounts that exist are those that the keepers know.
func TestModuleAccountsAreKnownToAuth(t *testing.T) {
	known := newApp(t).AccountKeeper.GetModulePermissions()
	require.Len(t, known, len(app.ModuleAccounts()))
	for name := range app.ModuleAccounts() {
		require.Contains(t, known, name)
	}
}
