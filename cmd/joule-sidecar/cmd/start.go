package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/process"
)

func startCommand() *cobra.Command {
	return &cobra.Command{
		Use: "start", Short: "Work until interrupted", Args: cobra.NoArgs,
		Long: "Follows the chain, works in every window, commits, opens, and serves its state on server.address.\n" +
			"An interrupt (Ctrl-C, SIGTERM) ends it in order: work in progress is given up (nothing is owed for it), what is signed is sent.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := load(cmd)
			if err != nil {
				return err
			}
			log, err := logger(cmd, cfg.Log)
			if err != nil {
				return err
			}
			log.Info("joule-sidecar", "version", versionText(), "home", cfg.Home, "chain_id", cfg.Chain.ID)
			for {
				p, err := process.New(cfg, process.Options{Version: versionText(), Log: log})
				if err != nil {
					return err
				}
				if err := p.Run(cmd.Context()); !errors.Is(err, process.ErrReopen) {
					return err
				}
			}
		},
	}
}
