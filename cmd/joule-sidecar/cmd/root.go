// Package cmd holds joule-sidecar's commands, one file each.
package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
)

// homeEnv names the sidecar's folder.
const homeEnv = "JOULE_SIDECAR_HOME"

// errReported says that the command has already told what is wrong.
var errReported = errors.New("see above")

// Execute runs the program and returns its exit status.
func Execute() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := Root()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(os.Stderr, "joule-sidecar:", err)
	}
	return 1
}

// Root builds the command tree.
func Root() *cobra.Command {
	root := &cobra.Command{
		Use:   "joule-sidecar",
		Short: "Does a device's work, proves it to the Joule chain and collects the pay",
		Long: "joule-sidecar runs beside an owner's hardware. Begin with `joule-sidecar init`, then `register`, `doctor` and `start`.\n" +
			"Every setting is a key of sidecar.toml, an environment variable JOULE_SIDECAR_… and a flag; flags win.",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.PersistentFlags().String("home", defaultHome(), "folder of configuration, keys and spool ("+homeEnv+")")
	root.PersistentFlags().String("output", "text", "text for people or json for programs")
	config.AddFlags(root.PersistentFlags())
	root.AddCommand(
		initCommand(), keysCommand(), registerCommand(), startCommand(), statusCommand(), doctorCommand(), benchCommand(),
		attestCommand(), pauseCommand(), resumeCommand(), plotCommand(), radioCommand(), claimCommand(), exportCommand(), configCommand(), versionCommand(),
	)
	return root
}

func defaultHome() string {
	if h := os.Getenv(homeEnv); h != "" {
		return h
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ".joule-sidecar"
	}
	return filepath.Join(dir, ".joule-sidecar")
}

func home(cmd *cobra.Command) (string, error) {
	h, err := cmd.Flags().GetString("home")
	if err != nil {
		return "", err
	}
	return filepath.Abs(h)
}

// load reads the configuration that the command's flags and environment give.
func load(cmd *cobra.Command) (config.Config, error) {
	h, err := home(cmd)
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(h, cmd.Flags())
}

// passphrase opens encrypted keys as the configuration says.
func passphrase(cfg config.Config) keys.Passphrase {
	return keys.PassphraseFrom(cfg.Path(cfg.Keys.PassphraseFile))
}

func wantsJSON(cmd *cobra.Command) (bool, error) {
	o, err := cmd.Flags().GetString("output")
	if err != nil {
		return false, err
	}
	if o != "text" && o != "json" {
		return false, fmt.Errorf("--output is %q and must be text or json", o)
	}
	return o == "json", nil
}

// show writes v as JSON, or calls text for people.
func show(cmd *cobra.Command, v any, text func(w io.Writer) error) error {
	asJSON, err := wantsJSON(cmd)
	if err != nil {
		return err
	}
	if !asJSON {
		return text(cmd.OutOrStdout())
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// logger writes to the command's standard error in the configured shape.
func logger(cmd *cobra.Command, l config.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, err
	}
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), opts)), nil
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), opts)), nil
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the program's version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info := version.NewInfo()
			out := map[string]string{"version": versionText(), "commit": info.GitCommit, "go": info.GoVersion}
			return show(cmd, out, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "joule-sidecar %s (commit %s, %s)\n", out["version"], out["commit"], out["go"])
				return err
			})
		},
	}
}

// versionText is the build's version; a build without -ldflags says so.
func versionText() string {
	if version.Version == "" {
		return "unreleased"
	}
	return version.Version
}

// group is a command that only holds others; an unknown name under it is an error, not a help text.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(commands...)
	return c
}
