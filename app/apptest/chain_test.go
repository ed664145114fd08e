package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// quick shortens epochs and windows so that a test crosses many boundaries.
func quick(g *Genesis) {
	Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 10 })
	Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
		s.Params.Gpu.N, s.Params.Gpu.UnitShift, s.Params.Gpu.MaxRounds = 64, 10, 1000
		s.Params.Gpu.WindowProbabilityPpm, s.Params.Gpu.WindowBlocks, s.Params.Gpu.OpeningBlocks = 200_000, 3, 8
	})
}

func TestEmptyBlocksAgree(t *testing.T) {
	c := New(t, Options{Validators: 3, Genesis: quick})
	c.Blocks(45)
	c.Replay()
}

func TestTransfersAgree(t *testing.T) {
	c := New(t, Options{Genesis: quick})
	a, b := c.Accounts[0], c.Accounts[1]
	send := func(from, to Account, amount int64) []byte {
		return c.Pay(from, banktypes.NewMsgSend(from.Address, to.Address, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, amount))))
	}
	before := c.App().BankKeeper.GetBalance(c.Ctx(), b.Address, app.BaseDenom)
	for _, res := range c.Block(send(a, b, 7), send(c.Accounts[2], b, 5), send(c.Accounts[3], c.Accounts[2], 3)) {
		require.Zero(t, res.Code, res.Log)
	}
	after := c.App().BankKeeper.GetBalance(c.Ctx(), b.Address, app.BaseDenom)
	require.Equal(t, int64(12), after.Amount.Sub(before.Amount).Int64())
	c.Blocks(3)
	c.Replay()
}

func TestExportImport(t *testing.T) {
	c := New(t, Options{Genesis: quick})
	c.Blocks(33)
	next := c.ExportImport(Variants)
	next.Blocks(25)
}
