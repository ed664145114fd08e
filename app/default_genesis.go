package app

import (
	"encoding/json"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distr "github.com/cosmos/cosmos-sdk/x/distribution"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/app/ante/lane"
)

const (
	// GenesisBlockBytes bounds a block: 4 MiB gossip in seconds on a home connection; CometBFT's own default is 53 MiB.
	GenesisBlockBytes = 4 << 20
	// GenesisBlockGas bounds a block's gas; CometBFT's own default is unlimited. Half of it is the evidence lane's,
	// half the paying transactions'.
	GenesisBlockGas = lane.BlockGas
	// GenesisEvidenceBlocks and GenesisEvidenceAge bound how old evidence of double signing may be: staking's unbonding
	// time.
	GenesisEvidenceBlocks = 302_400
	GenesisEvidenceAge    = 21 * 24 * time.Hour
)

// DefaultConsensusParams are CometBFT's parameters in a new genesis.
func DefaultConsensusParams() *cmttypes.ConsensusParams {
	p := cmttypes.DefaultConsensusParams()
	p.Block.MaxBytes = GenesisBlockBytes
	p.Block.MaxGas = GenesisBlockGas
	p.Evidence.MaxAgeNumBlocks = GenesisEvidenceBlocks
	p.Evidence.MaxAgeDuration = GenesisEvidenceAge
	p.Evidence.MaxBytes = 256 << 10
	return p
}

// DenomMetadata describes JOULE to wallets.
func DenomMetadata() banktypes.Metadata {
	return banktypes.Metadata{
		Description: "The token of Joule, paid for verified physical work",
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: BaseDenom, Exponent: 0, Aliases: []string{"microjoule"}},
			{Denom: DisplayDenom, Exponent: DenomExponent},
		},
		Base: BaseDenom, Display: DisplayDenom, Name: "Joule", Symbol: DisplayDenom,
	}
}

// The types below replace SDK modules' default genesis where its values do not fit Joule.

type bankGenesis struct{ bank.AppModuleBasic }

func (bankGenesis) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	g := banktypes.DefaultGenesisState()
	g.DenomMetadata = []banktypes.Metadata{DenomMetadata()}
	return cdc.MustMarshalJSON(g)
}

type stakingGenesis struct{ staking.AppModuleBasic }

func (stakingGenesis) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	g := stakingtypes.DefaultGenesisState()
	g.Params.BondDenom = BaseDenom
	g.Params.MinCommissionRate = sdkmath.LegacyNewDecWithPrec(1, 2)
	return cdc.MustMarshalJSON(g)
}

type distrGenesis struct{ distr.AppModuleBasic }

// The community pool's part is cut in x/emissions, so a community tax would cut it twice.
func (distrGenesis) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	g := distrtypes.DefaultGenesisState()
	g.Params.CommunityTax = sdkmath.LegacyZeroDec()
	return cdc.MustMarshalJSON(g)
}

type slashingGenesis struct{ slashing.AppModuleBasic }

func (slashingGenesis) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	g := slashingtypes.DefaultGenesisState()
	g.Params.SignedBlocksWindow = 10_000
	g.Params.MinSignedPerWindow = sdkmath.LegacyNewDecWithPrec(5, 2)
	g.Params.SlashFractionDowntime = sdkmath.LegacyNewDecWithPrec(1, 4)
	return cdc.MustMarshalJSON(g)
}

type govGenesis struct{ gov.AppModuleBasic }

func (govGenesis) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	g := govv1.DefaultGenesisState()
	const joule = 1_000_000
	g.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(BaseDenom, 10_000*joule))
	g.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(BaseDenom, 50_000*joule))
	votingPeriod, expedited := 5*24*time.Hour, 24*time.Hour
	g.Params.VotingPeriod, g.Params.ExpeditedVotingPeriod = &votingPeriod, &expedited
	return cdc.MustMarshalJSON(g)
}
