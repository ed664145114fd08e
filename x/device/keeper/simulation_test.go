package keeper_test

import (
	"context"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/device/simulation"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// factories collects what the module registers.
type factories []simsx.SimMsgFactoryX

func (f *factories) Add(_ uint32, x simsx.SimMsgFactoryX) { *f = append(*f, x) }

func simAccounts(n int) []simtypes.Account {
	out := make([]simtypes.Account, n)
	for i := range out {
		priv := cryptotypes.GenPrivKeyFromSecret([]byte{byte(i)})
		addr := sdk.AccAddress(priv.PubKey().Address())
		text, err := codec.BytesToString(addr)
		if err != nil {
			panic(err)
		}
		out[i] = simtypes.Account{PrivKey: priv, PubKey: priv.PubKey(), Address: addr, AddressBech32: text}
	}
	return out
}

// simulate runs random messages of all factories and returns the ones that were sent, in order. Every message that a
// factory makes must be accepted.
func simulate(t *testing.T, seed int64, steps int) (sent []string, done map[string]int) {
	t.Helper()
	f := newFixture(t)
	accs := simAccounts(6)
	for _, a := range accs {
		f.fund(a.Address, 50*minBond)
	}
	var all factories
	simulation.RegisterFactories(simsx.ParamWeightSource(simtypes.AppParams{}), &all, f.k)
	all.Add(20, simulation.MsgUpdateParamsFactory(f.k))
	all.Add(5, simulation.MsgUpdateRevocationsFactory(f.k))
	f.k.SetWindowSeeds(seeds(nil))
	f.ctx = f.ctx.WithBlockTime(testutil.ChipsValidFrom.AddDate(6, 0, 0))
	rng := rand.New(rand.NewSource(seed))
	done = map[string]int{}
	disks := 0
	for range steps {
		factory := all[rng.Intn(len(all))]
		data := simsx.NewChainDataSource(f.ctx, rng, f.accounts, f.bank, codec, accs...)
		reporter := simsx.NewBasicSimulationReporter().WithScope(factory.MsgType())
		signers, msg := simsx.SafeRunFactoryMethod(f.ctx, data, reporter, factory.Create())
		if reporter.IsSkipped() || msg == nil {
			continue
		}
		name := sdk.MsgTypeURL(msg)
		require.NoError(t, f.deliver(msg), "%s %s", name, msg)
		switch msg.(type) {
		case *types.MsgUpdateParams, *types.MsgUpdateRevocations:
		default:
			require.Len(t, signers, 1)
		}
		done[name]++
		sent = append(sent, name)
		f.epochs.number += uint64(rng.Intn(2))
		f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
	}
	f.holds()
	require.NoError(t, f.k.IterateDevices(f.ctx, func(d types.Device) (bool, error) {
		if d.WorkClass == types.WORK_CLASS_DISK {
			disks++
		}
		return false, nil
	}))
	if steps > 500 {
		require.NotZero(t, disks, "disks register too")
	}
	return sent, done
}

func (f *fixture) deliver(msg sdk.Msg) (err error) {
	ctx := context.Context(f.ctx)
	switch m := msg.(type) {
	case *types.MsgRegisterDevice:
		_, err = f.msg.RegisterDevice(ctx, m)
	case *types.MsgRegisterDevices:
		_, err = f.msg.RegisterDevices(ctx, m)
	case *types.MsgSponsorDevices:
		_, err = f.msg.SponsorDevices(ctx, m)
	case *types.MsgAddBond:
		_, err = f.msg.AddBond(ctx, m)
	case *types.MsgSetBeneficiary:
		_, err = f.msg.SetBeneficiary(ctx, m)
	case *types.MsgSuspendDevice:
		_, err = f.msg.SuspendDevice(ctx, m)
	case *types.MsgResumeDevice:
		_, err = f.msg.ResumeDevice(ctx, m)
	case *types.MsgOfferDevice:
		_, err = f.msg.OfferDevice(ctx, m)
	case *types.MsgAcceptDevice:
		_, err = f.msg.AcceptDevice(ctx, m)
	case *types.MsgRetireDevice:
		_, err = f.msg.RetireDevice(ctx, m)
	case *types.MsgWithdrawBond:
		_, err = f.msg.WithdrawBond(ctx, m)
	case *types.MsgReclaimBond:
		_, err = f.msg.ReclaimBond(ctx, m)
	case *types.MsgKeepDevice:
		_, err = f.msg.KeepDevice(ctx, m)
	case *types.MsgAttest:
		_, err = f.msg.Attest(ctx, m)
	case *types.MsgReleaseChip:
		_, err = f.msg.ReleaseChip(ctx, m)
	case *types.MsgUpdateRevocations:
		_, err = f.msg.UpdateRevocations(ctx, m)
	case *types.MsgUpdateParams:
		_, err = f.msg.UpdateParams(ctx, m)
	default:
		f.Fatalf("no delivery for %T", msg)
	}
	return err
}

func TestSimulationMessagesAreGood(t *testing.T) {
	total := map[string]int{}
	for seed := range int64(4) {
		_, done := simulate(t, seed, 1_000)
		for name, n := range done {
			total[name] += n
		}
	}
	require.Len(t, total, 17, "each of the seventeen messages is sent")
}

func TestSimulationIsDeterministic(t *testing.T) {
	first, _ := simulate(t, 7, 300)
	second, _ := simulate(t, 7, 300)
	require.True(t, slices.Equal(first, second))
	require.NotEmpty(t, first)
}
