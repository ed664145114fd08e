// Package app wires the Joule chain: keepers, modules, the ante chain, the ABCI phases and the services.
package app

import (
	"os"
	"path/filepath"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// Name is the application's name in version info and logs.
	Name = "joule"
	// Bech32Prefix is the prefix of account addresses.
	Bech32Prefix = "joule"
	// BaseDenom is the base denomination, 10^-6 JOULE.
	BaseDenom = "ujoule"
	// DisplayDenom is the denomination that people see.
	DisplayDenom = "JOULE"
	// DenomExponent is the number of decimals between BaseDenom and DisplayDenom.
	DenomExponent = 6
	// CoinType is the SLIP-44 coin type of HD paths.
	CoinType = 118
)

// DefaultNodeHome is jouled's home folder: ~/.joule, or ./.joule for a user without a home.
var DefaultNodeHome = defaultHome()

func defaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ".joule"
	}
	return filepath.Join(home, ".joule")
}

func init() { SetBech32() }

// SetBech32 sets the global address prefixes, which the keyring, genutil and AccAddress.String still read,
// and the denomination that SDK modules take for stake.
func SetBech32() {
	c := sdk.GetConfig()
	c.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+"pub")
	c.SetBech32PrefixForValidator(Bech32Prefix+"valoper", Bech32Prefix+"valoperpub")
	c.SetBech32PrefixForConsensusNode(Bech32Prefix+"valcons", Bech32Prefix+"valconspub")
	c.SetCoinType(CoinType)
	sdk.DefaultBondDenom = BaseDenom
}
