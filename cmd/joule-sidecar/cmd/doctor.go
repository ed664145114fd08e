package cmd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
)

// check is one finding of the doctor.
type check struct {
	Name string `json:"name"`
	// Result is ok, warn or fail.
	Result string `json:"result"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

const (
	resultOK   = "ok"
	resultWarn = "warn"
	resultFail = "fail"
)

// examination gathers findings.
type examination struct {
	cfg    config.Config
	bench  time.Duration
	checks []check
}

func (e *examination) ok(name, format string, args ...any) {
	e.checks = append(e.checks, check{Name: name, Result: resultOK, Detail: fmt.Sprintf(format, args...)})
}

func (e *examination) warn(name, fix, format string, args ...any) {
	e.checks = append(e.checks, check{Name: name, Result: resultWarn, Detail: fmt.Sprintf(format, args...), Fix: fix})
}

func (e *examination) fail(name, fix, format string, args ...any) {
	e.checks = append(e.checks, check{Name: name, Result: resultFail, Detail: fmt.Sprintf(format, args...), Fix: fix})
}

func (e *examination) failed() bool {
	for _, c := range e.checks {
		if c.Result == resultFail {
			return true
		}
	}
	return false
}

func doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "Check everything that earning needs: would I make the deadline?", Args: cobra.NoArgs,
		Long: "Checks configuration, keys, disk, nodes, clock, relayer, registration and bond, measures each device and compares it with the\n" +
			"chain's windows. Ends with status 1 if anything fails. Safe while the sidecar runs, but the measurement then is slower than the truth.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			e := &examination{}
			var err error
			if e.bench, err = cmd.Flags().GetDuration("bench"); err != nil {
				return err
			}
			e.examine(cmd)
			out := map[string]any{"ok": !e.failed(), "checks": e.checks}
			if err := show(cmd, out, e.print); err != nil {
				return err
			}
			if e.failed() {
				return errReported
			}
			return nil
		},
	}
	c.Flags().Duration("bench", 5*time.Second, "how long to measure each device; 0 leaves it out")
	return c
}

func (e *examination) examine(cmd *cobra.Command) {
	cfg, err := load(cmd)
	if err != nil {
		e.fail("configuration", "joule-sidecar config check", "%s", err)
		return
	}
	e.cfg = cfg
	e.ok("configuration", "%s is valid", config.FileName)
	e.keys()
	e.disk()
	e.cards()
	e.plots(cmd.Context())
	e.chain(cmd.Context(), func(ctx context.Context, c connected) {
		e.relayer(ctx, c)
		e.devices(ctx, c, newBar(cmd.ErrOrStderr(), "measuring"))
	})
}

func (e *examination) print(w io.Writer) error {
	var rows [][]string
	for _, c := range e.checks {
		rows = append(rows, []string{c.Result, c.Name, c.Detail})
		if c.Fix != "" {
			rows = append(rows, []string{"", "", "→ " + c.Fix})
		}
	}
	return table(w, rows)
}
