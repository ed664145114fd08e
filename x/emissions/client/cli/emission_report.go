// Package cli holds the emissions module's commands that AutoCLI cannot generate.
package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
)

// maxReportEpochs bounds a range: its receipts are held in memory.
const maxReportEpochs = 1_000

const (
	flagEpoch  = "epoch"
	flagFrom   = "from-epoch"
	flagTo     = "to-epoch"
	flagFormat = "format"
)

// EmissionReportCmd recomputes epochs from chain data, and fails when what it finds differs from what the chain
// recorded.
func EmissionReportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "emission-report",
		Short: "Recompute what epochs paid, from receipt to payment, and compare it with the chain's record",
		Long: `Reads every block of the epoch until its freezing from a node (one that has not pruned them), sums the accepted
evidence per device (from the items' results, and from the events of radios' beacons and late receipts, which tell whom else they
paid), recomputes budget, pools and payments by the rules, and compares each step with what the chain recorded.
The output is the same bytes on every machine. A mismatch is printed to stderr and the exit status is not 0.

Evidence that a governance proposal carries leaves no result in any transaction and shows as a mismatch.`,
		Example: "jouled emission-report --epoch 12 --node tcp://localhost:26657\njouled emission-report --from-epoch 1 --to-epoch 24 --format csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			node, err := ctx.GetNode()
			if err != nil {
				return err
			}
			return run(cmd, chain{ctx: ctx, node: node, emissions: types.NewQueryClient(ctx)})
		},
	}
	flags.AddQueryFlagsToCmd(cmd)
	cmd.Flags().Uint64(flagEpoch, 0, "epoch to report; 0 is the newest frozen one")
	cmd.Flags().Uint64(flagFrom, 0, "first epoch of a range")
	cmd.Flags().Uint64(flagTo, 0, "last epoch of a range")
	cmd.Flags().String(flagFormat, "json", "json or csv")
	cmd.MarkFlagsMutuallyExclusive(flagEpoch, flagFrom)
	cmd.MarkFlagsMutuallyExclusive(flagEpoch, flagTo)
	cmd.MarkFlagsRequiredTogether(flagFrom, flagTo)
	return cmd
}

// run reports what the flags ask for; a report with mismatches is printed whole before the error.
func run(cmd *cobra.Command, source chainSource) error {
	write, err := format(cmd)
	if err != nil {
		return err
	}
	from, to, err := span(cmd)
	if err != nil {
		return err
	}
	reports, err := compute(cmd.Context(), source, from, to)
	if err != nil {
		return err
	}
	if err := write(cmd.OutOrStdout(), reports); err != nil {
		return err
	}
	wrong := 0
	for _, r := range reports {
		for _, m := range r.Mismatches {
			wrong++
			fmt.Fprintln(cmd.ErrOrStderr(), "MISMATCH", m)
		}
	}
	if wrong > 0 {
		cmd.SilenceUsage = true
		return fmt.Errorf("%d mismatches between the chain's record and what its blocks give", wrong)
	}
	return nil
}

func format(cmd *cobra.Command) (writer, error) {
	switch name, err := cmd.Flags().GetString(flagFormat); {
	case err != nil:
		return nil, err
	case name == "json":
		return report.WriteJSON, nil
	case name == "csv":
		return report.WriteCSV, nil
	default:
		return nil, fmt.Errorf("--%s is %q: json or csv", flagFormat, name)
	}
}

// span is the first and last epoch asked for; 0, 0 is the newest frozen one.
func span(cmd *cobra.Command) (from, to uint64, err error) {
	if from, err = cmd.Flags().GetUint64(flagEpoch); err != nil {
		return 0, 0, err
	}
	if !cmd.Flags().Changed(flagFrom) {
		return from, from, nil
	}
	if from, err = cmd.Flags().GetUint64(flagFrom); err != nil {
		return 0, 0, err
	}
	if to, err = cmd.Flags().GetUint64(flagTo); err != nil {
		return 0, 0, err
	}
	if from == 0 || to < from || to-from >= maxReportEpochs {
		return 0, 0, fmt.Errorf("--%s %d --%s %d: epochs count from 1, ascending, at most %d", flagFrom, from, flagTo, to, maxReportEpochs)
	}
	return from, to, nil
}
