package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"cosmossdk.io/math"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

// claimed is the command's result.
type claimed struct {
	Beneficiary string   `json:"beneficiary"`
	Amount      string   `json:"amount_ujoule"`
	Devices     uint32   `json:"devices"`
	TxHashes    []string `json:"tx_hashes"`
}

func claimCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "claim", Short: "Collect what the devices have earned", Args: cobra.NoArgs,
		Long: "The signer must be the devices' beneficiary (the owner unless said otherwise). All its devices are paid, page by page,\n" +
			"or those that --device-id names.",
		RunE: runClaim,
	}
	addSignerFlags(c)
	c.Flags().StringSlice("device-id", nil, "jouledev1… ids; default all devices of the signer")
	c.Flags().Bool("dry-run", false, "show what a claim would pay and send nothing")
	return c
}

func runClaim(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	p, err := newPayer(cmd, cfg)
	if err != nil {
		return err
	}
	defer p.client.Close()
	if dry, err := cmd.Flags().GetBool("dry-run"); err != nil || dry {
		if err != nil {
			return err
		}
		return showClaimable(cmd, p)
	}
	ids, err := cmd.Flags().GetStringSlice("device-id")
	if err != nil {
		return err
	}
	out := claimed{Beneficiary: p.address()}
	total := math.ZeroInt()
	msg := &emissionstypes.MsgClaim{Beneficiary: p.address(), DeviceIds: ids}
	for {
		r, err := p.send(cmd.Context(), msg)
		if err != nil {
			return err
		}
		out.TxHashes = append(out.TxHashes, r.Hash)
		var resp emissionstypes.MsgClaimResponse
		if len(r.Data) != 1 || resp.Unmarshal(r.Data[0].Value) != nil {
			return fmt.Errorf("transaction %s has no readable claim response", r.Hash)
		}
		total = total.Add(resp.Amount.Amount)
		out.Devices += resp.Devices
		if resp.Next == "" {
			break
		}
		msg = &emissionstypes.MsgClaim{Beneficiary: p.address(), StartAfter: resp.Next}
	}
	out.Amount = total.String()
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s received %s from %d devices\n", out.Beneficiary, joule(total), out.Devices)
		return err
	})
}

func showClaimable(cmd *cobra.Command, p *payer) error {
	rewards, err := p.client.Rewards(cmd.Context(), p.address())
	if err != nil {
		return err
	}
	total := math.ZeroInt()
	for _, r := range rewards {
		total = total.Add(r.Claimable)
	}
	out := map[string]any{"beneficiary": p.address(), "devices": rewards, "total_ujoule": total.String()}
	return show(cmd, out, func(w io.Writer) error {
		for _, r := range rewards {
			fmt.Fprintf(w, "%s  %s\n", r.DeviceId, joule(r.Claimable))
		}
		_, err := fmt.Fprintf(w, "%s could claim %s\n", p.address(), joule(total))
		return err
	})
}
