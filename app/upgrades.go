package app

import (
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/joulechain/joule/app/upgrades"
)

// registerUpgrades installs the handlers and, on a node that restarts at an upgrade's height, the store loader that
// adds or removes its stores.
func (app *App) registerUpgrades() { app.installUpgrades(upgrades.All) }

func (app *App) installUpgrades(list []upgrades.Upgrade) {
	for _, u := range list {
		app.UpgradeKeeper.SetUpgradeHandler(u.Name, u.Handler(app.ModuleManager, app.configurator))
	}
	plan, err := app.UpgradeKeeper.ReadUpgradeInfoFromDisk()
	must(err)
	if app.UpgradeKeeper.IsSkipHeight(plan.Height) {
		return
	}
	for _, u := range list {
		if u.Name == plan.Name {
			stores := u.Stores
			app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(plan.Height, &stores))
		}
	}
}
