package app

import "github.com/cosmos/cosmos-sdk/types/module"

func (app *App) buildSimulation() {
	app.simulation = module.NewSimulationManagerFromAppModules(app.ModuleManager.Modules, nil)
	app.simulation.RegisterStoreDecoders()
}
