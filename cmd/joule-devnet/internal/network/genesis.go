package network

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
)

// makeGenesis makes the validators' folders and one genesis for all, with jouled's own commands.
func (n *network) makeGenesis(ctx context.Context) error {
	free, err := proc.FreePorts(portsPerNode * len(n.opts.Spec.Validators))
	if err != nil {
		return err
	}
	for i, s := range n.opts.Spec.Validators {
		p := free[portsPerNode*i:]
		v := &validator{spec: s, home: n.home.Path("nodes", s.Name), ports: ports{p2p: p[0], rpc: p[1], grpc: p[2], rest: p[3], metrics: p[4]}}
		n.validators = append(n.validators, v)
		if err := n.jouled(ctx, v, "init", s.Name, "--chain-id", n.opts.Spec.ChainID, "--role", "rpc"); err != nil {
			return err
		}
		if err := v.readID(); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{n.overrideGenesis, n.addAccounts, n.signGentxs, n.collectGentxs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, v := range n.validators {
		if err := n.configure(v); err != nil {
			return err
		}
	}
	return nil
}

// jouled runs a command on a validator's folder.
func (n *network) jouled(ctx context.Context, v *validator, args ...string) error {
	_, err := n.group.Run(ctx, append([]string{n.opts.Jouled}, append(args, "--home", v.home)...)...)
	return err
}

func (v *validator) genesis() string { return v.file("config", "genesis.json") }

// overrideGenesis merges before accounts and gentxs are added, so that those are checked against the description's
// parameters.
func (n *network) overrideGenesis(context.Context) error {
	path := n.validators[0].genesis()
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	merged, err := spec.MergeGenesis(data, n.opts.Spec.Genesis)
	if err != nil {
		return err
	}
	if n.opts.TPM {
		if merged, err = n.trustAuthority(merged); err != nil {
			return err
		}
	}
	return os.WriteFile(path, merged, 0o600)
}

// addAccounts makes each account's key, a validator's in its own folder and the others' in the first one's, and funds
// it.
func (n *network) addAccounts(ctx context.Context) error {
	first := n.validators[0]
	for _, a := range n.opts.Spec.Accounts {
		address, err := n.addKey(ctx, n.holder(a.Name), a)
		if err != nil {
			return fmt.Errorf("account %s: %w", a.Name, err)
		}
		coins, err := spec.Amounts(a.Coins)
		if err != nil {
			return err
		}
		if err := n.jouled(ctx, first, "genesis", "add-genesis-account", address, coins.String()); err != nil {
			return fmt.Errorf("account %s: %w", a.Name, err)
		}
	}
	return n.copyGenesis()
}

func (n *network) addKey(ctx context.Context, holder *validator, a spec.Account) (string, error) {
	argv := []string{n.opts.Jouled, "keys", "add", a.Name, "--keyring-backend", "test", "--output", "json", "--home", holder.home}
	if a.Mnemonic != "" {
		source := filepath.Join(n.home.Temp(), "mnemonic") // a file, for arguments show in the list of processes
		if err := os.WriteFile(source, []byte(a.Mnemonic+"\n"), 0o600); err != nil {
			return "", err
		}
		defer os.Remove(source)
		argv = append(argv, "--recover", "--source", source)
	}
	out, err := n.group.Run(ctx, argv...)
	if err != nil {
		return "", err
	}
	var key struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(out, &key); err != nil || key.Address == "" {
		return "", fmt.Errorf("jouled keys add wrote no address: %.200s", out)
	}
	return key.Address, nil
}

func (n *network) copyGenesis() error {
	data, err := os.ReadFile(n.validators[0].genesis())
	if err != nil {
		return err
	}
	for _, v := range n.validators[1:] {
		if err := os.WriteFile(v.genesis(), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// signGentxs has each validator sign its creation and its beacon key, and gathers the files with the first one.
func (n *network) signGentxs(ctx context.Context) error {
	gathered := n.validators[0].file("config", "gentx")
	for _, v := range n.validators {
		err := n.jouled(ctx, v, "genesis", "gentx", v.spec.Name, strings.TrimSpace(v.spec.Bonded), "--chain-id", n.opts.Spec.ChainID,
			"--keyring-backend", "test", "--moniker", v.spec.Name, "--ip", loopback)
		if err != nil {
			return fmt.Errorf("validator %s: %w", v.spec.Name, err)
		}
		files, err := filepath.Glob(v.file("config", "gentx", "*.json"))
		if err != nil {
			return err
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(gathered, filepath.Base(f)), data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *network) collectGentxs(ctx context.Context) error {
	first := n.validators[0]
	if err := n.jouled(ctx, first, "genesis", "collect-gentxs"); err != nil {
		return err
	}
	if err := n.jouled(ctx, first, "genesis", "validate"); err != nil {
		return err
	}
	return n.copyGenesis()
}
