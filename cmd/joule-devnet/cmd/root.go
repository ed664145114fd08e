// Package cmd is joule-devnet's command line.
package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/home"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/network"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/table"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Causes that end a run from outside.
var (
	errInterrupted = errors.New("interrupted")
	errTimeout     = errors.New("the time that --timeout gives is over")
)

// usageError is a mistake in flags or description: nothing was started.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Execute runs the program and returns its exit status.
func Execute() int {
	ctx, interrupt := context.WithCancelCause(context.Background())
	defer interrupt(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		interrupt(errInterrupted)
		signal.Stop(signals) // a second one ends the program at once; the kernel then kills the children
	}()
	root := Root()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(os.Stderr, "joule-devnet:", err)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "joule-devnet --help explains every flag.")
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	return exitFailed
}

// Root builds the command.
func Root() *cobra.Command {
	f := &flags{}
	c := &cobra.Command{
		Use: "joule-devnet", Short: "Run a Joule chain with working devices on this machine", Long: long, Example: example,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there are no arguments, only flags: %q is none", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, f) },
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	c.CompletionOptions.DisableDefaultCmd = true
	f.register(c.Flags())
	return c
}

func run(cmd *cobra.Command, f *flags) error {
	opts, err := f.options(cmd.Flags())
	if err != nil {
		return usageError{err}
	}
	h, err := home.Open(f.home)
	if err != nil {
		return usageError{fmt.Errorf("--home: %w", err)}
	}
	people := os.Stdout
	if f.json {
		people = os.Stderr
	}
	opts.Screen = table.NewScreen(people)
	opts.Ready = func(r network.Ready) { tellReady(cmd.OutOrStdout(), r, f.json, opts) }
	ctx, cancel := context.WithCancel(cmd.Context())
	if f.timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(cmd.Context(), f.timeout, fmt.Errorf("%w (%s)", errTimeout, f.timeout))
	}
	defer cancel()
	result, err := network.Run(ctx, h, opts)
	ended := errors.Is(err, errInterrupted)
	if ended && opts.Epochs == 0 && result != nil {
		err, result.OK, result.Reason = nil, true, "" // a run without an end is ended like that
	}
	left, closeErr := h.Close(f.keep, err != nil && !ended)
	if result != nil && (opts.Epochs > 0 || err != nil) {
		tell(cmd.OutOrStdout(), result, f.json)
	}
	if left != "" {
		fmt.Fprintln(os.Stderr, "joule-devnet: logs and what else is left are in", left)
	}
	return errors.Join(err, closeErr)
}

func tell(out io.Writer, r *network.Result, asJSON bool) {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		_ = enc.Encode(r) // nobody listens if it fails
		return
	}
	for class, c := range r.Classes {
		fmt.Fprintf(out, "%s: %d devices, %s units, minted %s, accrued %s, claimed %s\n", class, c.Devices, c.Units, table.Joule(c.Minted), table.Joule(c.Accrued), table.Joule(c.Claimed))
	}
	verdict := "hold"
	if !r.Invariants.Holds {
		verdict = "do not hold"
	}
	fmt.Fprintf(out, "invariants %s at height %d; %d epochs settled in %.0f s\n", verdict, r.Invariants.Height, len(r.Epochs), r.Seconds)
}

// tellReady says where the devnet can be reached.
func tellReady(out io.Writer, r network.Ready, asJSON bool, opts network.Options) {
	if asJSON {
		if opts.Epochs == 0 {
			_ = json.NewEncoder(out).Encode(r)
		}
		return
	}
	for _, n := range r.Nodes {
		opts.Screen.Pin(fmt.Sprintf("node %s  rest %s  grpc %s  rpc %s  home %s", n.Name, n.REST, n.GRPC, n.RPC, n.Home))
	}
	opts.Screen.Pin(fmt.Sprintf("faucet: curl -d '{\"address\":\"joule1…\"}' %s", r.Faucet))
}
