package cmd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
)

// scrubbedPlots is the command's result.
type scrubbedPlots struct {
	Device  string       `json:"device"`
	Bytes   uint64       `json:"bytes"`
	Seconds float64      `json:"seconds"`
	Found   []plotOutput `json:"found"`
}

func plotScrubCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "scrub", Short: "Read samples of all plots at random and report what is unreadable", Args: cobra.NoArgs,
		Long: "The running sidecar does this slowly in the background (disk.scrub); this does it now, for --for. Ends with status 1 if something was found.",
		RunE: runPlotScrub,
	}
	addPlotDeviceFlag(c)
	c.Flags().Duration("for", time.Minute, "how long to read")
	c.Flags().Uint64("mib-per-second", 100, "read no faster than this")
	return c
}

func runPlotScrub(cmd *cobra.Command, _ []string) error {
	p, err := openPlots(cmd)
	if err != nil {
		return err
	}
	length, _ := cmd.Flags().GetDuration("for")
	rate, _ := cmd.Flags().GetUint64("mib-per-second")
	if length <= 0 || rate == 0 {
		return fmt.Errorf("--for is %s and --mib-per-second %d: both must be more than 0", length, rate)
	}
	store, err := p.store(cmd.Context())
	if err != nil {
		return advised(err)
	}
	defer store.Close()
	out := scrubbedPlots{Device: p.device.Name, Found: []plotOutput{}}
	b, start := newBar(cmd.ErrOrStderr(), "scrubbing"), time.Now()
	ctx, cancel := context.WithTimeout(cmd.Context(), length)
	defer cancel()
	err = store.Scrub(ctx, disk.ScrubOptions{
		BytesPerSecond: rate << 20,
		Found:          func(q disk.Plot) { out.Found = append(out.Found, describePlot(q)) },
		Step: func(bytes uint64) {
			out.Bytes += bytes
			b.update(time.Since(start).Seconds(), length.Seconds(), diskworker.Size(out.Bytes))
		},
	})
	b.end()
	if err != nil {
		return err
	}
	out.Seconds = time.Since(start).Seconds()
	if err := show(cmd, out, func(w io.Writer) error {
		for _, f := range out.Found {
			fmt.Fprintf(w, "! %s is %s: %s\n", f.File, f.Status, f.Problem)
		}
		_, err := fmt.Fprintf(w, "%s read in %.1f s, %d files found bad\n", diskworker.Size(out.Bytes), out.Seconds, len(out.Found))
		return err
	}); err != nil {
		return err
	}
	if len(out.Found) > 0 {
		return errReported
	}
	return nil
}
