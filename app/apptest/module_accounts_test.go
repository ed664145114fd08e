package apptest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/app"
	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

// refused runs a transaction alone in a block and demands that it fails, in CheckTx or in the block.
func (c *Chain) refused(what string, tx []byte) {
	c.t.Helper()
	if c.CheckTx(tx).Code != 0 {
		clear(c.sequence)
		return
	}
	for _, res := range c.Commit(c.Propose(tx)) {
		require.NotZero(c.t, res.Code, "%s was accepted", what)
	}
	clear(c.sequence)
}

// succeeds runs transactions in a block of their own.
func (c *Chain) succeeds(txs ...[]byte) {
	c.t.Helper()
	results := c.Block(txs...)
	require.Len(c.t, results, len(txs))
	for _, res := range results {
		require.Zero(c.t, res.Code, res.Log)
	}
}

// shortVotes lets a proposal be voted on for 60 seconds, ten blocks.
func shortVotes(g *Genesis) {
	Edit(g, govtypes.ModuleName, func(s *govv1.GenesisState) {
		voting, expedited := 10*BlockTime, 5*BlockTime
		s.Params.VotingPeriod, s.Params.ExpeditedVotingPeriod = &voting, &expedited
	})
}

// minDeposit opens the vote on a proposal, leastDeposit is the least that x/gov takes at a time.
const (
	minDeposit   = 10_000_000_000
	leastDeposit = minDeposit / 100
)

// transfers are all the ways in which an ordinary account's message names somebody who would receive coins.
func transfers(from Account, m *Member, to sdk.AccAddress) map[string]sdk.Msg {
	send := &banktypes.MsgSend{FromAddress: from.Address.String(), ToAddress: to.String(), Amount: ujoule(1)}
	exec := authz.NewMsgExec(from.Address, []sdk.Msg{send})
	end := genesisTime.Add(1000 * time.Hour).Unix()
	owner := from.Address.String()
	return map[string]sdk.Msg{
		"send": send,
		"multisend": &banktypes.MsgMultiSend{
			Inputs: []banktypes.Input{{Address: owner, Coins: ujoule(2)}},
			Outputs: []banktypes.Output{
				{Address: NewAccount("account", 1).Address.String(), Coins: ujoule(1)}, {Address: to.String(), Coins: ujoule(1)},
			},
		},
		"authz":              &exec,
		"withdraw address":   distrtypes.NewMsgSetWithdrawAddress(from.Address, to),
		"vesting":            vestingtypes.NewMsgCreateVestingAccount(from.Address, to, ujoule(1), end, false),
		"delayed vesting":    vestingtypes.NewMsgCreateVestingAccount(from.Address, to, ujoule(1), end, true),
		"locked":             vestingtypes.NewMsgCreatePermanentLockedAccount(from.Address, to, ujoule(1)),
		"periodic vesting":   vestingtypes.NewMsgCreatePeriodicVestingAccount(from.Address, to, end, []vestingtypes.Period{{Length: 1, Amount: ujoule(1)}}),
		"beneficiary":        &devicetypes.MsgSetBeneficiary{Owner: owner, DeviceId: m.Text(), Beneficiary: to.String()},
		"offer":              &devicetypes.MsgOfferDevice{Owner: owner, DeviceId: m.Text(), NewOwner: to.String()},
		"registered for":     &devicetypes.MsgRegisterDevice{Owner: owner, Registration: registration(owner, devicetestutil.WithBeneficiary(to.String()))},
		"sponsored":          &devicetypes.MsgSponsorDevices{Sponsor: owner, Registrations: []devicetypes.Registration{registration(to.String(), devicetestutil.WithBondPayer(owner))}},
		"community spending": &distrtypes.MsgCommunityPoolSpend{Authority: owner, Recipient: to.String(), Amount: ujoule(1)},
	}
}

func registration(owner string, opts ...devicetestutil.Option) devicetypes.Registration {
	return devicetestutil.Registration(ChainID, owner, devicetestutil.NumberedKey(99), opts...)
}

