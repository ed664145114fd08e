package cmd

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/process"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// createdPlots is the command's result.
type createdPlots struct {
	Device   string   `json:"device"`
	Folder   string   `json:"folder"`
	K        uint8    `json:"k"`
	Strength uint8    `json:"strength"`
	Had      uint64   `json:"had"`
	Made     []uint64 `json:"made"`
	Merged   int      `json:"merged"`
	Removed  []string `json:"removed_leftovers"`
	Seconds  float64  `json:"seconds"`
	// Plan is what would be done; nothing was with --dry-run.
	Plan *plannedPlots `json:"plan,omitempty"`
}

type plannedPlots struct {
	Make       int    `json:"make"`
	PlotBytes  uint64 `json:"plot_bytes"`
	TotalBytes uint64 `json:"total_bytes"`
	TempBytes  uint64 `json:"temp_bytes"`
	FreeBytes  uint64 `json:"free_bytes"`
	MemoryMiB  int    `json:"memory_mib"`
	Group      int    `json:"group"`
	Resumes    bool   `json:"resumes"`
}

func plotCreateCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "create", Short: "Make plots until a folder holds so many", Args: cobra.NoArgs,
		Long: "Makes plots until the folder holds --plots of them, or --size of them: bytes, or a share of the whole disk. Plots that are there already\n" +
			"count. Each plot is used as soon as it is finished, by a running sidecar too. Killed at any moment, the same command goes on where it was.",
		Example: "  joule-sidecar plot create --folder /mnt/disk1 --size 80%\n  joule-sidecar plot create --plots 16 --memory 4096",
		RunE:    runPlotCreate,
	}
	addPlotDeviceFlag(c)
	addParamsFlags(c)
	f := c.Flags()
	f.String("folder", "", "which of the device's folders; needed only where it has several")
	f.Uint64("plots", 0, "how many plots the folder shall hold in the end")
	f.String("size", "", "instead of --plots: how much space they may take, like 500GiB, 2TB or 80% of the disk")
	f.Int("memory", 0, "MiB of memory at most; default disk.memory_mib")
	f.Int("threads", 0, "processor threads; default disk.threads")
	f.String("temp", "", "folder of the temporary file; default disk.temp_folder")
	f.Bool("unmounted", false, "go on where disks with plots of this device are not mounted: they have gone for good, and the folders are taken as they are now")
	f.Bool("dry-run", false, "say what would be done and do nothing")
	return c
}

func runPlotCreate(cmd *cobra.Command, _ []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	o, err := p.createOptions(cmd)
	if err != nil {
		return err
	}
	plan, err := disk.PlanPlots(cmd.Context(), o)
	if err != nil {
		return advised(err)
	}
	out := createdPlots{Device: p.device.Name, Folder: o.Folder, K: o.Params.K, Strength: o.Params.Strength, Had: plan.Have, Made: []uint64{}, Removed: []string{}}
	out.Plan = &plannedPlots{
		Make: len(plan.Make), PlotBytes: plan.PlotBytes, TotalBytes: plan.TotalBytes, TempBytes: plan.TempBytes, FreeBytes: plan.FreeBytes,
		MemoryMiB: plan.MemoryMiB, Group: plan.Group, Resumes: plan.Resumes,
	}
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry {
		return show(cmd, out, func(w io.Writer) error { return printPlan(w, out) })
	}
	if err := printPlan(cmd.ErrOrStderr(), out); err != nil {
		return err
	}
	progress := newPlotProgress(cmd.ErrOrStderr())
	o.Progress = progress.update
	report, err := disk.CreatePlots(cmd.Context(), o)
	progress.end()
	out.Made, out.Merged, out.Seconds = append(out.Made, report.Made...), report.Merged, report.Elapsed.Seconds()
	out.Removed = append(out.Removed, report.Removed...)
	if err != nil {
		return fmt.Errorf("%d of %d plots were made: %w", len(out.Made), len(plan.Make), advised(err))
	}
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d plots made in %s, %d in %s. Next: `joule-sidecar plot claim`\n",
			len(out.Made), time.Duration(out.Seconds*float64(time.Second)).Round(100*time.Millisecond), out.Had+uint64(len(out.Made)), out.Folder)
		return err
	})
}

