package cmd

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/server"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/x/beacon/keyfile"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// beaconKeyCmd makes, shows and registers the validator's ECVRF key.
func beaconKeyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "beacon-key",
		Short: "Make, show and register the validator's beacon key",
		Long: `Every validator reveals a verifiable random value in the blocks it proposes, with a key of its own that is
neither the consensus key nor the account's. The file stays on the node, also where a remote signer holds the consensus key.`,
		RunE: client.ValidateCmd,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "create", Short: "Make the key file; an existing one is never overwritten", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				key, err := keyfile.Generate(beaconKeyPath(cmd))
				if err != nil {
					return err
				}
				cmd.Println(hex.EncodeToString(key.PublicKey()))
				return nil
			},
		},
		&cobra.Command{
			Use: "add", Short: "Add a key for a rotation; the old one reveals until the new one is active", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				key, err := keyfile.Add(beaconKeyPath(cmd))
				if err != nil {
					return err
				}
				cmd.Println(hex.EncodeToString(key.PublicKey()))
				return nil
			},
		},
		&cobra.Command{
			Use: "show", Short: "Print the public keys, oldest first", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				ring, err := keyfile.Load(beaconKeyPath(cmd))
				if err != nil {
					return err
				}
				for _, key := range ring.PublicKeys() {
					cmd.Println(hex.EncodeToString(key))
				}
				return nil
			},
		},
		registerBeaconKeyCmd(),
	)
	return cmd
}

func registerBeaconKeyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "register",
		Short:   "Register the newest key of the file for the operator that --from names: before create-validator, or as a rotation",
		Example: "jouled beacon-key register --from operator --chain-id joule-1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, err := client.GetClientTxContext(cmd)
			if err != nil {
				return err
			}
			operator := sdk.ValAddress(ctx.GetFromAddress()).String()
			_, msg, err := registerKeyMsg(cmd, ctx.ChainID, operator)
			if err != nil {
				return err
			}
			return tx.GenerateOrBroadcastTxCLI(ctx, cmd.Flags(), msg)
		},
	}
	flags.AddTxFlagsToCmd(cmd)
	return cmd
}

// beaconKeyPath is [joule] beacon-key-file of app.toml, relative to the home folder.
func beaconKeyPath(cmd *cobra.Command) string {
	path := server.GetServerContextFromCmd(cmd).Viper.GetString("joule.beacon-key-file")
	if path == "" {
		path = app.DefaultNodeOptions().BeaconKeyFile
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(client.GetClientContextFromCmd(cmd).HomeDir, path)
}

// registerKeyMsg proves possession of the file's newest key for an operator; a missing file is made.
func registerKeyMsg(cmd *cobra.Command, chainID, operator string) (string, *beacontypes.MsgRegisterKey, error) {
	path := beaconKeyPath(cmd)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if _, err := keyfile.Generate(path); err != nil {
			return path, nil, err
		}
		fmt.Fprintf(os.Stderr, "Beacon key written to %s: back it up, and keep it on this node\n", path)
	}
	ring, err := keyfile.Load(path)
	if err != nil {
		return path, nil, err
	}
	operatorBytes, err := sdk.ValAddressFromBech32(operator)
	if err != nil {
		return path, nil, err
	}
	keys := ring.PublicKeys()
	msg, err := beacontypes.NewMsgRegisterKey(chainID, operator, operatorBytes, keys[len(keys)-1], ring)
	return path, msg, err
}
