package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
)

// addSignerFlags are the flags of commands that send paying transactions.
func addSignerFlags(c *cobra.Command) {
	c.Flags().String("from", "", "name of the signing key in a keyring of the SDK")
	c.Flags().String("keyring-backend", "os", "the keyring's kind: os, file or test")
	c.Flags().String("keyring-dir", "", "the keyring's folder, as a rule jouled's home")
	c.Flags().String("from-key-file", "", "file of the signing key; without it and --from the relayer's key signs")
	c.Flags().Duration("wait", time.Minute, "how long to wait for the transaction to be included")
}

// signer opens the account that the flags name.
func signer(cmd *cobra.Command, cfg config.Config) (keys.Account, error) {
	from, err := cmd.Flags().GetString("from")
	if err != nil {
		return nil, err
	}
	file, err := cmd.Flags().GetString("from-key-file")
	if err != nil {
		return nil, err
	}
	switch {
	case from != "" && file != "":
		return nil, errors.New("--from and --from-key-file are both set: keep one")
	case file != "":
		return keys.LoadAccount(file, passphrase(cfg))
	case from == "":
		return process.LoadRelayer(cfg, passphrase(cfg))
	}
	backend, err := cmd.Flags().GetString("keyring-backend")
	if err != nil {
		return nil, err
	}
	dir, err := cmd.Flags().GetString("keyring-dir")
	if err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, errors.New("--from needs --keyring-dir, the folder of the keyring (as a rule jouled's home, ~/.joule)")
	}
	return keys.OpenKeyring(backend, dir, from)
}

// payer is a client and an account that pays.
type payer struct {
	client *chain.Client
	pay    *chain.Payer
	wait   time.Duration
}

func newPayer(cmd *cobra.Command, cfg config.Config) (*payer, error) {
	a, err := signer(cmd, cfg)
	if err != nil {
		return nil, err
	}
	wait, err := cmd.Flags().GetDuration("wait")
	if err != nil {
		return nil, err
	}
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return nil, err
	}
	pay, err := process.NewPayer(cfg, client, a)
	if err != nil {
		return nil, err
	}
	return &payer{client: client, pay: pay, wait: wait}, nil
}

func (p *payer) address() string { return p.pay.Account().Address() }

func (p *payer) send(ctx context.Context, msg sdk.Msg) (chain.TxResult, error) {
	r, err := p.pay.Send(ctx, msg, p.wait)
	if err != nil {
		return r, fmt.Errorf("%s pays: %w", p.address(), err)
	}
	return r, nil
}
