package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
)

func keysCommand() *cobra.Command {
	add := &cobra.Command{
		Use: "add NAME", Short: "Make a device key and add its [[device]] block to the configuration", Args: cobra.ExactArgs(1), RunE: runKeysAdd,
	}
	addKeyFlags(add.Flags())
	add.Flags().String("class", config.ClassGPU, "the device's class: "+strings.Join(config.Classes(), ", "))
	add.Flags().Uint64("index", 0, "of a gpu: which card the device is, counted as the backend lists them")
	add.Flags().StringSlice("folders", nil, "of a disk: the folders of its plots; default disk.folders")
	addRadioFlags(add.Flags(), "")
	list := &cobra.Command{Use: "list", Short: "Show the relayer's address and the devices' ids", Args: cobra.NoArgs, RunE: runKeysList}
	return group("keys", "Make and list keys", add, list)
}

func runKeysAdd(cmd *cobra.Command, args []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	index, err := cmd.Flags().GetUint64("index")
	if err != nil {
		return err
	}
	class, err := cmd.Flags().GetString("class")
	if err != nil {
		return err
	}
	folders, err := cmd.Flags().GetStringSlice("folders")
	if err != nil {
		return err
	}
	d := config.Device{Name: args[0], Class: class, KeyFile: keyFile(args[0]), Index: index, Folders: folders, Attest: attested(cmd, cfg.Devices)}
	if class == config.ClassRadio {
		radios, err := radioDevices(cmd.Flags(), "", args)
		if err != nil {
			return err
		}
		d = radios[0]
	}
	path := filepath.Join(cfg.Home, config.FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data) + config.RenderDevice(d)
	if _, err := config.Parse(text, os.Environ(), cmd.Flags()); err != nil {
		return err // the new block would make the file invalid: nothing was changed
	}
	phrase, err := newPassphrase(cmd, cfg)
	if err != nil {
		return err
	}
	s, err := newDevice(cmd, cfg, d, phrase)
	if err != nil {
		return err
	}
	if err := makeOwnFolders(cfg, d); err != nil {
		return err
	}
	if err := durable.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	out := describe(d.Name, cfg.Path(d.KeyFile), s)
	return show(cmd, out, func(w io.Writer) error {
		fmt.Fprintf(w, "Device    %s  %s\nNext: ", out.Name, out.DeviceID)
		for _, step := range classOf(d.Class).steps {
			fmt.Fprintf(w, "`joule-sidecar %s --device %s`, ", step, out.Name)
		}
		_, err := fmt.Fprintln(w, "then restart the sidecar.")
		return err
	})
}

func runKeysList(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	ask := passphrase(cfg)
	a, err := process.LoadRelayer(cfg, ask)
	if err != nil {
		return err
	}
	out := created{Relayer: a.Address(), Devices: []keyOutput{}}
	for _, d := range cfg.Devices {
		s, err := keys.LoadDevice(cfg.Path(d.KeyFile), ask)
		if err != nil {
			return fmt.Errorf("device %s: %w", d.Name, err)
		}
		out.Devices = append(out.Devices, describe(d.Name, cfg.Path(d.KeyFile), s))
	}
	return show(cmd, out, func(w io.Writer) error {
		fmt.Fprintf(w, "Relayer   %s\n", out.Relayer)
		for _, d := range out.Devices {
			fmt.Fprintf(w, "Device    %s  %s  %s  %s\n", d.Name, d.DeviceID, d.Type, d.KeyFile)
		}
		return nil
	})
}
