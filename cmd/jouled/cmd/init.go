package cmd

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/joulechain/joule/app"
)

const flagRole = "role"

// initCmd is the SDK's init with a role's configuration and Joule's consensus parameters.
func initCmd(template *app.App) *cobra.Command {
	cmd := genutilcli.InitCmd(template.BasicManager, app.DefaultNodeHome)
	cmd.Long = `Write the node's keys, genesis and configuration.

--role validator  keeps the last 1,000 states, indexes nothing, serves nothing to strangers
--role rpc        indexes transactions, serves REST and gRPC on loopback, makes state-sync snapshots
--role archive    keeps every height`
	cmd.Example = "jouled init my-node --chain-id joule-devnet-1 --role validator"
	cmd.Flags().String(flagRole, string(defaultRole), "what the node is for: validator, rpc or archive")
	if err := cmd.MarkFlagRequired(flags.FlagChainID); err != nil {
		panic(err)
	}
	sdkInit := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name, err := cmd.Flags().GetString(flagRole)
		if err != nil {
			return err
		}
		r, err := parseRole(name)
		if err != nil {
			return err
		}
		home := client.GetClientContextFromCmd(cmd).HomeDir
		overwrite, _ := cmd.Flags().GetBool(genutilcli.FlagOverwrite)
		comet := cometConfig(r)
		comet.SetRoot(home)
		if _, err := os.Stat(comet.GenesisFile()); err == nil && !overwrite {
			return fmt.Errorf("init: %s exists; --overwrite replaces it and the configuration, keys stay", comet.GenesisFile())
		}
		*server.GetServerContextFromCmd(cmd).Config = *comet
		srvconfig.SetConfigTemplate(appConfigTemplate)
		srvconfig.WriteConfigFile(filepath.Join(home, "config", "app.toml"), appConfig(r))
		if err := sdkInit(cmd, args); err != nil {
			return err
		}
		return setConsensusParams(comet.GenesisFile())
	}
	return cmd
}

// setConsensusParams bounds block bytes, gas and evidence age in the genesis that the SDK's init wrote.
func setConsensusParams(file string) error {
	genesis, err := genutiltypes.AppGenesisFromFile(file)
	if err != nil {
		return err
	}
	params := app.DefaultConsensusParams()
	params.Validator.PubKeyTypes = genesis.Consensus.Params.Validator.PubKeyTypes
	genesis.Consensus.Params = params
	return genutil.ExportGenesisFile(genesis, file)
}
