package network

import (
	"context"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/faucet"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/keys"
)

const (
	// gasAdjustment multiplies simulated gas.
	gasAdjustment = 1.5
	// paymentWait bounds the wait for a payment's block.
	paymentWait = 90 * time.Second
)

// faucetServer is the faucet and its connection to the chain.
type faucetServer struct {
	server *faucet.Server
	client *chain.Client
}

func (f *faucetServer) url() string { return f.server.URL() }

func (f *faucetServer) close() {
	_ = f.server.Close()
	_ = f.client.Close()
}

func (n *network) startFaucet(context.Context) error {
	f := n.opts.Spec.Faucet
	give, err := spec.Amounts(f.Coins)
	if err != nil {
		return err
	}
	most, err := spec.Amounts(f.CoinsMax)
	if err != nil {
		return err
	}
	account, err := keys.OpenKeyring("test", n.holder(f.Name).home, f.Name)
	if err != nil {
		return err
	}
	var endpoints []string
	for _, v := range n.validators {
		endpoints = append(endpoints, at(v.ports.grpc))
	}
	banktypes.RegisterInterfaces(chain.Codec().InterfaceRegistry()) // to read back what was sent
	client, err := chain.New(chain.Options{ChainID: n.opts.Spec.ChainID, Endpoints: endpoints, Timeout: 15 * time.Second})
	if err != nil {
		return err
	}
	payer := chain.NewPayer(client, account, math.LegacyZeroDec(), gasAdjustment) // the chain's floor price
	send := func(ctx context.Context, to string, coins sdk.Coins) (string, error) {
		r, err := payer.Send(ctx, &banktypes.MsgSend{FromAddress: account.Address(), ToAddress: to, Amount: coins}, paymentWait)
		return r.Hash, err
	}
	server, err := faucet.Serve(at(f.Port), give, most, f.RateLimitWindow, send)
	if err != nil {
		_ = client.Close()
		return err
	}
	n.faucet = &faucetServer{server: server, client: client}
	return nil
}

// holder is the validator in whose folder an account's key is.
func (n *network) holder(account string) *validator {
	for _, v := range n.validators {
		if v.spec.Name == account {
			return v
		}
	}
	return n.validators[0]
}
