package cmd

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"time"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/sidecar/chain"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/health"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// printedScans is how many scans status prints.
	printedScans = 8
	// tallyEpochs is how many epochs back a frozen account is looked for.
	tallyEpochs = 12
)

// diskOnChain is what the chain says of a disk device in this epoch.
type diskOnChain struct {
	Epoch      uint64                `json:"epoch"`
	Height     int64                 `json:"height"`
	Claim      *worktypes.DiskClaim  `json:"claim,omitempty"`
	NextClaims []worktypes.DiskClaim `json:"next_claims"`
	// BondPlots is how many plots of the claim's k the bond covers.
	BondPlots uint64 `json:"bond_plots"`
	Window    uint64 `json:"window"`
	// Open and Close are the heights at which this epoch's evidence executes, NextOpen and NextClose the next epoch's.
	Open      int64 `json:"open_height"`
	Close     int64 `json:"close_height"`
	NextOpen  int64 `json:"next_open_height"`
	NextClose int64 `json:"next_close_height"`
	Proven    bool  `json:"proven"`
	// RateEpoch is the newest epoch with an account; a unit of it paid PoolUjoule / ClassUnits.
	RateEpoch  uint64 `json:"rate_epoch,omitempty"`
	PoolUjoule string `json:"pool_ujoule,omitempty"`
	ClassUnits string `json:"class_units,omitempty"`
	pool       math.Int
	units      math.Int
	blocks     uint64
}

func askDisk(ctx context.Context, client *chain.Client, id []byte, dev devicetypes.Device) (*diskOnChain, error) {
	r, err := client.DiskSchedule(ctx, id)
	if err != nil || r.Device == nil {
		return nil, err
	}
	d := r.Device
	out := &diskOnChain{
		Epoch: r.Schedule.Epoch, Height: r.Height, Claim: d.Claim, NextClaims: d.NextClaims, Window: d.Window, Open: d.OpenHeight, Close: d.CloseHeight,
		NextOpen: d.NextOpenHeight, NextClose: d.NextCloseHeight, Proven: d.Proven, blocks: r.Schedule.Blocks,
	}
	params, err := client.DeviceParams(ctx)
	if err != nil {
		return nil, err
	}
	if c := out.newest(); c != nil {
		if rules, err := classParams(devicetypes.WORK_CLASS_DISK, params); err == nil {
			out.BondPlots = rules.Allowance(dev.Bond.Amount) / max(1, proof.PlotUnits(uint8(c.K)))
		}
	}
	for back := uint64(1); back <= tallyEpochs && back < out.Epoch; back++ {
		t, ok, err := client.Tally(ctx, devicetypes.WORK_CLASS_DISK, out.Epoch-back)
		if err != nil {
			return nil, err
		}
		if ok && t.Frozen && t.Units.IsPositive() {
			out.RateEpoch, out.pool, out.units = t.Epoch, t.Pool, t.Units
			out.PoolUjoule, out.ClassUnits = t.Pool.String(), t.Units.String()
			break
		}
	}
	return out, nil
}

// newest is the claim that holds, or else the one that comes.
func (d *diskOnChain) newest() *worktypes.DiskClaim {
	if d.Claim != nil {
		return d.Claim
	}
	if len(d.NextClaims) > 0 {
		return &d.NextClaims[0]
	}
	return nil
}

