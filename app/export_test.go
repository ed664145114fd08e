package app

import (
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/joulechain/joule/app/upgrades"
)

// InstallUpgrades lets a test bring upgrades of its own, before the state is loaded.
func (app *App) InstallUpgrades(list []upgrades.Upgrade) { app.installUpgrades(list) }

// Configurator lets a test register migrations.
func (app *App) Configurator() module.Configurator { return app.configurator }
