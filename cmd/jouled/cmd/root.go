// Package cmd holds jouled's commands.
package cmd

import (
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/debug"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	"github.com/cosmos/cosmos-sdk/version"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"

	"github.com/joulechain/joule/app"
	emissionscli "github.com/joulechain/joule/x/emissions/client/cli"
)

// EnvPrefix starts the environment variables that set flags: JOULED_HOME is --home.
const EnvPrefix = "JOULED"

// NewRootCmd builds the command tree. A throw-away app over an in-memory store supplies codecs and generated commands.
func NewRootCmd() *cobra.Command {
	nameVersion()
	scratch, err := os.MkdirTemp("", "jouled")
	if err != nil {
		scratch = os.TempDir()
	} else {
		defer os.RemoveAll(scratch)
	}
	template := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.NewAppOptionsWithFlagHome(scratch))
	defer template.Close()
	ctx := client.Context{}.
		WithCodec(template.AppCodec()).
		WithInterfaceRegistry(template.InterfaceRegistry()).
		WithTxConfig(template.TxConfig()).
		WithLegacyAmino(template.LegacyAmino()).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithHomeDir(app.DefaultNodeHome).
		WithViper(EnvPrefix)

	root := &cobra.Command{
		Use:           "jouled",
		Short:         "The node of Joule, a chain that pays for verified physical work",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, ctx)
		},
	}
	root.AddCommand(
		initCmd(template),
		genesisCmd(template),
		beaconKeyCmd(),
		emissionscli.EmissionReportCmd(),
		debug.Cmd(),
		pruning.Cmd(newApp, app.DefaultNodeHome),
		snapshot.Cmd(newApp),
		server.StatusCommand(),
		keys.Commands(),
		queryCmd(),
		txCmd(),
	)
	server.AddCommandsWithStartCmdOptions(root, app.DefaultNodeHome, newApp, export, server.StartCmdOptions{})
	checkBeforeStart(root)

	opts := template.AutoCLIOptions()
	opts.ClientCtx = ctx
	node := nodeservice.NewNodeCommands()
	opts.ModuleOptions[node.Name()] = node.AutoCLIOptions()
	if err := opts.EnhanceRootCommand(root); err != nil {
		panic(err)
	}
	return root
}

// nameVersion gives a binary that was built without the Makefile's flags its names; they stand in genesis files.
func nameVersion() {
	if version.AppName == "<appd>" {
		version.Name, version.AppName = app.Name, "jouled"
	}
}

// prepare reads flags, client.toml, config.toml and app.toml into the command's contexts; files that are missing are
// written.
func prepare(cmd *cobra.Command, ctx client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	ctx, err := client.ReadPersistentCommandFlags(ctx.WithCmdContext(cmd.Context()), cmd.Flags())
	if err != nil {
		return err
	}
	if ctx, err = clientconfig.ReadFromClientConfig(ctx); err != nil {
		return err
	}
	if err := client.SetCmdClientContextHandler(ctx, cmd); err != nil {
		return err
	}
	return server.InterceptConfigsPreRunHandler(cmd, appConfigTemplate, *appConfig(defaultRole), cometConfig(defaultRole))
}

func genesisCmd(template *app.App) *cobra.Command {
	cmd := genutilcli.Commands(template.TxConfig(), template.BasicManager, app.DefaultNodeHome)
	for _, sub := range cmd.Commands() {
		if sub.Name() == "gentx" {
			withBeaconKey(sub)
		}
	}
	return cmd
}

func queryCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "query", Aliases: []string{"q"}, Short: "Query the chain", RunE: client.ValidateCmd}
	cmd.AddCommand(rpc.WaitTxCmd(), server.QueryBlockCmd(), server.QueryBlocksCmd(), server.QueryBlockResultsCmd(),
		authcmd.QueryTxsByEventsCmd(), authcmd.QueryTxCmd())
	return cmd
}

func txCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "tx", Short: "Make, sign and send transactions", RunE: client.ValidateCmd}
	cmd.AddCommand(authcmd.GetSignCommand(), authcmd.GetSignBatchCommand(), authcmd.GetMultiSignCommand(),
		authcmd.GetValidateSignaturesCommand(), authcmd.GetBroadcastCommand(), authcmd.GetEncodeCommand(),
		authcmd.GetDecodeCommand(), authcmd.GetSimulateCmd())
	return cmd
}
