package cmd

import (
	"fmt"
	"math"
	"slices"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/joulechain/joule/sidecar/config"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/process"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// addCapabilityFlags are what a device declares of itself, for people.
func addCapabilityFlags(fs *pflag.FlagSet) {
	fs.String("model", "", "of a gpu: the hardware's model as shown to people; default what the backend says")
	fs.Uint32("memory-mib", 0, "of a gpu: the card's memory in MiB as shown to people")
	fs.String("medium", "", "of a disk: the medium as shown to people; default what the system says")
	fs.String("gateway-model", "", "of a radio: the gateway's model as shown to people")
	fs.String("antenna", "", "of a radio: the antenna as shown to people")
	fs.Uint32("capacity-gib", 0, "of a disk: the space set aside in GiB as shown to people; default the size of the folders' disks")
}

// gpuCapability declares the card.
func gpuCapability(cmd *cobra.Command, cfg config.Config, d config.Device) (devicetypes.Capability, error) {
	model, _ := cmd.Flags().GetString("model")
	memory, _ := cmd.Flags().GetUint32("memory-mib")
	if model == "" {
		w, err := gpuworker.Open(d.Name, process.GPUOptions(cfg, d, discard()))
		if err != nil {
			return devicetypes.Capability{}, err
		}
		model = printable(w.Describe().Hardware)
		if err := w.Close(); err != nil {
			return devicetypes.Capability{}, err
		}
	}
	return devicetypes.Capability{Kind: &devicetypes.Capability_Gpu{Gpu: &devicetypes.GpuCapability{Model: model, MemoryMib: memory}}}, nil
}

// diskCapability declares the disks below the device's folders, each once.
func diskCapability(cmd *cobra.Command, cfg config.Config, d config.Device) (devicetypes.Capability, error) {
	medium, _ := cmd.Flags().GetString("medium")
	capacity, _ := cmd.Flags().GetUint32("capacity-gib")
	health := diskworker.Health(cmd.Context(), cfg.FoldersOf(d)...)
	for _, h := range health {
		if !h.Present {
			return devicetypes.Capability{}, fmt.Errorf("folder %s: %s", h.Folder, h.Problem)
		}
	}
	if medium == "" {
		medium = mediumOf(health)
	}
	if capacity == 0 {
		total, seen := uint64(0), map[string]bool{}
		for _, h := range health {
			if h.Mount == "" || !seen[h.Mount] {
				total += h.TotalBytes
			}
			seen[h.Mount] = true
		}
		capacity = uint32(min(total>>30, math.MaxUint32))
	}
	return devicetypes.Capability{Kind: &devicetypes.Capability_Disk{Disk: &devicetypes.DiskCapability{Medium: printable(medium), CapacityGib: capacity}}}, nil
}

// radioCapability declares gateway and antenna in the owner's words, or else what the configuration says.
func radioCapability(cmd *cobra.Command, _ config.Config, d config.Device) (devicetypes.Capability, error) {
	gateway, _ := cmd.Flags().GetString("gateway-model")
	antenna, _ := cmd.Flags().GetString("antenna")
	if gateway == "" {
		gateway = "LoRa gateway, " + d.Region
	}
	if antenna == "" {
		antenna = fmt.Sprintf("%g dBi", d.Gain)
	}
	return devicetypes.Capability{Kind: &devicetypes.Capability_Radio{Radio: &devicetypes.RadioCapability{Gateway: printable(gateway), Antenna: printable(antenna)}}}, nil
}

// mediumOf names the folders' disks, each once; "disk" where the system does not tell.
func mediumOf(health []diskworker.FolderHealth) string {
	var names []string
	for _, h := range health {
		name := strings.TrimSpace(h.Model + " " + h.Medium)
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "disk"
	}
	return strings.Join(names, ", ")
}

// printable keeps what the chain takes as a model or medium: printable ASCII, at most 64 bytes.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, s)
	if len(s) > devicetypes.MaxModelLength {
		s = s[:devicetypes.MaxModelLength]
	}
	return strings.TrimSpace(s)
}

func bondOf(text string, class devicetypes.WorkClass, params devicetypes.Params) (sdk.Coin, error) {
	rules, err := classParams(class, params)
	if err != nil {
		return sdk.Coin{}, err
	}
	if text == "" {
		return sdk.NewCoin(params.BondDenom, rules.MinBond), nil
	}
	coin, err := sdk.ParseCoinNormalized(text)
	if err != nil {
		return sdk.Coin{}, fmt.Errorf("--bond %q must be an amount with its denomination, like 5000000%s", text, params.BondDenom)
	}
	if coin.Denom != params.BondDenom {
		return sdk.Coin{}, fmt.Errorf("--bond is in %s and must be in %s", coin.Denom, params.BondDenom)
	}
	if coin.Amount.LT(rules.MinBond) {
		return sdk.Coin{}, fmt.Errorf("--bond is %s and must be at least %s%s", coin, rules.MinBond, params.BondDenom)
	}
	return coin, nil
}

func classParams(class devicetypes.WorkClass, params devicetypes.Params) (devicetypes.ClassParams, error) {
	for _, c := range params.Classes {
		if c.WorkClass == class {
			return c, nil
		}
	}
	return devicetypes.ClassParams{}, fmt.Errorf("the chain takes no devices of class %s", class)
}
