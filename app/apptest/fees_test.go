package apptest

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client/tx"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/ante/lane"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// poor is what each account of the fee tests owns: some two hundred fees, so that coins run out here and there.
	poor = 2_000_000
	// feeGas is the gas limit of the fee tests' transactions.
	feeGas = 300_000
)

// feeGenesis makes the accounts poor, locks most of the last one's coins for a year and burns all fees, so that the
// counter of burned coins shows what was collected.
func feeGenesis(accounts int) func(*Genesis) {
	return func(g *Genesis) {
		Edit(g, banktypes.ModuleName, func(s *banktypes.GenesisState) {
			for i := range accounts {
				s.Balances[i].Coins = ujoule(poor)
			}
		})
		Edit(g, authtypes.ModuleName, func(s *authtypes.GenesisState) {
			vests := NewAccount("account", accounts-1)
			base := authtypes.NewBaseAccount(vests.Address, vests.Key.PubKey(), uint64(accounts-1), 0)
			a, err := vestingtypes.NewContinuousVestingAccount(base, ujoule(poor*3/4), genesisTime.Unix(), genesisTime.AddDate(1, 0, 0).Unix())
			require.NoError(g.t, err)
			s.Accounts[accounts-1], err = codectypes.NewAnyWithValue(a)
			require.NoError(g.t, err)
		})
		Edit(g, emissionstypes.ModuleName, func(s *emissionstypes.GenesisState) { s.Params.Fees.BurnBps = emissionstypes.BpsScale })
	}
}

func ujoule(amount int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, amount)) }

func (c *Chain) spendable(a Account) int64 {
	return c.App().BankKeeper.SpendableCoins(c.Ctx(), a.Address).AmountOf(app.BaseDenom).Int64()
}

// paid is a transaction whose signers, gas, fee, payer and granter the test chooses.
type paid struct {
	signers       []Account
	gas           uint64
	fee           int64
	payer, grants sdk.AccAddress
	msgs          []sdk.Msg
}

// signPaid signs with each signer's next sequence.
func (c *Chain) signPaid(p paid) []byte {
	c.t.Helper()
	cfg := c.App().TxConfig()
	b := cfg.NewTxBuilder()
	require.NoError(c.t, b.SetMsgs(p.msgs...))
	b.SetGasLimit(p.gas)
	b.SetFeeAmount(ujoule(p.fee))
	b.SetFeePayer(p.payer)
	b.SetFeeGranter(p.grants)
	sigs := make([]signing.SignatureV2, len(p.signers))
	for i, s := range p.signers {
		sigs[i] = signing.SignatureV2{
			PubKey: s.Key.PubKey(), Sequence: c.nextSequence(s), Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT},
		}
	}
	require.NoError(c.t, b.SetSignatures(sigs...))
	signed := make([]signing.SignatureV2, len(sigs))
	for i, s := range p.signers {
		data := authsigning.SignerData{
			ChainID: ChainID, Address: s.Address.String(), Sequence: sigs[i].Sequence, PubKey: s.Key.PubKey(),
			AccountNumber: c.App().AccountKeeper.GetAccount(c.Ctx(), s.Address).GetAccountNumber(),
		}
		var err error
		signed[i], err = tx.SignWithPrivKey(c.Ctx(), signing.SignMode_SIGN_MODE_DIRECT, data, b, s.Key, cfg, sigs[i].Sequence)
		require.NoError(c.t, err)
	}
	require.NoError(c.t, b.SetSignatures(signed...))
	bz, err := cfg.TxEncoder()(b.GetTx())
	require.NoError(c.t, err)
	return bz
}

// requireFeesPaid checks the last block: each paying transaction's fee is in its own result, and what the block
// collected is the sum of them. before is the counter of burned coins before the block.
func (c *Chain) requireFeesPaid(before math.Int, results []*abci.ExecTxResult) (fees int64) {
	c.t.Helper()
	for i, bz := range c.BlockTxs(c.height)[1:] {
		decoded, err := c.App().TxConfig().TxDecoder()(bz)
		require.NoError(c.t, err)
		if lane.Carries(decoded) {
			continue
		}
		fee := decoded.(sdk.FeeTx).GetFee()
		fees += fee.AmountOf(app.BaseDenom).Int64()
		require.Equal(c.t, fee.String(), attribute(results[i], "tx", "fee"), "block %d, transaction %d: %s", c.height, i, results[i].Log)
	}
	require.Equal(c.t, fees, c.burned().Sub(before).Int64(), "block %d collects its transactions' fees", c.height)
	return fees
}

