package spec

import (
	"fmt"
	"regexp"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/go-bip39"

	"github.com/joulechain/joule/x/work/proof/disk"
)

// MaxValidators bounds a devnet: each validator is a process with five ports.
const MaxValidators = 64

// MaxPlots and MaxPlotK bound a devnet's disk: 1,024 plots of k = 22 are 12 GiB.
const (
	MaxPlots = 1024
	MaxPlotK = 22
)

// defaultFaucetWindow is Ignite's.
const defaultFaucetWindow = time.Hour

// maxChainIDLength is CometBFT's.
const maxChainIDLength = 50

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (s *Spec) validate() error {
	if s.Version != 1 {
		return fmt.Errorf("version is %d and must be 1", s.Version)
	}
	accounts, err := s.checkAccounts()
	if err != nil {
		return err
	}
	if err := s.checkValidators(accounts); err != nil {
		return err
	}
	if err := s.checkFaucet(accounts); err != nil {
		return err
	}
	if err := s.checkDevices(); err != nil {
		return err
	}
	return s.readChainID()
}

func (s *Spec) checkAccounts() (map[string]sdk.Coins, error) {
	accounts := map[string]sdk.Coins{}
	for i, a := range s.Accounts {
		where := fmt.Sprintf("accounts[%d]", i)
		if !namePattern.MatchString(a.Name) {
			return nil, fmt.Errorf("%s.name is %q and must be 1..32 lower-case letters, digits or -, starting with a letter", where, a.Name)
		}
		if _, ok := accounts[a.Name]; ok {
			return nil, fmt.Errorf("%s.name: two accounts are called %q", where, a.Name)
		}
		coins, err := amounts(where+".coins", a.Coins)
		if err != nil {
			return nil, err
		}
		if a.Mnemonic != "" && !bip39.IsMnemonicValid(a.Mnemonic) {
			return nil, fmt.Errorf("%s.mnemonic is no BIP-39 mnemonic: remove it and a new key is made", where)
		}
		accounts[a.Name] = coins
	}
	return accounts, nil
}

func (s *Spec) checkValidators(accounts map[string]sdk.Coins) error {
	if n := len(s.Validators); n < 1 || n > MaxValidators {
		return fmt.Errorf("validators has %d entries: at least one and at most %d", n, MaxValidators)
	}
	seen := map[string]bool{}
	for i, v := range s.Validators {
		where := fmt.Sprintf("validators[%d]", i)
		coins, ok := accounts[v.Name]
		if !ok {
			return fmt.Errorf("%s.name is %q: no account has that name", where, v.Name)
		}
		if seen[v.Name] {
			return fmt.Errorf("%s.name: two validators are called %q", where, v.Name)
		}
		seen[v.Name] = true
		bonded, err := amount(v.Bonded)
		if err != nil {
			return fmt.Errorf("%s.bonded: %w", where, err)
		}
		if !coins.IsAllGTE(sdk.NewCoins(bonded)) {
			return fmt.Errorf("%s.bonded is %s and the account has %s", where, bonded, coins)
		}
	}
	return nil
}

func (s *Spec) checkFaucet(accounts map[string]sdk.Coins) error {
	f := &s.Faucet
	has, ok := accounts[f.Name]
	if !ok {
		return fmt.Errorf("faucet.name is %q: no account has that name, and devices get their bonds and fees from the faucet", f.Name)
	}
	coins, err := amounts("faucet.coins", f.Coins)
	if err != nil {
		return err
	}
	if f.CoinsMax == nil {
		f.CoinsMax = f.Coins
	}
	most, err := amounts("faucet.coins_max", f.CoinsMax)
	if err != nil {
		return err
	}
	if !most.IsAllGTE(coins) {
		return fmt.Errorf("faucet.coins are %s, at most coins_max (%s)", coins, most)
	}
	if !has.IsAllGTE(coins) {
		return fmt.Errorf("faucet.coins are %s, more than account %q has (%s)", coins, f.Name, has)
	}
	if f.RateLimitWindow == 0 {
		f.RateLimitWindow = defaultFaucetWindow
	}
	if f.RateLimitWindow < time.Second || f.RateLimitWindow > 24*time.Hour {
		return fmt.Errorf("faucet.rate_limit_window is %s and must be in 1s..24h", f.RateLimitWindow)
	}
	if f.Port < 0 || f.Port > 65535 {
		return fmt.Errorf("faucet.port is %d and must be in 0..65535 (0: a free one)", f.Port)
	}
	return nil
}

// checkDevices bounds plots to what is made in a minute: a devnet's disk is there to be watched, not to be filled.
func (s *Spec) checkDevices() error {
	if s.Devices == nil {
		s.Devices = []Device{{Class: ClassGPU}}
	}
	seen := map[string]bool{}
	for i, d := range s.Devices {
		where := fmt.Sprintf("devices[%d]", i)
		switch {
		case d.Class != ClassGPU && d.Class != ClassDisk && d.Class != ClassRadio:
			return fmt.Errorf("%s.class is %q and must be %s, %s or %s", where, d.Class, ClassGPU, ClassDisk, ClassRadio)
		case seen[d.Class]:
			return fmt.Errorf("%s.class: two devices are of class %s; --devices runs more sidecars", where, d.Class)
		case d.Class != ClassDisk && (d.Plots != 0 || d.K != 0 || d.Strength != 0):
			return fmt.Errorf("%s: plots, k and strength belong to a disk", where)
		case d.Class == ClassDisk && (d.Plots < 1 || d.Plots > MaxPlots):
			return fmt.Errorf("%s.plots is %d and must be in 1..%d", where, d.Plots, MaxPlots)
		case d.Class == ClassDisk && (d.K < disk.MinK || d.K > MaxPlotK || d.K%2 != 0):
			return fmt.Errorf("%s.k is %d and must be an even number in %d..%d", where, d.K, disk.MinK, MaxPlotK)
		case d.Class == ClassDisk && (d.Strength < disk.BaseStrength || d.Strength > disk.MaxStrength):
			return fmt.Errorf("%s.strength is %d and must be in %d..%d", where, d.Strength, disk.BaseStrength, disk.MaxStrength)
		}
		seen[d.Class] = true
	}
	return nil
}

// readChainID takes genesis.chain_id, which `jouled init` needs before there is a genesis to merge into.
func (s *Spec) readChainID() error {
	s.ChainID = DefaultChainID
	v, ok := s.Genesis["chain_id"]
	if !ok {
		return nil
	}
	id, isText := v.(string)
	if !isText || id == "" || len(id) > maxChainIDLength {
		return fmt.Errorf("genesis.chain_id is %v and must be a text of 1..%d characters", v, maxChainIDLength)
	}
	s.ChainID = id
	return nil
}

func amounts(where string, texts []string) (sdk.Coins, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s is empty: list amounts like 1000ujoule", where)
	}
	coins, err := Amounts(texts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return coins, nil
}

func amount(text string) (sdk.Coin, error) {
	c, err := sdk.ParseCoinNormalized(text)
	if err != nil || !c.IsPositive() {
		return sdk.Coin{}, fmt.Errorf("%q must be a positive amount with its denomination, like 1000ujoule", text)
	}
	return c, nil
}
