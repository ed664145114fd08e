package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// errNoDisk means that no disk device is configured.
var errNoDisk = errors.New("no [[device]] of class disk is configured: `joule-sidecar keys add NAME --class disk --folders PATH`")

func plotCommand() *cobra.Command {
	return group("plot", "Make, list, check, claim and remove plots", plotCreateCommand(), plotListCommand(), plotCheckCommand(),
		plotScrubCommand(), plotRemoveCommand(), plotClaimCommand())
}

// plots is the disk device that a command is about.
type plots struct {
	cfg    config.Config
	device config.Device
	signer keys.Signer
}

func addPlotDeviceFlag(c *cobra.Command) {
	c.Flags().String("device", "", "name of the disk device; needed only where several are configured")
}

// openPlots reads the configuration and finds the disk device that --device names, or the only one.
func openPlots(cmd *cobra.Command) (*plots, error) {
	cfg, err := load(cmd)
	if err != nil {
		return nil, err
	}
	name, err := cmd.Flags().GetString("device")
	if err != nil {
		return nil, err
	}
	d, err := diskDevice(cfg, name)
	if err != nil {
		return nil, err
	}
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	return &plots{cfg: cfg, device: d, signer: s}, nil
}

func diskDevice(cfg config.Config, name string) (config.Device, error) {
	var names []string
	var found config.Device
	for _, d := range cfg.Devices {
		if name == d.Name && d.Class != config.ClassDisk {
			return d, fmt.Errorf("device %q is of class %s and has no plots", name, d.Class)
		}
		if d.Class != config.ClassDisk {
			continue
		}
		if name == d.Name {
			return d, nil
		}
		names = append(names, d.Name)
		found = d
	}
	switch {
	case name != "" && len(names) > 0:
		return found, fmt.Errorf("no [[device]] of class disk is called %q; there are %s", name, strings.Join(names, ", "))
	case len(names) == 0:
		return found, errNoDisk
	case len(names) > 1:
		return found, fmt.Errorf("several disk devices are configured: choose one with --device %s", strings.Join(names, "|"))
	}
	return found, nil
}

func (p *plots) folders() []string { return p.cfg.FoldersOf(p.device) }

func (p *plots) owner() disk.Owner {
	return disk.Owner{ChainID: p.cfg.Chain.ID, DeviceID: p.signer.DeviceID()}
}

// store opens the device's plots; close it.
func (p *plots) store(ctx context.Context) (*disk.Store, error) {
	return process.OpenStore(ctx, p.cfg, p.device, p.signer.DeviceID())
}

// folder is the folder that --folder names, which must be one of the device's, or the only one.
func (p *plots) folder(cmd *cobra.Command) (string, error) {
	text, err := cmd.Flags().GetString("folder")
	if err != nil {
		return "", err
	}
	all := p.folders()
	if text == "" {
		if len(all) > 1 {
			return "", fmt.Errorf("device %s has several folders: choose one with --folder %s", p.device.Name, strings.Join(all, "|"))
		}
		return all[0], nil
	}
	path, err := absolute(text)
	if err != nil {
		return "", err
	}
	if !slices.Contains(all, path) {
		return "", fmt.Errorf("the folder %s is not one of device %s's (%s): plots there would earn nothing. Add it to folders in %s first",
			path, p.device.Name, strings.Join(all, ", "), config.FileName)
	}
	return path, nil
}

// rules are the chain's parameters of the disk class, and where they come from.
func (p *plots) rules(ctx context.Context) (worktypes.DiskParams, error) {
	client, err := process.NewClient(p.cfg, nil)
	if err != nil {
		return worktypes.DiskParams{}, err
	}
	defer client.Close()
	params, err := client.WorkParams(ctx)
	return params.Disk, err
}

func addParamsFlags(c *cobra.Command) {
	c.Flags().Uint8("k", 0, "size of each plot, an even number: about 2^k·(k+2)/8 bytes; default that of the plots here, else the chain's least")
	c.Flags().Uint8("strength", 0, "strength of each plot: each step doubles the time that making one takes; default as for --k")
}

// params are k and strength: the flags', those of the plots that are here if the chain takes them, or else the chain's
// least. What the chain would not take is an error. Without a node both must be named.
func (p *plots) params(cmd *cobra.Command, have []disk.Plot) (proof.Params, error) {
	k, err := cmd.Flags().GetUint8("k")
	if err != nil {
		return proof.Params{}, err
	}
	strength, err := cmd.Flags().GetUint8("strength")
	if err != nil {
		return proof.Params{}, err
	}
	chosen := proof.Params{K: k, Strength: strength}
	rules, err := p.rules(cmd.Context())
	if err != nil {
		if k == 0 || strength == 0 {
			return chosen, fmt.Errorf("the chain's rules are not known: name --k and --strength, or make a node answer: %w", err)
		}
		return chosen, chosen.Validate()
	}
	if kinds := diskworker.Summarize(have).Kinds; k == 0 && strength == 0 && len(kinds) > 0 {
		here := proof.Params{K: kinds[0].K, Strength: kinds[0].Strength}
		if tooWeak(here, rules) == nil {
			return here, nil
		}
	}
	if k == 0 {
		chosen.K = uint8(rules.MinK)
	}
	if strength == 0 {
		chosen.Strength = uint8(rules.MinStrength)
	}
	if err := chosen.Validate(); err != nil {
		return chosen, err
	}
	return chosen, tooWeak(chosen, rules)
}

func tooWeak(p proof.Params, rules worktypes.DiskParams) error {
	if uint32(p.K) < rules.MinK {
		return fmt.Errorf("k is %d and the chain takes at least %d: such plots could not be claimed", p.K, rules.MinK)
	}
	if uint32(p.Strength) < rules.MinStrength {
		return fmt.Errorf("strength is %d and the chain takes at least %d: such plots could not be claimed", p.Strength, rules.MinStrength)
	}
	if p.K > proof.MaxEvidenceK {
		return fmt.Errorf("k is %d and the chain takes at most %d", p.K, proof.MaxEvidenceK)
	}
	return nil
}

// advised adds to an error of the plots what to do about it.
func advised(err error) error {
	if errors.Is(err, disk.ErrUnmounted) {
		return err // it says so itself, to those who read `status` or the log too
	}
	for _, a := range []struct {
		cause  error
		advice string
	}{
		{disk.ErrSpace, "what is finished stays: free some space, ask for fewer plots, or use another folder, and run the same command again"},
		{disk.ErrBusy, "another `plot create` works in this folder: wait for it, or end it"},
		{disk.ErrMemory, "give more with --memory, or use fewer --threads"},
		{disk.ErrFolder, "make the folder, mount its disk, or let this user write there"},
		{disk.ErrForeign, "foreign plots are never used nor deleted: move them elsewhere"},
		{disk.ErrDuplicate, "one plot counts once: remove one of the two files"},
		{disk.ErrDamaged, "`joule-sidecar plot remove` deletes it and `plot create` makes it anew"},
	} {
		if errors.Is(err, a.cause) {
			return fmt.Errorf("%w: %s", err, a.advice)
		}
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: what is finished stays; run the same command to go on")
	}
	return err
}
