package cmd

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
)

// checkedPlot is one plot's findings.
type checkedPlot struct {
	Number    uint64   `json:"number"`
	K         uint8    `json:"k"`
	Strength  uint8    `json:"strength"`
	File      string   `json:"file"`
	Whole     bool     `json:"whole"`
	Problems  []string `json:"problems"`
	Fragments uint64   `json:"fragments"`
	Proofs    int      `json:"proofs"`
	Seconds   float64  `json:"seconds"`
}

// checkedPlots is the command's result.
type checkedPlots struct {
	Device string        `json:"device"`
	Whole  int           `json:"whole"`
	Broken int           `json:"broken"`
	Plots  []checkedPlot `json:"plots"`
}

func plotCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check [NUMBER|FIRST-LAST …]", Short: "Read plots from their first byte to their last and prove from each",
		Long: "Without numbers all plots are checked. Every checksum is verified, and challenges are answered until a proof was made and verified as the\n" +
			"chain would. Ends with status 1 if a plot is not whole. Safe while the sidecar runs; it then competes with it for the disk.",
		RunE: runPlotCheck,
	}
	addPlotDeviceFlag(c)
	c.Flags().Int("challenges", 0, "challenges to answer from each plot; default until one proof was made")
	c.Flags().Uint64("mib-per-second", 0, "read no faster than this; 0 means as fast as the disk")
	return c
}

func runPlotCheck(cmd *cobra.Command, args []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	challenges, _ := cmd.Flags().GetInt("challenges")
	rate, _ := cmd.Flags().GetUint64("mib-per-second")
	if challenges < 0 || challenges > maxChallenges {
		return fmt.Errorf("--challenges is %d and must be in 0..%d", challenges, maxChallenges)
	}
	store, err := p.store(cmd.Context())
	if err != nil {
		return advised(err)
	}
	defer store.Close()
	var usable []disk.Plot
	for _, q := range store.Plots() {
		if diskworker.Usable(q) {
			usable = append(usable, q)
		}
	}
	if len(args) > 0 {
		if usable, err = pickPlots(args, usable); err != nil {
			return err
		}
	}
	out := checkedPlots{Device: p.device.Name, Plots: []checkedPlot{}}
	b := newBar(cmd.ErrOrStderr(), "checking")
	for i, q := range usable {
		o := disk.CheckOptions{Params: q.Params, Challenges: challenges, BytesPerSecond: rate << 20}
		o.Progress = func(done, total uint64) {
			b.update(float64(i)+float64(done)/float64(max(total, 1)), float64(len(usable)), fmt.Sprintf("plot %d", q.Index))
		}
		r, err := store.Check(cmd.Context(), q.Index, o)
		if cmd.Context().Err() != nil {
			b.end()
			return errors.New("interrupted")
		}
		out.add(q, r, err)
	}
	b.end()
	if err := show(cmd, out, func(w io.Writer) error { return printChecks(w, out) }); err != nil {
		return err
	}
	if out.Broken > 0 {
		return errReported
	}
	return nil
}

// maxChallenges bounds --challenges.
const maxChallenges = 10_000

// add enters a plot's findings; an error is what the disk said.
func (c *checkedPlots) add(q disk.Plot, r disk.CheckReport, err error) {
	one := checkedPlot{
		Number: q.Index, K: q.Params.K, Strength: q.Params.Strength, File: q.File, Problems: append([]string{}, r.Damaged...),
		Fragments: r.Fragments, Proofs: r.Proofs, Seconds: r.Elapsed.Seconds(),
	}
	if err != nil {
		one.Problems = append(one.Problems, err.Error())
	}
	if r.HeaderCopy {
		one.Problems = append(one.Problems, "the header is damaged; its copy at the end serves")
	}
	if err == nil && r.Fragments != r.Expected {
		one.Problems = append(one.Problems, fmt.Sprintf("%d fragments were found, the header tells of %d", r.Fragments, r.Expected))
	}
	if r.Unsolved > 0 {
		one.Problems = append(one.Problems, fmt.Sprintf("%d of %d chains do not lead to a proof", r.Unsolved, r.Chains))
	}
	one.Whole = err == nil && r.Whole()
	if one.Whole {
		c.Whole++
	} else {
		c.Broken++
	}
	c.Plots = append(c.Plots, one)
}

func printChecks(w io.Writer, c checkedPlots) error {
	for _, p := range c.Plots {
		if p.Whole {
			continue
		}
		fmt.Fprintf(w, "! plot %d (%s): %s\n", p.Number, p.File, p.Problems[0])
		for _, more := range p.Problems[1:] {
			fmt.Fprintln(w, "!   "+more)
		}
	}
	text := strconv.Itoa(c.Whole) + " plots are whole"
	if c.Broken > 0 {
		text += fmt.Sprintf(", %d are not: what is readable of them still earns; `joule-sidecar plot remove` and `plot create` make them anew", c.Broken)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
