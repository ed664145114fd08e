package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
)

// removedPlots is the command's result.
type removedPlots struct {
	Device  string   `json:"device"`
	Removed []uint64 `json:"removed"`
	File    string   `json:"file,omitempty"`
	Bytes   uint64   `json:"bytes"`
}

func plotRemoveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "remove [NUMBER|FIRST-LAST …]", Short: "Delete plots",
		Long: "Deletes the named plots, or all of a folder or of the device with --all. With --folder nothing outside that folder is touched, not even a copy of\n" +
			"the same plot. Plots of one file go together. Removed plots earn nothing from the next window on: adapt the claim with `plot claim`. Other devices'\n" +
			"plots are deleted only if --file names them. Asks first; --yes does not.",
		Example: "  joule-sidecar plot remove 12 64-127\n  joule-sidecar plot remove --all --folder /mnt/old --yes",
		RunE:    runPlotRemove,
	}
	addPlotDeviceFlag(c)
	c.Flags().Bool("all", false, "all plots of the device, or of --folder")
	c.Flags().String("folder", "", "only plots in this folder")
	c.Flags().Uint32("k", 0, "only plots of this size, where plots of two sizes have the number")
	c.Flags().String("file", "", "one file of the device's folders instead, of whatever status: a duplicate, or one that cannot be read")
	c.Flags().Bool("yes", false, "do not ask")
	return c
}

func runPlotRemove(cmd *cobra.Command, args []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	store, err := p.store(cmd.Context())
	if err != nil {
		return advised(err)
	}
	defer store.Close()
	if path, _ := cmd.Flags().GetString("file"); path != "" {
		return p.removeFile(cmd, store, path, args)
	}
	chosen, err := p.choosePlots(cmd, args, store.Plots())
	if err != nil {
		return err
	}
	out := removedPlots{Device: p.device.Name, Removed: []uint64{}}
	for _, c := range chosen {
		out.Removed = append(out.Removed, c.Index)
		out.Bytes += c.Bytes
	}
	slices.Sort(out.Removed)
	out.Removed = slices.Compact(out.Removed)
	if yes, _ := cmd.Flags().GetBool("yes"); !yes {
		if err := confirm(cmd, fmt.Sprintf("Delete %d plots (%s) of %s?", len(chosen), diskworker.Size(out.Bytes), p.device.Name)); err != nil {
			return err
		}
	}
	if err := store.Remove(cmd.Context(), chosen...); err != nil {
		return advised(err)
	}
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d plots deleted, %s are free again. `joule-sidecar plot claim` adapts the claim\n", len(chosen), diskworker.Size(out.Bytes))
		return err
	})
}

// removeFile deletes one file that `plot list` shows.
func (p *plots) removeFile(cmd *cobra.Command, store *disk.Store, path string, args []string) error {
	if all, _ := cmd.Flags().GetBool("all"); all || len(args) > 0 {
		return errors.New("--file goes with neither numbers nor --all")
	}
	path, err := absolute(path)
	if err != nil {
		return err
	}
	out := removedPlots{Device: p.device.Name, Removed: []uint64{}, File: path}
	for _, q := range store.Plots() {
		if q.File == path {
			out.Bytes += q.Bytes
		}
	}
	if yes, _ := cmd.Flags().GetBool("yes"); !yes {
		if err := confirm(cmd, fmt.Sprintf("Delete %s (%s)?", path, diskworker.Size(out.Bytes))); err != nil {
			return err
		}
	}
	if err := store.RemoveFile(cmd.Context(), path); err != nil {
		return err
	}
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s deleted, %s are free again\n", path, diskworker.Size(out.Bytes))
		return err
	})
}

// choosePlots are those that the arguments or --all name, copies too; a number that no plot has, or plots of two sizes
// have, is an error.
func (p *plots) choosePlots(cmd *cobra.Command, args []string, have []disk.Plot) ([]disk.Plot, error) {
	all, _ := cmd.Flags().GetBool("all")
	if all == (len(args) > 0) {
		return nil, errors.New("name the plots' numbers, like 12 or 64-127, or say --all")
	}
	folder := ""
	if cmd.Flags().Changed("folder") {
		var err error
		if folder, err = p.folder(cmd); err != nil {
			return nil, err
		}
	}
	k, _ := cmd.Flags().GetUint32("k")
	there := slices.DeleteFunc(slices.Clone(have), func(q disk.Plot) bool {
		readable := diskworker.Usable(q) || q.Status == disk.Duplicate
		return !readable || folder != "" && q.Folder != folder || k != 0 && uint32(q.Params.K) != k
	})
	if all {
		if len(there) == 0 {
			return nil, fmt.Errorf("%w there to remove", disk.ErrNoPlot)
		}
		return there, nil
	}
	chosen, err := pickPlots(args, there)
	for i, q := range chosen {
		if q.Params != chosen[0].Params {
			return nil, fmt.Errorf("plot %d in %s has k=%d at strength %d, plot %d in %s k=%d at strength %d: choose with --k or --folder",
				chosen[0].Index, chosen[0].File, chosen[0].Params.K, chosen[0].Params.Strength, chosen[i].Index, q.File, q.Params.K, q.Params.Strength)
		}
	}
	return chosen, err
}

// pickPlots reads numbers and ranges.
func pickPlots(args []string, from []disk.Plot) ([]disk.Plot, error) {
	var out []disk.Plot
	for _, arg := range args {
		low, high, isRange := strings.Cut(arg, "-")
		first, err := strconv.ParseUint(low, 10, 32)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(high, 10, 32)
		}
		if err != nil || last < first {
			return nil, fmt.Errorf("%q is no plot's number: write 12, or 64-127", arg)
		}
		found := false
		for _, q := range from {
			if q.Index >= first && q.Index <= last {
				found = true
				if !slices.ContainsFunc(out, func(o disk.Plot) bool { return o.Index == q.Index && o.File == q.File }) {
					out = append(out, q)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: %s: `joule-sidecar plot list` shows the numbers", disk.ErrNoPlot, arg)
		}
	}
	return out, nil
}

// confirm asks on the terminal; without one --yes is needed.
func confirm(cmd *cobra.Command, question string) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New(question + " There is no terminal to ask on: say --yes")
	}
	fmt.Fprint(cmd.ErrOrStderr(), question+" [y/N] ")
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && line == "" {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was deleted")
	}
	return nil
}
