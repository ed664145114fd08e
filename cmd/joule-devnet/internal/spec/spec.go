// Package spec reads the devnet's description: config.yml in Ignite's chain-config format, version 1.
package spec

import (
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultChainID is the chain's id unless genesis.chain_id says otherwise.
const DefaultChainID = "joule-devnet-1"

// Spec is a validated description.
type Spec struct {
	Version    int         `yaml:"version"`
	Accounts   []Account   `yaml:"accounts"`
	Validators []Validator `yaml:"validators"`
	Faucet     Faucet      `yaml:"faucet"`
	// Devices are what each sidecar runs; one GPU unless they say otherwise.
	Devices []Device `yaml:"devices"`
	// Genesis overrides genesis.json, nested as it is.
	Genesis map[string]any `yaml:"genesis"`

	// ChainID is genesis.chain_id.
	ChainID string `yaml:"-"`
}

// Account exists at genesis.
type Account struct {
	Name string `yaml:"name"`
	// Coins are amounts with their denominations, like 1000ujoule.
	Coins []string `yaml:"coins"`
	// Mnemonic fixes the key (BIP-39); empty makes a new one.
	Mnemonic string `yaml:"mnemonic"`
}

// Validator is a node that signs blocks.
type Validator struct {
	// Name is an account's.
	Name string `yaml:"name"`
	// Bonded is the self-delegation.
	Bonded string `yaml:"bonded"`
	// App and Config override keys of app.toml and config.toml.
	App    map[string]any `yaml:"app"`
	Config map[string]any `yaml:"config"`
}

// Faucet hands out coins of an account.
type Faucet struct {
	// Name is an account's.
	Name string `yaml:"name"`
	// Coins are what one request gets; CoinsMax bounds an address in RateLimitWindow.
	Coins           []string      `yaml:"coins"`
	CoinsMax        []string      `yaml:"coins_max"`
	RateLimitWindow time.Duration `yaml:"rate_limit_window"`
	// Port is where it listens on loopback; 0 takes a free one.
	Port int `yaml:"port"`
}

// The classes of devices.
const (
	ClassGPU   = "gpu"
	ClassDisk  = "disk"
	ClassRadio = "radio"
)

// Device is one device of every sidecar.
type Device struct {
	// Class is gpu, disk or radio; at most one of each. Radios stand in a scenario, each with a sidecar and an owner of
	// its own.
	Class string `yaml:"class"`
	// Plots, K and Strength are a disk's: so many plots are made and claimed before the run begins.
	Plots    uint32 `yaml:"plots"`
	K        uint8  `yaml:"k"`
	Strength uint8  `yaml:"strength"`
}

// Amounts parses coins such as 1000ujoule into one sorted set. The texts were validated by Load.
func Amounts(texts []string) (sdk.Coins, error) {
	out := sdk.NewCoins()
	for _, t := range texts {
		c, err := amount(t)
		if err != nil {
			return nil, err
		}
		out = out.Add(c)
	}
	return out, nil
}
