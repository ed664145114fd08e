package keeper_test

import (
	"context"
	"encoding/json"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/authz"

	"github.com/joulechain/joule/x/work"
	"github.com/joulechain/joule/x/work/simulation"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// simulated are the disks of all simulations here: the plots are real and made once.
var simulated = simulation.Plotters{}

// rich stands in for accounts and balances: everybody can pay.
type rich struct{}

func (rich) GetModuleAddress(name string) sdk.AccAddress { return authtypes.NewModuleAddress(name) }

func (rich) SpendableCoins(context.Context, sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(sdk.NewInt64Coin("ujoule", 1_000_000))
}

func (rich) IsSendEnabledDenom(context.Context, string) bool { return true }

// simulate runs random messages and proposals over a chain of some devices; every message that a factory makes must be
// taken.
func simulate(t *testing.T, seed int64, blocks int) (*types.GenesisState, map[string]int) {
	t.Helper()
	rng := rand.New(rand.NewSource(seed))
	state := &module.SimulationState{Rand: rng, Cdc: moduletestutil.MakeTestEncodingConfig(work.AppModule{}).Codec, GenState: map[string]json.RawMessage{}}
	simulation.RandomizedGenState(state)
	var g types.GenesisState
	state.Cdc.MustUnmarshalJSON(state.GenState[types.ModuleName], &g)
	require.NoError(t, g.Validate())
	c := newChain(t, func(_ *chain, p *types.Params) { *p = g.Params })
	for n := range uint64(8) {
		c.device(n * 7)
	}
	priv := secp256k1.GenPrivKeyFromSecret([]byte{1})
	address := sdk.AccAddress(priv.PubKey().Address())
	text, err := addresses.BytesToString(address)
	require.NoError(t, err)
	account := simtypes.Account{PrivKey: priv, PubKey: priv.PubKey(), Address: address, AddressBech32: text}
	for _, n := range []uint64{15, 31} { // keys of disks
		c.devices.RegisterDisk(plotter(n), text)
	}
	for _, n := range []uint64{6, 22, 38} { // keys of radios
		c.devices.RegisterRadio(testutil.NewRadioDevice(chainID, n), text)
	}
	submit := simulation.MsgSubmitWorkFactory(c.k, simulated)
	factories := []simsx.SimMsgFactoryX{
		submit, submit, simulation.MsgUpdateParamsFactory(c.k), simulation.MsgSetDiskClaimFactory(c.k),
		simulation.MsgAssertRadioFactory(c.k), simulation.MsgReleaseRadioFactory(c.k), simulation.MsgUpdateRadioDenylistFactory(c.k),
	}
	done := map[string]int{}
	for range blocks {
		factory := factories[rng.Intn(len(factories))]
		data := simsx.NewChainDataSource(c.ctx, rng, rich{}, rich{}, addresses, account)
		reporter := simsx.NewBasicSimulationReporter().WithScope(factory.MsgType())
		_, msg := simsx.SafeRunFactoryMethod(c.ctx, data, reporter, factory.Create())
		if !reporter.IsSkipped() && msg != nil {
			c.deliver(msg, done)
		}
		c.next()
		params, err := c.k.GetParams(c.ctx)
		require.NoError(t, err)
		c.beacon.Ppm = params.Gpu.WindowProbabilityPpm
	}
	c.holds()
	return c.export(), done
}

func (c *chain) deliver(msg sdk.Msg, done map[string]int) {
	c.Helper()
	switch m := msg.(type) {
	case *types.MsgUpdateParams:
		_, err := c.msg.UpdateParams(c.ctx, m)
		require.NoError(c, err)
		done["params"]++
	case *types.MsgSetDiskClaim:
		_, err := c.setClaim(m)
		require.NoError(c, err)
		done["claim"]++
	case *types.MsgAssertRadio:
		_, err := c.msg.AssertRadio(c.ctx, m)
		require.NoError(c, err)
		done["assertion"]++
	case *types.MsgReleaseRadio:
		_, err := c.msg.ReleaseRadio(c.ctx, m)
		require.NoError(c, err)
		done["release"]++
	case *types.MsgUpdateRadioDenylist:
		_, err := c.msg.UpdateRadioDenylist(c.ctx, m)
		require.NoError(c, err)
		done["denylist"]++
	case *authz.MsgExec:
		inner, err := m.GetMessages()
		require.NoError(c, err)
		require.Len(c, inner, 1)
		for _, r := range c.acceptMostly(inner[0].(*types.MsgSubmitWork)) {
			done[r.Phase.String()]++
			if r.Phase == types.PHASE_OPEN && r.Window < 100 && r.Epoch == r.Window { // a radio window's id is its epoch
				done["beacon"]++
			}
			if !r.Accepted {
				done[r.Reason[len(r.Reason)-8:]]++
			}
		}
	default:
		c.Fatalf("no delivery for %T", msg)
	}
}

// acceptMostly submits a batch of live items; only a suspension may still skip one.
func (c *chain) acceptMostly(msg *types.MsgSubmitWork) []types.ItemResult {
	c.Helper()
	res, err := c.submit(msg.Evidence...)
	require.NoError(c, err)
	for _, r := range res.Results {
		require.True(c, r.Accepted || r.Code == types.ErrSuspended.ABCICode(), r.Reason)
	}
	return res.Results
}

func TestSimulationMessagesAreGood(t *testing.T) {
	total := map[string]int{}
	for seed := range int64(4) {
		_, done := simulate(t, seed, 300)
		for name, n := range done {
			total[name] += n
		}
	}
	for _, name := range []string{"params", "claim", "assertion", "denylist", "beacon", "PHASE_COMMIT", "PHASE_OPEN", "PHASE_PROVE"} {
		require.Greater(t, total[name], 10, "%s: %v", name, total)
	}
}

func TestSimulationIsDeterministic(t *testing.T) {
	first, _ := simulate(t, 7, 150)
	second, _ := simulate(t, 7, 150)
	require.Equal(t, first, second)
	require.NotEmpty(t, first.Devices)
}