func (c *Chain) burned() math.Int {
	s, err := c.App().EmissionsKeeper.Supply.Get(c.Ctx())
	require.NoError(c.t, err)
	return s.Burned
}

func attribute(r *abci.ExecTxResult, kind, key string) string {
	for _, e := range r.Events {
		for _, a := range e.Attributes {
			if e.Type == kind && a.Key == key {
				return a.Value
			}
		}
	}
	return ""
}

// A transaction moves its sender's coins away, and the ones behind it reserve as much gas as they may. They pay for
// what they reserve, so that the attack ends with the attacker's coins, and evidence lands beside it.
func TestMovingCoinsAwayPaysForNothing(t *testing.T) {
	owner, x, y := NewAccount("account", 0), NewAccount("account", 1), NewAccount("account", 2)
	member := NewMember(1, owner, 3)
	prices := emissionstypes.DefaultFeeParams()
	small, large := prices.MinFee(feeGas).Int64(), prices.MinFee(prices.MaxTxGas).Int64()
	const hogs = 3
	funds := small + hogs*large
	c := New(t, Options{Genesis: func(g *Genesis) {
		workGenesis(member)(g)
		Edit(g, banktypes.ModuleName, func(s *banktypes.GenesisState) {
			s.Balances[1].Coins, s.Balances[2].Coins = ujoule(funds+1), ujoule(1)
		})
		Edit(g, emissionstypes.ModuleName, func(s *emissionstypes.GenesisState) { s.Params.Fees.BurnBps = emissionstypes.BpsScale })
	}})
	var w worktypes.Window
	c.BlocksUntil(300, func() bool {
		ws, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), 1)
		require.NoError(t, err)
		for _, v := range ws {
			w = v
			return v.OpenHeight == c.height+1
		}
		return false
	})
	txs := [][]byte{c.signPaid(paid{signers: []Account{x}, gas: feeGas, fee: small, msgs: []sdk.Msg{banktypes.NewMsgSend(x.Address, y.Address, ujoule(hogs*large+1))}})}
	for range hogs {
		txs = append(txs, c.signPaid(paid{signers: []Account{x}, gas: prices.MaxTxGas, fee: large, msgs: []sdk.Msg{banktypes.NewMsgSend(x.Address, y.Address, ujoule(1))}}))
	}
	txs = append(txs, c.Submit(owner, member.Commit(w, 3)))
	before := c.burned()
	results := c.Block(txs...)
	require.Len(t, results, len(txs), "all of them, and the evidence")
	require.Equal(t, funds, c.requireFeesPaid(before, results))
	record, err := c.App().WorkKeeper.Devices.Get(c.Ctx(), worktypes.DeviceWorkKey(1, member.ID()))
	require.NoError(t, err)
	_, landed := record.Commitment(w.Id)
	require.True(t, landed)
	require.Equal(t, uint32(5), results[1].Code, "the coins that the fees took cannot be moved: %s", results[1].Log)
	require.EqualValues(t, 2, c.spendable(x)+c.spendable(y), "what is left is what was never needed for fees")
}

// No chain of transactions of any signers reserves what nobody pays for: whatever moves whose coins, each transaction
// of a block that validators accepted pays its fee, and all ways to run a block agree.
func TestEveryBlockCollectsItsFees(t *testing.T) {
	const accounts, blocks = 6, 24
	c := New(t, Options{Accounts: accounts, Genesis: feeGenesis(accounts)})
	r := rand.New(rand.NewSource(11))
	c.grantAll()
	var failed, succeeded, refused int
	for range blocks {
		for _, a := range c.Accounts {
			c.ForgetSequence(a)
		}
		txs := make([][]byte, 2+r.Intn(12))
		for i := range txs {
			txs[i] = c.signPaid(c.randomPaid(r))
		}
		before := c.burned()
		results := c.Block(txs...)
		c.requireFeesPaid(before, results)
		refused += len(txs) - len(results)
		for _, res := range results {
			if res.Code == 0 {
				succeeded++
			} else {
				failed++
			}
		}
		c.RequireInvariants()
	}
	t.Logf("%d transactions succeeded, %d failed and paid, %d did not get in", succeeded, failed, refused)
	require.Greater(t, succeeded, 20)
	require.Greater(t, failed, 10, "coins are taken away before the messages that wanted them")
	require.Positive(t, refused)
	c.Replay()
}

