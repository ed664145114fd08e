package cmd

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/keys"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// benchK is the size of the plots that bench makes: 640 KiB.
const benchK = proof.MinK

// maxBenchPlots bounds --plots: 640 MiB.
const maxBenchPlots = 1024

// diskSpeed is one disk device's measurement.
type diskSpeed struct {
	Device string `json:"device"`
	Class  string `json:"class"`
	// Plots were read, of so many bytes in all.
	Plots int    `json:"plots"`
	Bytes uint64 `json:"bytes"`
	// ScanSeconds is one challenge to all plots; PerPlot and PerTB (10^12 bytes) are its parts.
	ScanSeconds float64 `json:"scan_seconds"`
	PerPlot     float64 `json:"scan_seconds_per_plot"`
	PerTB       float64 `json:"scan_seconds_per_tb"`
	Reads       uint64  `json:"reads"`
	BytesRead   uint64  `json:"bytes_read"`
	// SolveSeconds is one proof.
	SolveSeconds float64 `json:"solve_seconds"`
	// PlottingPerGiB is how long making plots takes at k = 18 and the strength Strength, in seconds for each GiB.
	PlottingPerGiB float64 `json:"plotting_seconds_per_gib"`
	Strength       uint8   `json:"plotting_strength"`
}

// measureDisk answers a made-up challenge from the plots that are there and makes some small ones.
func measureDisk(cmd *cobra.Command, cfg config.Config, d config.Device) (diskSpeed, error) {
	out := diskSpeed{Device: d.Name, Class: d.Class}
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return out, err
	}
	p := &plots{cfg: cfg, device: d, signer: s}
	store, err := p.store(cmd.Context())
	if err != nil {
		return out, err
	}
	defer store.Close()
	r, err := selfTest(cmd.Context(), p, store, nil)
	if err != nil {
		return out, err
	}
	out.Plots, out.Reads, out.BytesRead = r.Scan.Scanned, r.Scan.Reads, r.Scan.Bytes
	out.ScanSeconds, out.SolveSeconds = r.Scan.Elapsed.Seconds(), r.Solving.Seconds()
	for _, q := range store.Plots() {
		if q.Status == disk.Ready {
			out.Bytes += q.Bytes
		}
	}
	if out.Plots > 0 {
		out.PerPlot = out.ScanSeconds / float64(out.Plots)
		out.PerTB = out.ScanSeconds / float64(out.Bytes) * 1e12
	}
	return out, measurePlotting(cmd, p, &out)
}

// measurePlotting makes plots for a device that does not exist, beside the real ones, so that the right disk is
// measured.
func measurePlotting(cmd *cobra.Command, p *plots, out *diskSpeed) error {
	n, err := cmd.Flags().GetUint64("plots")
	if err != nil || n == 0 {
		return err
	}
	if n > maxBenchPlots {
		return fmt.Errorf("--plots is %d and must be in 0..%d", n, maxBenchPlots)
	}
	folder, err := os.MkdirTemp(p.folders()[0], ".joule-bench-")
	if err != nil {
		return err
	}
	nobody := make([]byte, 20)
	if _, err := rand.Read(nobody); err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	params := proof.Params{K: benchK, Strength: proof.BaseStrength}
	if rules, err := p.rules(cmd.Context()); err == nil {
		params.Strength = uint8(rules.MinStrength)
	}
	progress := newPlotProgress(cmd.ErrOrStderr())
	r, err := disk.CreatePlots(cmd.Context(), disk.CreateOptions{
		Owner: disk.Owner{ChainID: p.cfg.Chain.ID, DeviceID: nobody}, Params: params, Folder: folder, Plots: n, Group: 1,
		Threads: p.cfg.ThreadsOf(p.device), MemoryMiB: int(p.cfg.Disk.MemoryMiB), Reserve: p.cfg.Disk.ReserveMiB << 20, Progress: progress.update,
	})
	progress.end()
	if err := errors.Join(advised(err), os.RemoveAll(folder)); err != nil {
		return err
	}
	nominal := float64(n*proof.PlotUnits(params.K)) * proof.UnitBytes
	out.Strength, out.PlottingPerGiB = params.Strength, r.Elapsed.Seconds()/nominal*(1<<30)
	return nil
}

func printDiskSpeeds(w io.Writer, disks []diskSpeed) error {
	if len(disks) == 0 {
		return nil
	}
	rows := [][]string{{"DISK", "PLOTS", "SCAN", "A PLOT", "A TB", "A PROOF", "PLOTTING k=18"}}
	for _, d := range disks {
		row := []string{d.Device, strconv.Itoa(d.Plots), "-", "-", "-", "-", "-"}
		if d.Plots > 0 {
			row[2] = fmt.Sprintf("%.3f s", d.ScanSeconds)
			row[3] = fmt.Sprintf("%.2f ms", 1000*d.PerPlot)
			row[4] = fmt.Sprintf("%.1f s", d.PerTB)
			row[5] = fmt.Sprintf("%.3f s", d.SolveSeconds)
		}
		if d.PlottingPerGiB > 0 {
			row[6] = fmt.Sprintf("%.0f s/GiB at strength %d", d.PlottingPerGiB, d.Strength)
		}
		rows = append(rows, row)
	}
	return table(w, rows)
}
