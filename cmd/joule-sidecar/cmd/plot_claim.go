package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/chain"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// claimedPlots is the command's result.
type claimedPlots struct {
	DeviceID string `json:"device_id"`
	Plots    uint32 `json:"plots"`
	K        uint32 `json:"k"`
	Strength uint32 `json:"strength"`
	// Bytes is the nominal size that is claimed, Units what an epoch pays for it on average.
	Bytes uint64 `json:"nominal_bytes"`
	Units uint64 `json:"units_per_epoch"`
	// FromEpoch is the first epoch in which the claim holds; 0 with --dry-run.
	FromEpoch uint64   `json:"from_epoch"`
	TxHash    string   `json:"tx_hash,omitempty"`
	Notices   []string `json:"notices"`
}

func plotClaimCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "claim", Short: "Tell the chain how many plots the device stores", Args: cobra.NoArgs,
		Long: "Sends the owner's claim: so many plots of one k and strength, numbers 0 up to that many. It holds from the epoch after the next one on,\n" +
			"and the bond must cover it. Without --plots all plots that are here are claimed. Pay is for what is proven: claiming more than is stored\n" +
			"earns nothing and makes the pay uneven; claiming less leaves plots unpaid. --end ends the claim.",
		Example: "  joule-sidecar plot claim --from owner --keyring-dir ~/.joule\n  joule-sidecar plot claim --plots 100 --from-key-file owner.json",
		RunE:    runPlotClaim,
	}
	addPlotDeviceFlag(c)
	addParamsFlags(c)
	addSignerFlags(c)
	c.Flags().Uint32("plots", 0, "how many plots to claim; default all that are here")
	c.Flags().Bool("end", false, "end the claim")
	c.Flags().Bool("dry-run", false, "say what would be claimed and send nothing")
	return c
}

func runPlotClaim(cmd *cobra.Command, _ []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	payer, err := newPayer(cmd, p.cfg)
	if err != nil {
		return err
	}
	defer payer.client.Close()
	ctx := cmd.Context()
	id := devicetypes.FormatDeviceID(p.signer.DeviceID())
	dev, err := payer.client.Device(ctx, p.signer.DeviceID())
	if err != nil {
		return err
	}
	if dev.Owner != payer.address() {
		return fmt.Errorf("device %s belongs to %s and the signer is %s: sign with the owner's key, --from or --from-key-file", id, dev.Owner, payer.address())
	}
	out := claimedPlots{DeviceID: id, Notices: []string{}}
	if end, _ := cmd.Flags().GetBool("end"); !end {
		if out, err = p.newClaim(cmd, payer.client, dev, out); err != nil {
			return err
		}
	} else if cmd.Flags().Changed("plots") {
		return errors.New("--end and --plots are both set: keep one")
	}
	if dry, _ := cmd.Flags().GetBool("dry-run"); !dry {
		msg := &worktypes.MsgSetDiskClaim{Owner: payer.address(), DeviceId: id, Plots: out.Plots, K: out.K, Strength: out.Strength}
		r, err := payer.send(ctx, msg)
		if err != nil {
			return err
		}
		var resp worktypes.MsgSetDiskClaimResponse
		if len(r.Data) != 1 || resp.Unmarshal(r.Data[0].Value) != nil {
			return fmt.Errorf("transaction %s has no readable claim response", r.Hash)
		}
		out.FromEpoch, out.TxHash = resp.FromEpoch, r.Hash
	}
	return show(cmd, out, func(w io.Writer) error { return printClaim(w, out) })
}

// newClaim works out what to claim and refuses what the chain would, in words that say what would be right.
func (p *plots) newClaim(cmd *cobra.Command, client *chain.Client, dev devicetypes.Device, out claimedPlots) (claimedPlots, error) {
	ctx := cmd.Context()
	store, err := p.store(ctx)
	if err != nil {
		return out, advised(err)
	}
	defer store.Close()
	have := store.Plots()
	out.Notices = append(out.Notices, faultsOf(store)...)
	params, err := p.params(cmd, have)
	if err != nil {
		return out, err
	}
	work, err := client.WorkParams(ctx)
	if err != nil {
		return out, err
	}
	stored, reach := uint64(0), uint64(0)
	for _, q := range have {
		if diskworker.Usable(q) && q.Params == params {
			stored++
			reach = max(reach, q.Index+1)
		}
	}
	wanted, _ := cmd.Flags().GetUint32("plots")
	if wanted == 0 {
		if stored == 0 {
			return out, fmt.Errorf("no plots of k=%d, strength %d are here: make some with `joule-sidecar plot create` first", params.K, params.Strength)
		}
		// Up to the highest number: where some are missing below it the pay is that of the others all the same.
		wanted = uint32(min(reach, math.MaxUint32))
	}
	claim := worktypes.DiskClaim{Plots: wanted, K: uint32(params.K), Strength: uint32(params.Strength)}
	if err := claim.ValidateFor(work.Disk); err != nil {
		return out, err
	}
	if err := coveredBy(ctx, client, dev, claim); err != nil {
		return out, err
	}
	out.Plots, out.K, out.Strength, out.Units = claim.Plots, claim.K, claim.Strength, claim.Units()
	out.Bytes = out.Units * proof.UnitBytes
	switch {
	case uint64(wanted) > stored:
		out.Notices = append(out.Notices, fmt.Sprintf("%d plots are claimed and %d are here: pay is for what is here", wanted, stored))
	case uint64(wanted) < stored:
		out.Notices = append(out.Notices, fmt.Sprintf("%d of %d plots are claimed: the others earn nothing", wanted, stored))
	}
	return out, nil
}

func coveredBy(ctx context.Context, client *chain.Client, dev devicetypes.Device, claim worktypes.DiskClaim) error {
	params, err := client.DeviceParams(ctx)
	if err != nil {
		return err
	}
	rules, err := classParams(devicetypes.WORK_CLASS_DISK, params)
	if err != nil {
		return err
	}
	if allowed := rules.Allowance(dev.Bond.Amount); claim.Units() > allowed {
		need := rules.BondFor(claim.Units())
		return fmt.Errorf("the bond of %s covers %d plots of k=%d and the claim is of %d, which need %s%s: `jouled tx device add-bond`, or claim fewer with --plots",
			dev.Bond, allowed/proof.PlotUnits(uint8(claim.K)), claim.K, claim.Plots, need, dev.Bond.Denom)
	}
	return nil
}

func printClaim(w io.Writer, c claimedPlots) error {
	for _, n := range c.Notices {
		fmt.Fprintln(w, "! "+n)
	}
	what := fmt.Sprintf("%d plots of k=%d, strength %d (%s, %d units an epoch on average)", c.Plots, c.K, c.Strength, diskworker.Size(c.Bytes), c.Units)
	if c.Plots == 0 {
		what = "no plots any more"
	}
	if c.TxHash == "" {
		_, err := fmt.Fprintf(w, "%s would claim %s\n", c.DeviceID, what)
		return err
	}
	_, err := fmt.Fprintf(w, "%s claims %s, from epoch %d on\ntransaction %s\n", c.DeviceID, what, c.FromEpoch, c.TxHash)
	return err
}