// printDisk shows what the running sidecar knows of a disk device.
func printDisk(w io.Writer, r diskworker.Report) error {
	fmt.Fprintf(w, "\nDISK %s: %s\n", r.Device, r.Plots)
	var rows [][]string
	for _, f := range r.Folders {
		state := "gone"
		if f.Present {
			state = diskworker.Size(f.FreeBytes) + " free of " + diskworker.Size(f.TotalBytes)
		}
		rows = append(rows, []string{"  " + f.Folder, state, f.About()})
	}
	if c := r.Capacity; c != nil {
		rows = append(rows, []string{"  proven", diskworker.Size(c.Bytes) + " ± " + diskworker.Size(c.Spread), fmt.Sprintf("%d proofs in %d epochs", c.Proofs, c.Epochs)})
	}
	if f := r.Forecast; f != nil {
		rows = append(rows, []string{"  expected", fmt.Sprintf("%.1f units an epoch", f.Units), fmt.Sprintf("%.2f proofs; nothing in %.2g %% of the epochs", f.Proofs, 100*f.Nothing)})
	}
	scrub := "off"
	if r.Scrub.Running || r.Scrub.Bytes > 0 {
		scrub = diskworker.Size(r.Scrub.Bytes) + " read"
	}
	rows = append(rows, []string{"  scrub", scrub, strconv.FormatUint(r.Scrub.Found, 10) + " bad files found"})
	if err := table(w, rows); err != nil {
		return err
	}
	if len(r.Scans) == 0 {
		return nil
	}
	rows = [][]string{{"  EPOCH", "PLOTS", "FOUND", "PROOFS", "UNITS", "TOOK", "FAULTS", "EVIDENCE"}}
	for _, s := range r.Scans[max(0, len(r.Scans)-printedScans):] {
		outcome := string(s.Outcome)
		if outcome == "" {
			outcome = "none"
		}
		rows = append(rows, []string{
			"  " + strconv.FormatUint(s.Epoch, 10), fmt.Sprintf("%d of %d", s.Scanned, s.Claimed), strconv.Itoa(s.Found), strconv.Itoa(s.Proofs),
			strconv.FormatUint(s.Units, 10), fmt.Sprintf("%.2f s", s.ScanSeconds+s.SolveSeconds), strconv.Itoa(s.Faults), outcome,
		})
	}
	return table(w, rows)
}

// printDiskOnChain shows claim, windows and what they are worth at the newest rate.
func printDiskOnChain(w io.Writer, name string, d *diskOnChain, running *health.Report) {
	fmt.Fprintf(w, "\nCLAIM of %s, epoch %d\n", name, d.Epoch)
	switch {
	case d.Claim != nil:
		fmt.Fprintf(w, "  holds      %s\n", claimText(*d.Claim))
	default:
		fmt.Fprintln(w, "  holds      none: nothing is paid in this epoch")
	}
	for _, c := range d.NextClaims {
		fmt.Fprintf(w, "  from %-5d %s\n", c.FromEpoch, claimText(c))
	}
	if d.newest() != nil {
		fmt.Fprintf(w, "  bond       covers %d plots\n", d.BondPlots)
	}
	state := "over"
	switch {
	case d.Proven:
		state = "proven"
	case d.Height < d.Open-1:
		state = "ahead"
	case d.Height < d.Close:
		state = "open"
	}
	fmt.Fprintf(w, "  window     heights %d to %d: %s; now is %d\n", d.Open, d.Close, state, d.Height)
	if d.NextOpen > 0 {
		fmt.Fprintf(w, "  next       heights %d to %d%s\n", d.NextOpen, d.NextClose, inWords(d.NextOpen-d.Height, running))
	}
	if forecast := forecastOf(name, running); forecast != nil && d.RateEpoch > 0 {
		pay := forecast.Units / float(d.units) * float(d.pool)
		text := fmt.Sprintf("  pay        about %.6f JOULE an epoch at the rate of epoch %d", pay/1e6, d.RateEpoch)
		if block := blockTime(running); block > 0 {
			perDay := (24 * time.Hour).Seconds() / (float64(d.blocks) * block.Seconds())
			text += fmt.Sprintf(", %.2f JOULE a day", pay/1e6*perDay)
		}
		fmt.Fprintln(w, text)
	}
}

// float is near enough for people.
func float(n math.Int) float64 {
	f, _ := new(big.Float).SetInt(n.BigInt()).Float64()
	return f
}

func claimText(c worktypes.DiskClaim) string {
	if c.Plots == 0 {
		return "no plots"
	}
	return fmt.Sprintf("%d plots of k=%d, strength %d (%s, %d units an epoch on average)", c.Plots, c.K, c.Strength, diskworker.Size(c.Units()*proof.UnitBytes), c.Units())
}

func forecastOf(name string, running *health.Report) *diskworker.Forecast {
	if running == nil {
		return nil
	}
	for _, r := range running.Disks {
		if r.Device == name {
			return r.Forecast
		}
	}
	return nil
}

func blockTime(running *health.Report) time.Duration {
	if running == nil {
		return 0
	}
	d, err := time.ParseDuration(running.BlockTime)
	if err != nil {
		return 0
	}
	return d
}

// inWords tells when so many blocks have passed.
func inWords(blocks int64, running *health.Report) string {
	block := blockTime(running)
	if block <= 0 || blocks <= 0 {
		return ""
	}
	return ", in about " + (time.Duration(blocks) * block).Round(time.Second).String()
}
