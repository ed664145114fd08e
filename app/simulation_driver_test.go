package app_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/authz"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
	"github.com/joulechain/joule/x/beacon"
	beaconsim "github.com/joulechain/joule/x/beacon/simulation"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/device"
	devicesim "github.com/joulechain/joule/x/device/simulation"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions"
	emissionssim "github.com/joulechain/joule/x/emissions/simulation"
	"github.com/joulechain/joule/x/work"
	worksim "github.com/joulechain/joule/x/work/simulation"
)

const (
	simAccounts = 24
	// simInvariants is how often, in blocks, the accounting is recomputed.
	simInvariants = 20
	submitWork    = "msg_work_submit"
	attest        = "msg_attest"
	releaseChip   = "msg_release_chip"
)

// weighted is a message factory and how often it is picked.
type weighted struct {
	weight  uint32
	factory simsx.SimMsgFactoryX
}

// simRegistry collects what the modules register.
type simRegistry []weighted

func (r *simRegistry) Add(weight uint32, f simsx.SimMsgFactoryX) {
	*r = append(*r, weighted{weight, f})
}

// later holds the votes that a proposal's factory schedules.
type later struct{ queue []scheduled }

type scheduled struct {
	at      time.Time
	factory simsx.SimMsgFactoryX
}

func (l *later) Add(at time.Time, f simsx.SimMsgFactoryX) {
	l.queue = append(l.queue, scheduled{at, f})
}

func (l *later) due(now time.Time) (due []simsx.SimMsgFactoryX) {
	l.queue = slices.DeleteFunc(l.queue, func(s scheduled) bool {
		if s.at.After(now) {
			return false
		}
		due = append(due, s.factory)
		return true
	})
	return due
}

// simulation sends random messages through whole blocks. The SDK's runner delivers transactions after EndBlock and
// without a proposal: what x/work and x/bank fold at a block's end would be lost there, and transaction 0 would never
// be seen.
type simulation struct {
	t         testing.TB
	chain     *apptest.Chain
	rng       *rand.Rand
	accounts  []simtypes.Account
	keys      map[string]apptest.Account
	factories simRegistry
	total     int
	later     later
	// accepted and refused count executed messages by type, those in a MsgExec by their own.
	accepted, refused map[string]int
}

func newSimulation(t testing.TB, seed int64, variants []apptest.Variant) *simulation {
	t.Helper()
	s := &simulation{
		t: t, rng: rand.New(rand.NewSource(seed)), keys: map[string]apptest.Account{}, accepted: map[string]int{}, refused: map[string]int{},
	}
	s.chain = apptest.New(t, apptest.Options{Accounts: simAccounts, Validators: 3, Variants: variants, Genesis: s.genesis})
	codec := address.NewBech32Codec(app.Bech32Prefix)
	for i, a := range s.chain.Accounts {
		text, err := codec.BytesToString(a.Address)
		require.NoError(t, err)
		s.accounts = append(s.accounts, simtypes.Account{
			PrivKey: a.Key, PubKey: a.Key.PubKey(), Address: a.Address, AddressBech32: text,
			ConsKey: ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "simulation %d", i)),
		})
		s.keys[text] = a
	}
	s.register()
	return s
}

// genesis randomises our modules' parameters, within bounds that let a short run see whole lives.
func (s *simulation) genesis(g *apptest.Genesis) {
	worldGenesis()(g)
	state := &module.SimulationState{Rand: s.rng, Cdc: newApp(s.t).AppCodec(), GenState: g.State, BondDenom: app.BaseDenom}
	devicesim.RandomizedGenState(state)
	worksim.RandomizedGenState(state)
	emissionssim.RandomizedGenState(state)
	apptest.Edit(g, beacontypes.ModuleName, func(b *beacontypes.GenesisState) { b.Params = beaconsim.RandomParams(s.rng) })
}

// register takes all modules' factories. Of the governance proposals it takes our modules' and texts: the SDK's set
// parameters such as a random bond denomination, under which no chain goes on.
func (s *simulation) register() {
	params := simsx.ParamWeightSource(simtypes.AppParams{})
	weights := simsx.WeightSourceFn(func(name string, usual uint32) uint32 {
		switch name {
		case submitWork:
			usual *= 5 // a lone chain of two dozen accounts sees few windows
		case attest, releaseChip:
			usual *= 3 // and few GPUs
		}
		return params.Get(name, usual)
	})
	// x/gov divides the weights of proposals by 25, which leaves most of them none.
	undivided := simsx.WeightSourceFn(func(name string, usual uint32) uint32 { return params.Get(name, 10*usual) })
	proposals := simsx.NewUniqueTypeRegistry()
	for _, m := range s.chain.App().SimulationManager().Modules {
		if x, ok := m.(simsx.HasProposalMsgsX); ok && maySpeak(m) {
			x.ProposalMsgsX(undivided, proposals)
		}
	}
	for _, m := range s.chain.App().SimulationManager().Modules {
		switch x := m.(type) {
		case simsx.HasWeightedOperationsX:
			x.WeightedOperationsX(weights, &s.factories)
		case simsx.HasWeightedOperationsXWithProposals:
			x.WeightedOperationsX(weights, &s.factories, proposals.Iterator(), nil)
		}
	}
	for _, f := range s.factories {
		s.total += int(f.weight)
	}
	require.Greater(s.t, len(s.factories), 40, "the modules' factories are missing")
}

