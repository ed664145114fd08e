package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/server"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authclient "github.com/cosmos/cosmos-sdk/x/auth/client"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// withBeaconKey makes the SDK's gentx command put the validator's beacon key beside its creation: the SDK's command
// writes its transaction to a scratch file, from which the final one is built and signed again.
func withBeaconKey(cmd *cobra.Command) {
	cmd.Short = "Make a genesis transaction: the validator, its self-delegation and its beacon key"
	cmd.Example = "jouled genesis gentx my-key 1000000000ujoule --chain-id joule-devnet-1"
	sdkGentx := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		target, err := cmd.Flags().GetString(flags.FlagOutputDocument)
		if err != nil {
			return err
		}
		scratch, err := os.MkdirTemp("", "gentx")
		if err != nil {
			return err
		}
		defer os.RemoveAll(scratch)
		draft := filepath.Join(scratch, "gentx.json")
		if err := cmd.Flags().Set(flags.FlagOutputDocument, draft); err != nil {
			return err
		}
		stderr := cmd.ErrOrStderr()
		cmd.SetErr(io.Discard) // the SDK would name the scratch file
		err = sdkGentx(cmd, args)
		cmd.SetErr(stderr)
		if err != nil {
			return err
		}
		return finishGentx(cmd, args[0], draft, target)
	}
}

func finishGentx(cmd *cobra.Command, keyName, draft, target string) error {
	ctx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	bz, err := os.ReadFile(draft)
	if err != nil {
		return err
	}
	decoded, err := ctx.TxConfig.TxJSONDecoder()(bz)
	if err != nil {
		return err
	}
	msgs := decoded.GetMsgs()
	create, ok := msgs[0].(*stakingtypes.MsgCreateValidator)
	if !ok {
		return fmt.Errorf("gentx: the SDK made a %s; want MsgCreateValidator", sdk.MsgTypeURL(msgs[0]))
	}
	genesis, err := genutiltypes.AppGenesisFromFile(server.GetServerContextFromCmd(cmd).Config.GenesisFile())
	if err != nil {
		return err
	}
	_, register, err := registerKeyMsg(cmd, genesis.ChainID, create.ValidatorAddress)
	if err != nil {
		return err
	}
	builder, err := ctx.TxConfig.WrapTxBuilder(decoded)
	if err != nil {
		return err
	}
	if err := builder.SetMsgs(create, register); err != nil {
		return err
	}
	factory, err := tx.NewFactoryCLI(ctx, cmd.Flags())
	if err != nil {
		return err
	}
	if err := authclient.SignTx(factory.WithChainID(genesis.ChainID), ctx, keyName, builder, true, true); err != nil {
		return err
	}
	signed, err := ctx.TxConfig.TxJSONEncoder()(builder.GetTx())
	if err != nil {
		return err
	}
	if target == "" {
		folder := filepath.Join(ctx.HomeDir, "config", "gentx")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		target = filepath.Join(folder, "gentx-"+create.ValidatorAddress+".json")
	}
	if err := os.WriteFile(target, append(signed, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Genesis transaction with beacon key written to %s\n", target)
	return nil
}
