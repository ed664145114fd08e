// Package upgrades lists the chain's planned upgrades, one sub-package each.
package upgrades

import (
	"context"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// Upgrade is one software upgrade that governance schedules by name.
type Upgrade struct {
	// Name is the plan's name.
	Name string
	// Stores are the stores that it adds, renames or deletes.
	Stores storetypes.StoreUpgrades
	// Prepare runs before the modules' migrations; nil for none.
	Prepare func(context.Context, upgradetypes.Plan) error
}

// Handler returns the upgrade's handler: Prepare, then every module's migration to its ConsensusVersion.
func (u Upgrade) Handler(mm *module.Manager, cfg module.Configurator) upgradetypes.UpgradeHandler {
	return func(ctx context.Context, plan upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
		if u.Prepare != nil {
			if err := u.Prepare(ctx, plan); err != nil {
				return nil, err
			}
		}
		return mm.RunMigrations(ctx, cfg, from)
	}
}

// All lists the upgrades that this binary can perform, oldest first. A chain that starts with v1 needs none.
var All []Upgrade
