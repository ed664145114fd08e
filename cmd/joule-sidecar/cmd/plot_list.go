package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
)

// plotOutput is one plot, or one file that is not usable as plots, as programs are told of it.
type plotOutput struct {
	Number   uint64 `json:"number"`
	ID       string `json:"plot_id,omitempty"`
	K        uint8  `json:"k"`
	Strength uint8  `json:"strength"`
	Folder   string `json:"folder"`
	File     string `json:"file"`
	Grouped  int    `json:"plots_in_file"`
	Bytes    uint64 `json:"bytes"`
	Status   string `json:"status"`
	Problem  string `json:"problem,omitempty"`
}

func describePlot(p disk.Plot) plotOutput {
	out := plotOutput{
		Number: p.Index, K: p.Params.K, Strength: p.Params.Strength, Folder: p.Folder, File: p.File, Grouped: p.Grouped, Bytes: p.Bytes,
		Status: string(p.Status), Problem: p.Problem,
	}
	if p.Params.K != 0 {
		out.ID = fmt.Sprintf("%x", p.ID[:])
	}
	return out
}

// listedPlots is the command's result.
type listedPlots struct {
	Device   string             `json:"device"`
	DeviceID string             `json:"device_id"`
	Folders  []string           `json:"folders"`
	Summary  diskworker.Summary `json:"summary"`
	Plots    []plotOutput       `json:"plots"`
	// Faults are the folders that could not be read, and those whose disk is not mounted.
	Faults []string `json:"faults,omitempty"`
}

func plotListCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "Show the plots in the device's folders, and what is wrong with those that are not used", Args: cobra.NoArgs,
		Long: "Reads the headers only; `plot check` reads whole plots. Ends with status 1 if a file or a folder is not usable.",
		RunE: runPlotList,
	}
	addPlotDeviceFlag(c)
	c.Flags().Bool("all", false, "one line for each plot instead of one for each file")
	return c
}

func runPlotList(cmd *cobra.Command, _ []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	store, err := p.store(cmd.Context())
	if err != nil {
		return advised(err)
	}
	defer store.Close()
	found := store.Plots()
	out := listedPlots{
		Device: p.device.Name, DeviceID: describe(p.device.Name, "", p.signer).DeviceID, Folders: p.folders(),
		Summary: diskworker.Summarize(found), Plots: []plotOutput{},
	}
	for _, f := range found {
		out.Plots = append(out.Plots, describePlot(f))
	}
	out.Faults = faultsOf(store)
	all, _ := cmd.Flags().GetBool("all")
	if err := show(cmd, out, func(w io.Writer) error { return printPlots(w, out, all) }); err != nil {
		return err
	}
	if s := out.Summary; s.Damaged+s.Duplicate+s.Foreign+s.Missing+s.Unreadable > 0 || len(out.Faults) > 0 {
		return errReported
	}
	return nil
}

// faultsOf names the folders whose plots are not known.
func faultsOf(store *disk.Store) (out []string) {
	for _, f := range store.Faults() {
		out = append(out, faultText(f))
	}
	return out
}

func faultText(f disk.Fault) string {
	if text := f.Err.Error(); strings.Contains(text, f.Folder) {
		return text
	}
	return f.Folder + ": " + f.Err.Error()
}

func printPlots(w io.Writer, out listedPlots, all bool) error {
	rows := [][]string{{"NUMBERS", "K", "STRENGTH", "SIZE", "STATUS", "FILE"}}
	for _, group := range byFile(out.Plots, all) {
		bytes := uint64(0)
		for _, p := range group {
			bytes += p.Bytes
		}
		p := group[0]
		row := []string{"-", "-", "-", diskworker.Size(bytes), p.Status, p.File}
		if p.K != 0 {
			row[0], row[1], row[2] = numbers(group), strconv.Itoa(int(p.K)), strconv.Itoa(int(p.Strength))
		}
		rows = append(rows, row)
	}
	if len(out.Plots) > 0 {
		if err := table(w, rows); err != nil {
			return err
		}
	}
	told := map[string]bool{}
	for _, p := range out.Plots {
		line := fmt.Sprintf("! %s: %s: %s", p.File, p.Status, p.Problem)
		if p.Problem != "" && !told[line] {
			told[line] = true
			fmt.Fprintln(w, line)
		}
	}
	for _, f := range out.Faults {
		fmt.Fprintln(w, "! "+f)
	}
	_, err := fmt.Fprintf(w, "%s: %s; looked in %s\n", out.Device, out.Summary, strings.Join(out.Folders, ", "))
	return err
}

// byFile gathers plots of one file and status, so that a disk of ten thousand plots is a table of eighty lines.
func byFile(list []plotOutput, all bool) [][]plotOutput {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b plotOutput) int {
		return cmp.Or(cmp.Compare(a.Folder, b.Folder), cmp.Compare(a.File, b.File), cmp.Compare(a.Number, b.Number))
	})
	var out [][]plotOutput
	for _, p := range sorted {
		if n := len(out); n > 0 && !all && out[n-1][0].File == p.File && out[n-1][0].Status == p.Status {
			out[n-1] = append(out[n-1], p)
			continue
		}
		out = append(out, []plotOutput{p})
	}
	return out
}

// numbers writes the numbers of plots that are sorted, like 0-127.
func numbers(list []plotOutput) string {
	first, last := list[0].Number, list[len(list)-1].Number
	switch {
	case len(list) == 1:
		return strconv.FormatUint(first, 10)
	case last-first == uint64(len(list))-1:
		return fmt.Sprintf("%d-%d", first, last)
	}
	return fmt.Sprintf("%d of %d-%d", len(list), first, last)
}