// grantAll lets everybody move everybody's coins and pay fees with them.
func (c *Chain) grantAll() {
	expires := genesisTime.Add(24 * time.Hour)
	var txs [][]byte
	for i, a := range c.Accounts {
		var msgs []sdk.Msg
		for j, b := range c.Accounts {
			if i == j {
				continue
			}
			grant, err := authz.NewMsgGrant(a.Address, b.Address, authz.NewGenericAuthorization(sdk.MsgTypeURL(&banktypes.MsgSend{})), &expires)
			require.NoError(c.t, err)
			allow, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, a.Address, b.Address)
			require.NoError(c.t, err)
			msgs = append(msgs, grant, allow)
		}
		txs = append(txs, c.signPaid(paid{signers: []Account{a}, gas: 1_000_000, fee: 20_000, msgs: msgs}))
	}
	for _, res := range c.Block(txs...) {
		require.Zero(c.t, res.Code, res.Log)
	}
}

// randomPaid is one of the ways to move coins, most of them somebody else's, and as a rule all that there are.
func (c *Chain) randomPaid(r *rand.Rand) paid {
	p := r.Perm(len(c.Accounts))
	a, b, to := c.Accounts[p[0]], c.Accounts[p[1]], c.Accounts[p[2]]
	floor := emissionstypes.DefaultFeeParams().MinFee(feeGas).Int64()
	out := paid{signers: []Account{a}, gas: feeGas, fee: floor + r.Int63n(floor)}
	most := func(of Account) sdk.Coins { return ujoule(max(1, c.spendable(of)-r.Int63n(4*floor))) }
	switch kind := r.Intn(8); kind {
	case 0, 1:
		out.msgs = []sdk.Msg{banktypes.NewMsgSend(a.Address, to.Address, most(a))}
	case 2:
		exec := authz.NewMsgExec(a.Address, []sdk.Msg{banktypes.NewMsgSend(b.Address, to.Address, most(b))})
		out.msgs = []sdk.Msg{&exec}
	case 3:
		coins := most(a)
		out.msgs = []sdk.Msg{banktypes.NewMsgMultiSend(banktypes.NewInput(a.Address, coins), []banktypes.Output{banktypes.NewOutput(to.Address, coins)})}
	case 4:
		out.signers = []Account{a, b}
		out.msgs = []sdk.Msg{banktypes.NewMsgSend(a.Address, to.Address, ujoule(1)), banktypes.NewMsgSend(b.Address, to.Address, most(b))}
		if r.Intn(2) == 0 {
			out.payer = b.Address
		}
	case 5, 6:
		out.grants = b.Address
		out.msgs = []sdk.Msg{banktypes.NewMsgSend(a.Address, to.Address, most(a))}
		if kind == 6 {
			revoke := feegrant.NewMsgRevokeAllowance(a.Address, b.Address)
			allow, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{SpendLimit: ujoule(1 + r.Int63n(3*floor))}, a.Address, b.Address)
			require.NoError(c.t, err)
			out.msgs = []sdk.Msg{&revoke, allow}
		}
	case 7:
		vests := c.Accounts[len(c.Accounts)-1]
		stake := sdk.NewInt64Coin(app.BaseDenom, 1+r.Int63n(poor/8))
		out.signers, out.msgs = []Account{vests}, []sdk.Msg{stakingtypes.NewMsgDelegate(vests.Address.String(), c.Validators[0].ValAddress().String(), stake)}
	default:
		panic(fmt.Sprint(kind))
	}
	return out
}
