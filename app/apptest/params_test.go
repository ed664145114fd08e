package apptest

import (
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/app"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// consensusUpdate is the default consensus parameters with a change.
func consensusUpdate(change func(*cmtproto.ConsensusParams)) sdk.Msg {
	p := app.DefaultConsensusParams().ToProto()
	change(&p)
	return &consensustypes.MsgUpdateParams{
		Authority: authtypes.NewModuleAddress(govtypes.ModuleName).String(), Block: p.Block, Evidence: p.Evidence, Validator: p.Validator, Abci: p.Abci,
	}
}

func (c *Chain) deviceUpdate(change func(*devicetypes.Params)) sdk.Msg {
	p, err := c.App().DeviceKeeper.Params.Get(c.Ctx())
	require.NoError(c.t, err)
	change(&p)
	return &devicetypes.MsgUpdateParams{Authority: c.App().DeviceKeeper.Authority(), Params: p}
}

func (c *Chain) workUpdate(change func(*worktypes.Params)) sdk.Msg {
	p, err := c.App().WorkKeeper.GetParams(c.Ctx())
	require.NoError(c.t, err)
	change(&p)
	return &worktypes.MsgUpdateParams{Authority: c.App().WorkKeeper.Authority(), Params: p}
}

func (c *Chain) beaconUpdate(change func(*beacontypes.Params)) sdk.Msg {
	p, err := c.App().BeaconKeeper.Params(c.Ctx())
	require.NoError(c.t, err)
	change(&p)
	return &beacontypes.MsgUpdateParams{Authority: authtypes.NewModuleAddress(govtypes.ModuleName).String(), Params: p}
}

// Parameters that contradict others are refused when they are proposed, with the reason; what does not is voted on.
func TestContradictionsAreNotProposed(t *testing.T) {
	c := New(t, Options{Variants: Variants[:1], Genesis: shortVotes})
	a := NewAccount("account", 0)
	submit := func(msgs ...sdk.Msg) []byte {
		p, err := govv1.NewMsgSubmitProposal(msgs, ujoule(leastDeposit), a.Address.String(), "", "title", "summary", false)
		require.NoError(t, err)
		c.ForgetSequence(a)
		return c.Pay(a, p)
	}
	staking, err := c.App().StakingKeeper.GetParams(c.Ctx())
	require.NoError(t, err)
	staking.UnbondingTime += time.Hour
	for reason, msg := range map[string]sdk.Msg{
		"block.max_bytes is 1000000;":     consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Block.MaxBytes = 1_000_000; p.Evidence.MaxBytes = 1_000 }),
		"block.max_bytes is -1;":          consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Block.MaxBytes = -1 }),
		"evidence.max_bytes":              consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Evidence.MaxBytes = p.Block.MaxBytes }),
		"block.max_gas is 89999999;":      consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Block.MaxGas = 89_999_999 }),
		"block.max_gas is -1;":            consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Block.MaxGas = -1 }),
		"evidence.max_age_duration":       consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Evidence.MaxAgeDuration -= time.Second }),
		"vote_extensions_enable_height":   consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Abci = &cmtproto.ABCIParams{VoteExtensionsEnableHeight: 1_000} }),
		"pub_key_types":                   consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Validator.PubKeyTypes = []string{"secp256k1"} }),
		"unbonding_time of x/staking":     &stakingtypes.MsgUpdateParams{Authority: authtypes.NewModuleAddress(govtypes.ModuleName).String(), Params: staking},
		"gpu.opening_blocks (100000)":     c.workUpdate(func(p *worktypes.Params) { p.Gpu.OpeningBlocks = 100_000 }),
		"epoch_blocks (4)":                c.beaconUpdate(func(p *beacontypes.Params) { p.EpochBlocks = 4 }),
		"max_batch: 0 is outside":         c.deviceUpdate(func(p *devicetypes.Params) { p.MaxBatch = 0 }),
		"lane.max_tx_bytes":               c.workUpdate(func(p *worktypes.Params) { p.Lane.BlockBytesBps, p.Lane.MaxTxBytes = 1, 1<<20 }),
		"gpu.unit_shift cannot become 31": c.workUpdate(func(p *worktypes.Params) { p.Gpu.UnitShift = 31 }),
	} {
		res := c.Block(submit(msg))
		require.Len(t, res, 1, reason)
		require.NotZero(t, res[0].Code, reason)
		require.Contains(t, res[0].Log, reason)
	}
	c.ForgetSequence(a)
	// The messages of a proposal are tried in their order, on what the ones before have made.
	c.succeeds(submit(
		c.workUpdate(func(p *worktypes.Params) { p.Gpu.OpeningBlocks = 500 }),
		c.deviceUpdate(func(p *devicetypes.Params) { p.UnbondingEpochs = 20 }),
		consensusUpdate(func(p *cmtproto.ConsensusParams) { p.Block.MaxGas = 200_000_000 }),
	))
	before, err := c.App().WorkKeeper.GetParams(c.Ctx())
	require.NoError(t, err)
	require.EqualValues(t, worktypes.DefaultParams().Gpu.OpeningBlocks, before.Gpu.OpeningBlocks, "a proposal is only tried")
}

// What fitted when it was proposed and no longer does fails when it would be executed.
func TestContradictionsAreNotExecuted(t *testing.T) {
	c := New(t, Options{Variants: Variants[:1], Genesis: func(g *Genesis) {
		shortVotes(g)
		Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 1_000 })
	}})
	results := c.propose(NewAccount("account", 0),
		c.workUpdate(func(p *worktypes.Params) { p.Gpu.OpeningBlocks = 9_000 }),
		c.beaconUpdate(func(p *beacontypes.Params) { p.EpochBlocks = 600 }),
	)
	require.Equal(t, govv1.StatusPassed, results[0].Status, results[0].FailedReason)
	require.Equal(t, govv1.StatusFailed, results[1].Status)
	require.Contains(t, results[1].FailedReason, "gpu.opening_blocks (9000)")
	beacon, err := c.App().BeaconKeeper.Params(c.Ctx())
	require.NoError(t, err)
	require.EqualValues(t, 1_000, beacon.EpochBlocks)
}
