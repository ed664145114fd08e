package app

import (
	"encoding/json"
	"errors"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
)

// ErrZeroHeight refuses an export for height zero: windows, epochs and bonds name absolute heights.
var ErrZeroHeight = errors.New("export: --for-zero-height is not supported: windows, epochs and unbondings name absolute heights; export without it, the new chain starts at the next height")

// ExportAppStateAndValidators writes the state at the last height as a genesis whose initial height is the next one.
// modules limits the export to these modules' states; empty means all.
func (app *App) ExportAppStateAndValidators(forZeroHeight bool, modules []string) (servertypes.ExportedApp, error) {
	if forZeroHeight {
		return servertypes.ExportedApp{}, ErrZeroHeight
	}
	ctx := app.NewContext(true)
	state, err := app.ModuleManager.ExportGenesisForModules(ctx, app.cdc, modules)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	bz, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	validators, err := staking.WriteValidators(ctx, app.StakingKeeper)
	return servertypes.ExportedApp{
		AppState: bz, Validators: validators, Height: app.LastBlockHeight() + 1,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, err
}