// createOptions turns flags and configuration into what is to be made.
func (p *plots) createOptions(cmd *cobra.Command) (disk.CreateOptions, error) {
	f := cmd.Flags()
	threads, _ := f.GetInt("threads")
	memory, _ := f.GetInt("memory")
	temp, _ := f.GetString("temp")
	unmounted, _ := f.GetBool("unmounted")
	folder, err := p.folder(cmd)
	if err != nil {
		return disk.CreateOptions{}, err
	}
	store, err := p.store(cmd.Context())
	if err != nil {
		return disk.CreateOptions{}, advised(err)
	}
	have := store.Plots()
	if err := store.Close(); err != nil {
		return disk.CreateOptions{}, err
	}
	params, err := p.params(cmd, have)
	if err != nil {
		return disk.CreateOptions{}, err
	}
	wanted, err := wantedPlots(cmd, params, folder)
	if err != nil {
		return disk.CreateOptions{}, err
	}
	if !f.Changed("threads") {
		threads = p.cfg.ThreadsOf(p.device)
	}
	if !f.Changed("memory") {
		memory = int(p.cfg.Disk.MemoryMiB)
	}
	if temp == "" {
		temp = p.cfg.Path(p.cfg.Disk.TempFolder)
	}
	return disk.CreateOptions{
		Owner: p.owner(), Params: params, Folder: folder, Folders: p.folders(), Plots: wanted, Group: int(p.cfg.Disk.Group),
		Threads: threads, MemoryMiB: memory, TempFolder: temp, Reserve: p.cfg.Disk.ReserveMiB << 20,
		MountsFile: process.MountsFile(p.cfg, p.device), Unmounted: unmounted,
	}, nil
}

// wantedPlots is how many plots the folder shall hold: --plots, or as many as fit into --size.
func wantedPlots(cmd *cobra.Command, params proof.Params, folder string) (uint64, error) {
	n, err := cmd.Flags().GetUint64("plots")
	if err != nil {
		return 0, err
	}
	text, err := cmd.Flags().GetString("size")
	if err != nil {
		return 0, err
	}
	switch {
	case n != 0 && text != "":
		return 0, errors.New("--plots and --size are both set: keep one")
	case n != 0:
		return n, nil
	case text == "":
		return 0, errors.New("say how many plots with --plots, or how much space with --size, like 500GiB or 80%")
	}
	total, err := durable.Total(folder)
	if err != nil {
		return 0, fmt.Errorf("folder %s: %w", folder, err)
	}
	bytes, err := parseSize(text, total)
	if err != nil {
		return 0, err
	}
	each := disk.PlotBytes(params)
	if bytes < each {
		return 0, fmt.Errorf("--size %s is %s and one plot of k=%d takes up to %s", text, diskworker.Size(bytes), params.K, diskworker.Size(each))
	}
	return bytes / each, nil
}

func printPlan(w io.Writer, c createdPlots) error {
	p := c.Plan
	if p.Make == 0 {
		_, err := fmt.Fprintf(w, "%s holds %d plots of k=%d, strength %d already: nothing to make\n", c.Folder, c.Had, c.K, c.Strength)
		return err
	}
	resumes := ""
	if p.Resumes {
		resumes = ", going on where an interrupted run ended"
	}
	_, err := fmt.Fprintf(w, "%s: %d plots are there, %d of k=%d, strength %d are to be made%s\nspace  %s of %s free, %s more while working\nmemory %d MiB\n",
		c.Folder, c.Had, p.Make, c.K, c.Strength, resumes, diskworker.Size(p.TotalBytes), diskworker.Size(p.FreeBytes), diskworker.Size(p.TempBytes), p.MemoryMiB)
	return err
}

// lineEvery is how often progress is told where no bar can be drawn.
const lineEvery = 10 * time.Second

// plotProgress draws a bar on a terminal and writes a line now and then elsewhere.
type plotProgress struct {
	bar  *bar
	w    io.Writer
	told time.Time
}

func newPlotProgress(w io.Writer) *plotProgress {
	return &plotProgress{bar: newBar(w, "plotting"), w: w, told: time.Now()}
}

func (p *plotProgress) update(r disk.Progress) {
	note := fmt.Sprintf("plot %d of %d, %s", min(r.PlotsDone+1, r.PlotsTotal), r.PlotsTotal, r.Phase)
	if p.bar.on {
		p.bar.known(r.Fraction, r.Remaining, note)
		return
	}
	if now := time.Now(); now.Sub(p.told) >= lineEvery {
		p.told = now
		fmt.Fprintln(p.w, p.bar.text(r.Fraction, leftText(r.Remaining), note))
	}
}

func (p *plotProgress) end() { p.bar.end() }
