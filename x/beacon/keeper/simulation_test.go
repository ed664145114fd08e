package keeper_test

import (
	"context"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/beacon/simulation"
)

// richAccounts stand in for the bank and account keepers: everyone has coins.
type richAccounts struct{}

func (richAccounts) SpendableCoins(context.Context, sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(sdk.NewInt64Coin("ujoule", 1_000_000))
}
func (richAccounts) IsSendEnabledDenom(context.Context, string) bool { return true }
func (richAccounts) GetModuleAddress(name string) sdk.AccAddress {
	return sdk.AccAddress([]byte(name + "_______________________")[:20])
}

// Every message that the simulation draws is one that the keeper accepts.
func TestSimulatedMessagesAreAccepted(t *testing.T) {
	f := newFixture(t, 1)
	f.honestUntil(2)
	r := rand.New(rand.NewSource(1))
	accounts := simtypes.RandomAccounts(r, 5)
	data := simsx.NewChainDataSource(f.ctx, r, richAccounts{}, richAccounts{}, address.NewBech32Codec("cosmos"), accounts...)
	sent := 0
	for range 60 {
		reporter := simsx.NewBasicSimulationReporter()
		signers, msg := simulation.MsgRegisterKeyFactory(f.k)(f.ctx, data, reporter)
		if reporter.IsSkipped() {
			f.honestUntil(f.height() + 5) // all pending
			continue
		}
		require.Len(t, signers, 1)
		_, err := f.msg.RegisterKey(f.ctx, msg)
		require.NoError(t, err)
		sent++
	}
	require.Greater(t, sent, 10, "keys rotate")

	_, update := simulation.MsgUpdateParamsFactory()(f.ctx, data, simsx.NewBasicSimulationReporter())
	require.NoError(t, update.Params.Validate())
	require.NotEmpty(t, update.Authority)
}
