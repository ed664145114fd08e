package apptest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/app"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

const (
	// ChainID is the harness's chain.
	ChainID = "joule-apptest-1"
	// Stake is each validator's self-delegation in ujoule.
	Stake = 100_000_000_000
	// Funds is each account's balance in ujoule.
	Funds = 1_000_000_000_000
)

// genesisTime is fixed: the harness never reads a clock.
var genesisTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Account is a funded account with its key.
type Account struct {
	Key     *secp256k1.PrivKey
	Address sdk.AccAddress
}

// Validator is a genesis validator with its keys.
type Validator struct {
	Consensus cmted25519.PrivKey
	Operator  Account
	Beacon    vrf.SecretKey
}

// ConsAddress is the validator's consensus address.
func (v Validator) ConsAddress() sdk.ConsAddress {
	return sdk.ConsAddress(v.Consensus.PubKey().Address())
}

// ValAddress is the validator's operator address.
func (v Validator) ValAddress() sdk.ValAddress { return sdk.ValAddress(v.Operator.Address) }

// seed gives each test key its own fixed secret.
func seed(label string, i int) []byte {
	bz := binary.BigEndian.AppendUint64([]byte("apptest/"+label+"/"), uint64(i))
	sum := sha256.Sum256(bz)
	return sum[:]
}

// NewAccount returns the i-th account of a label.
func NewAccount(label string, i int) Account {
	key := secp256k1.GenPrivKeyFromSecret(seed(label, i))
	return Account{Key: key, Address: sdk.AccAddress(key.PubKey().Address())}
}

func newValidator(t testing.TB, i int) Validator {
	t.Helper()
	beacon, err := vrf.NewSecretKey(seed("beacon", i))
	require.NoError(t, err)
	return Validator{
		Consensus: cmted25519.GenPrivKeyFromSecret(seed("consensus", i)),
		Operator:  NewAccount("validator", i),
		Beacon:    beacon,
	}
}

// Genesis is an app state under construction.
type Genesis struct {
	t     testing.TB
	app   *app.App
	State map[string]json.RawMessage
}

// Edit decodes a module's state, lets f change it and encodes it again.
func Edit[T any, P interface {
	*T
	proto.Message
}](g *Genesis, module string, f func(P)) {
	g.t.Helper()
	state := P(new(T))
	g.app.AppCodec().MustUnmarshalJSON(g.State[module], state)
	f(state)
	g.State[module] = g.app.AppCodec().MustMarshalJSON(state)
}

// newGenesis builds a state with bonded validators that have active beacon keys, and funded accounts.
func newGenesis(t testing.TB, a *app.App, validators []Validator, accounts []Account) *Genesis {
	t.Helper()
	g := &Genesis{t: t, app: a, State: a.DefaultGenesis()}
	owners := append([]Account(nil), accounts...)
	for _, v := range validators {
		owners = append(owners, v.Operator)
	}
	Edit(g, authtypes.ModuleName, func(s *authtypes.GenesisState) {
		for i, o := range owners {
			anyAccount, err := codectypes.NewAnyWithValue(authtypes.NewBaseAccount(o.Address, o.Key.PubKey(), uint64(i), 0))
			require.NoError(t, err)
			s.Accounts = append(s.Accounts, anyAccount)
		}
	})
	Edit(g, banktypes.ModuleName, func(s *banktypes.GenesisState) {
		for _, o := range owners {
			s.Balances = append(s.Balances, banktypes.Balance{Address: o.Address.String(), Coins: sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, Funds))})
		}
		pool := sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, Stake*int64(len(validators))))
		s.Balances = append(s.Balances, banktypes.Balance{Address: authtypes.NewModuleAddress(stakingtypes.BondedPoolName).String(), Coins: pool})
		s.Supply = nil
	})
	Edit(g, stakingtypes.ModuleName, func(s *stakingtypes.GenesisState) {
		for _, v := range validators {
			s.Validators = append(s.Validators, bondedValidator(t, v))
			s.Delegations = append(s.Delegations, stakingtypes.NewDelegation(v.Operator.Address.String(), v.ValAddress().String(), sdkmath.LegacyNewDec(Stake)))
		}
	})
	// The hooks that would write these do not run for validators that genesis bonds.
	Edit(g, slashingtypes.ModuleName, func(s *slashingtypes.GenesisState) {
		for _, v := range validators {
			s.SigningInfos = append(s.SigningInfos, slashingtypes.SigningInfo{
				Address:              v.ConsAddress().String(),
				ValidatorSigningInfo: slashingtypes.NewValidatorSigningInfo(v.ConsAddress(), 1, 0, time.Unix(0, 0).UTC(), false, 0),
			})
		}
	})
	Edit(g, distrtypes.ModuleName, func(*distrtypes.GenesisState) {})
	Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) {
		for _, v := range validators {
			s.Keys = append(s.Keys, beacontypes.ValidatorKey{OperatorAddress: v.ValAddress().String(), Active: v.Beacon.PublicKey()})
		}
	})
	return g
}

func bondedValidator(t testing.TB, v Validator) stakingtypes.Validator {
	t.Helper()
	pk, err := cryptocodec.FromCmtPubKeyInterface(v.Consensus.PubKey())
	require.NoError(t, err)
	val, err := stakingtypes.NewValidator(v.ValAddress().String(), pk, stakingtypes.Description{Moniker: "apptest"})
	require.NoError(t, err)
	val.Status = stakingtypes.Bonded
	val.Tokens = sdkmath.NewInt(Stake)
	val.DelegatorShares = sdkmath.LegacyNewDec(Stake)
	val.MinSelfDelegation = sdkmath.OneInt()
	val.Commission = stakingtypes.NewCommission(sdkmath.LegacyNewDecWithPrec(5, 2), sdkmath.LegacyNewDecWithPrec(5, 1), sdkmath.LegacyNewDecWithPrec(5, 2))
	return val
}

func validatorUpdates(validators []Validator) []abci.ValidatorUpdate {
	updates := make([]abci.ValidatorUpdate, 0, len(validators))
	for _, v := range validators {
		updates = append(updates, abci.Ed25519ValidatorUpdate(v.Consensus.PubKey().Bytes(), Stake/1_000_000))
	}
	return updates
}
