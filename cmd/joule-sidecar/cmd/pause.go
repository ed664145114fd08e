package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
)

// errNoPauseFile means that the configuration leaves no way to declare maintenance.
var errNoPauseFile = errors.New("gpu.pause_file is empty: name a file in the configuration")

func pauseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "pause", Short: "Declare maintenance: GPU devices give their cards back and do no work until `resume`", Args: cobra.NoArgs,
		Long: "Makes the file gpu.pause_file. The running sidecar sees it within a second: the round that runs is given up, the cards are closed\n" +
			"with all their memory. A commitment that is made already is still opened once work goes on: resume before its deadline, or lose that window.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return switchPause(cmd, "paused", func(path string) error {
				f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				return f.Close()
			})
		},
	}
}

func resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "resume", Short: "End the maintenance that `pause` declared", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return switchPause(cmd, "working", func(path string) error {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				return nil
			})
		},
	}
}

func switchPause(cmd *cobra.Command, state string, change func(path string) error) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	if cfg.GPU.PauseFile == "" {
		return errNoPauseFile
	}
	path := cfg.Path(cfg.GPU.PauseFile)
	if err := change(path); err != nil {
		return err
	}
	return show(cmd, map[string]string{"state": state, "file": path}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "GPU devices: %s (%s)\n", state, path)
		return err
	})
}

// paused tells whether maintenance is declared.
func paused(cfg config.Config) bool {
	if cfg.GPU.PauseFile == "" {
		return false
	}
	_, err := os.Stat(cfg.Path(cfg.GPU.PauseFile))
	return err == nil
}