// maySpeak tells whether a module's proposals take part.
func maySpeak(m module.AppModuleSimulation) bool {
	switch m.(type) {
	case beacon.AppModule, device.AppModule, work.AppModule, emissions.AppModule, gov.AppModule:
		return true
	}
	return false
}

func (s *simulation) pick() simsx.SimMsgFactoryX {
	n := s.rng.Intn(s.total)
	for _, f := range s.factories {
		if n -= int(f.weight); n < 0 {
			return f.factory
		}
	}
	panic("unreachable: the weights add up to the total")
}

// message asks a factory for a message that it expects to succeed on the last state.
func (s *simulation) message(f simsx.SimMsgFactoryX) ([]simsx.SimAccount, sdk.Msg) {
	// Factories see the last state at the height at which the message will run.
	ctx := s.chain.Ctx().WithBlockHeight(s.chain.Height() + 1)
	if x, ok := f.(simsx.HasFutureOpsRegistry); ok {
		x.SetFutureOpsRegistry(&s.later)
	}
	a := s.chain.App()
	data := simsx.NewChainDataSource(ctx, s.rng, a.AccountKeeper, a.BankKeeper, a.AccountKeeper.AddressCodec(), s.accounts...)
	reporter := simsx.NewBasicSimulationReporter().WithScope(f.MsgType())
	from, msg := simsx.SafeRunFactoryMethod(ctx, data, reporter, f.Create())
	if reporter.IsSkipped() {
		return nil, nil
	}
	return from, msg
}

// gasOf is what a message's sender pays for: a first report of a card costs three times what suffices elsewhere.
func gasOf(msg sdk.Msg) uint64 {
	if _, ok := msg.(*devicetypes.MsgAttest); ok {
		return 4 * apptest.PaidGas
	}
	return apptest.PaidGas
}

// run makes blocks of up to size transactions, one for each account, and has the validators vote on every proposal.
func (s *simulation) run(blocks, size int) {
	for n := range blocks {
		var txs [][]byte
		used := map[string]bool{}
		add := func(f simsx.SimMsgFactoryX) {
			from, msg := s.message(f)
			if msg == nil || len(from) != 1 || used[from[0].AddressBech32] {
				return
			}
			account := s.keys[from[0].AddressBech32]
			used[from[0].AddressBech32] = true
			s.chain.ForgetSequence(account)
			txs = append(txs, s.chain.PayGas(account, gasOf(msg), msg))
		}
		for _, f := range s.later.due(s.chain.Ctx().BlockTime()) {
			add(f)
		}
		for range s.rng.Intn(size + 1) {
			add(s.pick())
		}
		txs = append(txs, s.votes()...)
		s.chain.Block(txs...)
		s.count()
		if n%simInvariants == simInvariants-1 {
			s.chain.RequireInvariants()
		}
	}
	s.chain.RequireInvariants()
}

// votes have the validators say yes three times in four, so that random parameters take effect.
func (s *simulation) votes() (txs [][]byte) {
	ctx := s.chain.Ctx()
	var open []uint64
	require.NoError(s.t, s.chain.App().GovKeeper.Proposals.Walk(ctx, nil, func(id uint64, p govv1.Proposal) (bool, error) {
		if p.Status == govv1.StatusVotingPeriod {
			open = append(open, id)
		}
		return false, nil
	}))
	if len(open) == 0 {
		return nil
	}
	option := govv1.OptionYes
	if s.rng.Intn(4) == 0 {
		option = govv1.OptionNo
	}
	for _, v := range s.chain.Validators {
		s.chain.ForgetSequence(v.Operator)
		txs = append(txs, s.chain.Pay(v.Operator, govv1.NewMsgVote(v.Operator.Address, open[s.rng.Intn(len(open))], option, "")))
	}
	return txs
}

func (s *simulation) count() {
	height := s.chain.Height()
	decode := s.chain.App().TxConfig().TxDecoder()
	for i, bz := range s.chain.BlockTxs(height)[1:] {
		tx, err := decode(bz)
		require.NoError(s.t, err)
		msg := tx.GetMsgs()[0]
		name := sdk.MsgTypeURL(msg)
		if exec, ok := msg.(*authz.MsgExec); ok {
			if inner, err := exec.GetMessages(); err == nil && len(inner) == 1 {
				name = sdk.MsgTypeURL(inner[0])
			}
		}
		if s.chain.Results(height)[i+1].IsOK() {
			s.accepted[name]++
		} else {
			s.refused[name]++
			s.t.Logf("block %d: %s refused: %s", height, name, s.chain.Results(height)[i+1].Log)
		}
	}
}
