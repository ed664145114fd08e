package app

import (
	"encoding/json"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultGenesis returns the modules' default genesis, with Joule's values where the SDK's do not fit.
func (app *App) DefaultGenesis() map[string]json.RawMessage {
	return app.BasicManager.DefaultGenesis(app.cdc)
}

// InitChainer initialises the chain from its genesis and refuses one whose validators have no beacon key, or
// whose parameters contradict each other.
func (app *App) InitChainer(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, err
	}
	if err := app.UpgradeKeeper.SetModuleVersionMap(ctx, app.ModuleManager.GetVersionMap()); err != nil {
		return nil, err
	}
	res, err := app.ModuleManager.InitGenesis(ctx, app.cdc, state)
	if err != nil {
		return nil, err
	}
	if err := app.BeaconKeeper.CheckGenesisValidators(ctx); err != nil {
		return nil, err
	}
	return res, app.checkParams(ctx)
}
