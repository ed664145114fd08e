package cmd

import (
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/joulechain/joule/app"
)

func newApp(logger log.Logger, db dbm.DB, opts servertypes.AppOptions) servertypes.Application {
	return app.New(logger, db, true, opts, server.DefaultBaseappOptions(opts)...)
}

// checkBeforeStart has the start command refuse configuration files that contradict each other.
func checkBeforeStart(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if cmd.Name() != "start" {
			continue
		}
		start := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			ctx := server.GetServerContextFromCmd(cmd)
			if err := app.ReadNodeOptions(ctx.Viper).CheckEngine(ctx.Config.Mempool); err != nil {
				return err
			}
			return start(cmd, args)
		}
	}
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
