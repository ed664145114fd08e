package cmd

import (
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/joulechain/joule/app"
)

func newApp(logger log.Logger, db dbm.DB, opts servertypes.AppOptions) servertypes.Application {
	return app.New(logger, db, true, opts, server.DefaultBaseappOptions(opts)...)
}

// export writes the state as a genesis; a height of -1 means the newest.
func export(logger log.Logger, db dbm.DB, height int64, forZeroHeight bool, _ []string, opts servertypes.AppOptions, modules []string) (servertypes.ExportedApp, error) {
	node := app.New(logger, db, height == -1, opts)
	if height != -1 {
		if err := node.LoadVersion(height); err != nil {
			return servertypes.ExportedApp{}, err
		}
	}
	return node.ExportAppStateAndValidators(forZeroHeight, modules)
}