// No module account takes a coin by any message; deposits are the exception, and theirs alone. The chain's export is a
// genesis that every module accepts.
func TestModuleAccountsTakeNoCoins(t *testing.T) {
	a, b := NewAccount("account", 0), NewAccount("account", 1)
	m := NewMember(1, a, 3)
	c := New(t, Options{Genesis: workGenesis(m), Variants: Variants[:1]})
	c.Work(50, m)
	text, err := govv1.NewMsgSubmitProposal(nil, ujoule(leastDeposit), b.Address.String(), "a text", "a text", "a text", false)
	require.NoError(t, err)
	c.succeeds(c.Pay(b, text))
	for _, name := range slices.Sorted(maps.Keys(app.ModuleAccounts())) {
		ways := transfers(a, m, authtypes.NewModuleAddress(name))
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			c.refused(way+" to "+name, c.Pay(a, ways[way]))
		}
	}
	c.RequireInvariants()
	held := c.App().BankKeeper.GetAllBalances(c.Ctx(), authtypes.NewModuleAddress(govtypes.ModuleName))
	require.Equal(t, ujoule(leastDeposit), held)
	next := c.ExportImport(Variants[:1])
	next.Work(5, m)
	next.RequireInvariants()
}

// propose submits proposals with one message each, has every validator vote for them, and returns them as they ended.
func (c *Chain) propose(from Account, msgs ...sdk.Msg) []govv1.Proposal {
	c.t.Helper()
	first, err := c.App().GovKeeper.ProposalID.Peek(c.Ctx())
	require.NoError(c.t, err)
	for _, msg := range msgs {
		p, err := govv1.NewMsgSubmitProposal([]sdk.Msg{msg}, ujoule(minDeposit), from.Address.String(), "", "title", "summary", false)
		require.NoError(c.t, err)
		c.succeeds(c.Pay(from, p))
		id, err := c.App().GovKeeper.ProposalID.Peek(c.Ctx())
		require.NoError(c.t, err)
		for _, v := range c.Validators {
			c.succeeds(c.Pay(v.Operator, govv1.NewMsgVote(v.Operator.Address, id-1, govv1.OptionYes, "")))
		}
	}
	c.Blocks(12)
	proposals := make([]govv1.Proposal, len(msgs))
	for i := range msgs {
		proposals[i], err = c.App().GovKeeper.Proposals.Get(c.Ctx(), first+uint64(i))
		require.NoError(c.t, err)
	}
	return proposals
}

