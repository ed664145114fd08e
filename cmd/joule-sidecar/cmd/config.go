package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
)

// setting is one field in `config check --output json`.
type setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	Unit   string `json:"unit,omitempty"`
	Limits string `json:"limits,omitempty"`
	Doc    string `json:"doc"`
}

func configCommand() *cobra.Command {
	return group("config", "Check and show the configuration", &cobra.Command{
		Use: "check", Short: "Validate the configuration and explain every field: value, source, unit, limits", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := load(cmd)
			if err != nil {
				return err
			}
			var out []setting
			for _, f := range config.Fields() {
				v := cfg.Value(f.Key)
				if d, ok := v.(fmt.Stringer); ok {
					v = d.String()
				}
				out = append(out, setting{Key: f.Key, Value: v, Source: string(cfg.SourceOf(f.Key)), Unit: f.Unit, Limits: f.Limits(), Doc: f.Doc})
			}
			return show(cmd, map[string]any{"home": cfg.Home, "settings": out, "devices": cfg.Devices}, cfg.Explain)
		},
	}, &cobra.Command{
		Use: "default", Short: "Write the default configuration file to standard output", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), config.Render(nil, nil))
			return err
		},
	})
}
