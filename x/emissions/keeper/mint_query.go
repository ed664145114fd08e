package keeper

import (
	"context"

	"cosmossdk.io/math"

	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	"github.com/joulechain/joule/x/emissions/types"
)

type mintQueryServer struct{ k *Keeper }

// NewMintQueryServerImpl serves x/mint's queries, which wallets ask for, from this module's state. x/mint itself is not
// used.
func NewMintQueryServerImpl(k *Keeper) minttypes.QueryServer { return mintQueryServer{k} }

// Params describes the emission in x/mint's terms: it only falls (no rate change), and at least the unconditional parts
// are minted.
func (q mintQueryServer) Params(ctx context.Context, _ *minttypes.QueryParamsRequest) (*minttypes.QueryParamsResponse, error) {
	y, err := q.k.yearly(ctx)
	if err != nil {
		return nil, err
	}
	return &minttypes.QueryParamsResponse{Params: minttypes.Params{
		MintDenom: types.Denom, InflationRateChange: math.LegacyZeroDec(), InflationMax: y.inflation(y.emission), InflationMin: y.inflation(y.unconditional),
		GoalBonded: math.LegacyZeroDec(), BlocksPerYear: types.BlocksPerYear, MaxSupply: types.MaxSupply(),
	}}, nil
}

// Inflation is the yearly emission at today's reserve and speed, over the supply. It is an upper bound: work pools mint
// only for verified work.
func (q mintQueryServer) Inflation(ctx context.Context, _ *minttypes.QueryInflationRequest) (*minttypes.QueryInflationResponse, error) {
	y, err := q.k.yearly(ctx)
	if err != nil {
		return nil, err
	}
	return &minttypes.QueryInflationResponse{Inflation: y.inflation(y.emission)}, nil
}

// AnnualProvisions is the yearly emission at today's reserve and speed, in ujoule.
func (q mintQueryServer) AnnualProvisions(ctx context.Context, _ *minttypes.QueryAnnualProvisionsRequest) (*minttypes.QueryAnnualProvisionsResponse, error) {
	y, err := q.k.yearly(ctx)
	if err != nil {
		return nil, err
	}
	return &minttypes.QueryAnnualProvisionsResponse{AnnualProvisions: math.LegacyNewDecFromInt(y.emission)}, nil
}

// yearlyEmission is today's speed of emission, in ujoule a year of 6-second blocks.
type yearlyEmission struct{ emission, unconditional, supply math.Int }

func (k *Keeper) yearly(ctx context.Context) (yearlyEmission, error) {
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return yearlyEmission{}, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return yearlyEmission{}, err
	}
	budget := types.Budget(supply.Reserve(), types.BlocksPerYear, params.SpeedBps)
	return yearlyEmission{emission: budget, unconditional: types.Part(budget, params.ValidatorsBps+params.CommunityBps), supply: supply.Total()}, nil
}

// inflation is an amount over the supply; zero when there is none.
func (y yearlyEmission) inflation(amount math.Int) math.LegacyDec {
	if !y.supply.IsPositive() {
		return math.LegacyZeroDec()
	}
	return math.LegacyNewDecFromInt(amount).QuoInt(y.supply)
}