// What governance does with its own account: nothing of it moves a deposit, and nobody is enabled to.
func TestGovernanceSpendsNoDeposits(t *testing.T) {
	a, b, thief := NewAccount("account", 0), NewAccount("account", 1), NewAccount("account", 2)
	m := NewMember(1, a, 3)
	c := New(t, Options{Genesis: func(g *Genesis) { workGenesis(m)(g); shortVotes(g) }, Variants: Variants[:1]})
	gov := authtypes.NewModuleAddress(govtypes.ModuleName)
	text, err := govv1.NewMsgSubmitProposal(nil, ujoule(minDeposit-1), b.Address.String(), "a text", "a text", "a text", false)
	require.NoError(t, err)
	c.succeeds(c.Pay(b, text))
	open, err := c.App().GovKeeper.ProposalID.Peek(c.Ctx())
	require.NoError(t, err)
	open--

	valoper := c.Validators[0].ValAddress().String()
	spends := transfers(Account{Address: gov}, m, NewAccount("stranger", 0).Address)
	delete(spends, "authz")              // an authz message of one's own is the message itself
	delete(spends, "withdraw address")   // moves nothing
	delete(spends, "community spending") // is what governance may do
	spends["deposit"] = &govv1.MsgDeposit{ProposalId: open, Depositor: gov.String(), Amount: ujoule(leastDeposit)}
	spends["delegate"] = stakingtypes.NewMsgDelegate(gov.String(), valoper, ujoule(1)[0])
	spends["burn"] = &emissionstypes.MsgBurn{Sender: gov.String(), Amount: ujoule(1)[0]}
	spends["community pool"] = distrtypes.NewMsgFundCommunityPool(ujoule(1), gov.String())
	spends["rewards pool"] = distrtypes.NewMsgDepositValidatorRewardsPool(gov.String(), valoper, ujoule(1))
	proposal, err := govv1.NewMsgSubmitProposal(nil, ujoule(leastDeposit), gov.String(), "a text", "a text", "a text", false)
	require.NoError(t, err)
	spends["proposal"] = proposal
	names := slices.Sorted(maps.Keys(spends))
	var msgs []sdk.Msg
	for _, name := range names {
		msgs = append(msgs, spends[name])
	}
	for _, name := range slices.Sorted(maps.Keys(app.ModuleAccounts())) {
		names = append(names, "community spending to "+name)
		msgs = append(msgs, &distrtypes.MsgCommunityPoolSpend{
			Authority: gov.String(), Recipient: authtypes.NewModuleAddress(name).String(), Amount: ujoule(1),
		})
	}
	for i, p := range c.propose(a, msgs...) {
		require.Equal(t, govv1.StatusFailed, p.Status, "%s: %s", names[i], p.FailedReason)
	}
	requireDeposits(c, minDeposit-1)

	// Grants by governance pass, and are worth nothing.
	allowance, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, gov, thief.Address)
	require.NoError(t, err)
	send := &banktypes.MsgSend{FromAddress: gov.String(), ToAddress: thief.Address.String(), Amount: ujoule(1)}
	grant, err := authz.NewMsgGrant(gov, thief.Address, authz.NewGenericAuthorization(sdk.MsgTypeURL(send)), nil)
	require.NoError(t, err)
	for _, p := range c.propose(a, allowance, grant) {
		require.Equal(t, govv1.StatusPassed, p.Status, p.FailedReason)
	}
	exec := authz.NewMsgExec(thief.Address, []sdk.Msg{send})
	c.refused("authz of governance", c.Pay(thief, &exec))
	builder := c.App().TxConfig().NewTxBuilder()
	require.NoError(t, builder.SetMsgs(&banktypes.MsgSend{FromAddress: thief.Address.String(), ToAddress: a.Address.String(), Amount: ujoule(1)}))
	builder.SetGasLimit(PaidGas)
	builder.SetFeeAmount(ujoule(PaidGas * GasPrice))
	builder.SetFeeGranter(gov)
	c.refused("fees from governance", c.sign(builder, thief, c.nextSequence(thief)))

	requireDeposits(c, minDeposit-1)
	c.RequireInvariants()
	next := c.ExportImport(Variants[:1])
	next.Work(5, m)
	next.RequireInvariants()
}

// requireDeposits demands that x/gov's account holds that much, and that its deposits say the same.
func requireDeposits(c *Chain, amount int64) {
	c.t.Helper()
	require.Equal(c.t, ujoule(amount), c.App().BankKeeper.GetAllBalances(c.Ctx(), authtypes.NewModuleAddress(govtypes.ModuleName)))
	var sum sdk.Coins
	iter, err := c.App().GovKeeper.Deposits.Iterate(c.Ctx(), nil)
	require.NoError(c.t, err)
	deposits, err := iter.Values()
	require.NoError(c.t, err)
	for _, d := range deposits {
		sum = sum.Add(d.Amount...)
	}
	require.Equal(c.t, ujoule(amount), sum)
}

// A cancelled proposal's charge leaves the account for wherever the parameters say, and the rest goes back.
func TestCancelledProposals(t *testing.T) {
	for name, dest := range map[string]string{
		"burned": "", "community pool": authtypes.NewModuleAddress(distrtypes.ModuleName).String(), "an account": NewAccount("account", 3).Address.String(),
	} {
		t.Run(name, func(t *testing.T) {
			a := NewAccount("account", 0)
			c := New(t, Options{Variants: Variants[:1], Genesis: func(g *Genesis) {
				Edit(g, govtypes.ModuleName, func(s *govv1.GenesisState) { s.Params.ProposalCancelDest = dest })
			}})
			text, err := govv1.NewMsgSubmitProposal(nil, ujoule(leastDeposit), a.Address.String(), "a text", "a text", "a text", false)
			require.NoError(t, err)
			c.succeeds(c.Pay(a, text))
			c.succeeds(c.Pay(a, govv1.NewMsgCancelProposal(1, a.Address.String())))
			require.Empty(t, c.App().BankKeeper.GetAllBalances(c.Ctx(), authtypes.NewModuleAddress(govtypes.ModuleName)))
			c.ExportImport(Variants[:1]).Blocks(2)
		})
	}
}
