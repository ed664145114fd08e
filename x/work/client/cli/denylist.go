// Package cli has the commands that cannot be generated from the messages: the generator's flags know no lists of
// 32-bit numbers.
package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govcli "github.com/cosmos/cosmos-sdk/x/gov/client/cli"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/joulechain/joule/x/work/types"
)

// TxCommand is the module's group of transactions; AutoCLI adds the generated ones.
func TxCommand() *cobra.Command {
	c := &cobra.Command{Use: types.ModuleName, Short: "Transactions of the work module", SuggestionsMinimumDistance: 2, RunE: client.ValidateCmd}
	c.AddCommand(updateRadioDenylist())
	return c
}

func updateRadioDenylist() *cobra.Command {
	c := &cobra.Command{
		Use: "update-radio-denylist", Short: "Propose to deny radios and pairs of radios, or to allow them again", Args: cobra.NoArgs,
		Long: fmt.Sprintf("Propose changes to the denylist to governance, at most %d at once: --deny and --allow take radios' numbers, --deny-edges and --allow-edges\n"+
			"pairs of numbers, in either order.", types.MaxDenylistChanges),
		Example: "  jouled tx work update-radio-denylist --deny 17,23 --deny-edges 4:9 --title \"Cloned radios\" --summary \"…\" --deposit 10000000ujoule --from voter",
		RunE:    runUpdateRadioDenylist,
	}
	c.Flags().StringSlice("deny", nil, "numbers of radios to deny")
	c.Flags().StringSlice("allow", nil, "numbers of radios to allow again")
	c.Flags().StringSlice("deny-edges", nil, "pairs to deny, like 4:9")
	c.Flags().StringSlice("allow-edges", nil, "pairs to allow again, like 4:9")
	govcli.AddGovPropFlagsToCmd(c)
	flags.AddTxFlagsToCmd(c)
	return c
}

func runUpdateRadioDenylist(cmd *cobra.Command, _ []string) error {
	clientCtx, err := client.GetClientTxContext(cmd)
	if err != nil {
		return err
	}
	msg := &types.MsgUpdateRadioDenylist{Authority: authtypes.NewModuleAddress(govtypes.ModuleName).String()}
	if msg.Deny, err = numbers(cmd, "deny"); err != nil {
		return err
	}
	if msg.Allow, err = numbers(cmd, "allow"); err != nil {
		return err
	}
	if msg.DenyEdges, err = edges(cmd, "deny-edges"); err != nil {
		return err
	}
	if msg.AllowEdges, err = edges(cmd, "allow-edges"); err != nil {
		return err
	}
	if err := msg.ValidateShape(); err != nil {
		return err
	}
	proposal, err := govcli.ReadGovPropCmdFlags(clientCtx.GetFromAddress().String(), cmd.Flags())
	if err != nil {
		return err
	}
	if err := proposal.SetMsgs([]sdk.Msg{msg}); err != nil {
		return err
	}
	return tx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), proposal)
}

func numbers(cmd *cobra.Command, flag string) (out []uint32, err error) {
	texts, err := cmd.Flags().GetStringSlice(flag)
	for _, text := range texts {
		n, err := number(flag, text)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, err
}

func edges(cmd *cobra.Command, flag string) (out []types.RadioEdge, err error) {
	texts, err := cmd.Flags().GetStringSlice(flag)
	for _, text := range texts {
		first, second, found := strings.Cut(text, ":")
		if !found {
			return nil, fmt.Errorf("--%s: %q is no pair; write the numbers of two radios, like 4:9", flag, text)
		}
		a, err := number(flag, first)
		if err != nil {
			return nil, err
		}
		b, err := number(flag, second)
		if err != nil {
			return nil, err
		}
		out = append(out, types.NewRadioEdge(a, b))
	}
	return out, err
}

func number(flag, text string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("--%s: %q is no radio's number; want 1 to 4294967295 (query work radio)", flag, text)
	}
	return uint32(n), nil
}
