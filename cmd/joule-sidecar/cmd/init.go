package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// created is what init and keys add tell.
type created struct {
	Home     string      `json:"home,omitempty"`
	Relayer  string      `json:"relayer,omitempty"`
	Devices  []keyOutput `json:"devices"`
	NextStep string      `json:"-"`
}

// keyOutput describes a device key; it holds nothing secret.
type keyOutput struct {
	Name      string `json:"name"`
	DeviceID  string `json:"device_id"`
	Type      string `json:"type"`
	PublicKey string `json:"public_key"`
	KeyFile   string `json:"key_file"`
}

func describe(name, file string, s keys.Signer) keyOutput {
	return keyOutput{
		Name: name, DeviceID: devicetypes.FormatDeviceID(s.DeviceID()), KeyFile: file,
		Type: keyType(s), PublicKey: fmt.Sprintf("%x", s.PublicKey().Key),
	}
}

func typeName(t devicetypes.KeyType) string {
	if t == devicetypes.KEY_TYPE_SECP256R1 {
		return keys.TypeSecp256r1
	}
	return keys.TypeEd25519
}

// keyType is what a signer's key is, and where.
func keyType(s keys.Signer) string {
	if _, ok := s.(*keys.TPMSigner); ok {
		return keys.TypeTPM
	}
	return typeName(s.PublicKey().Type)
}

func initCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "init", Short: "Make the home folder: configuration, relayer key, device key, spool", Args: cobra.NoArgs,
		Example: "  joule-sidecar init --chain.chain-id joule-testnet-1 --chain.endpoints node.example:9090\n  joule-sidecar init --device rtx0 --encrypt\n" +
			"  joule-sidecar init --device '' --disk disk0 --disk.folders /mnt/disk1,/mnt/disk2",
		RunE: runInit,
	}
	c.Flags().StringSlice("device", []string{"gpu0"}, "names of the GPU devices to make keys for; empty for none")
	c.Flags().StringSlice("disk", nil, "names of the disk devices to make keys for; their plots lie in disk.folders, or in plots/NAME of the home")
	c.Flags().StringSlice("radio", nil, "names of the radio devices to make keys for, with --radio-gateway and --radio-region")
	addRadioFlags(c.Flags(), "radio-")
	addKeyFlags(c.Flags())
	return c
}

// addRadioFlags are what a radio's block says; the values of several radios are separated by commas, in the order of
// their names.
func addRadioFlags(fs *pflag.FlagSet, prefix string) {
	fs.StringSlice(prefix+"gateway", nil, "of a radio: its gateway's EUI, 16 hexadecimal digits")
	fs.StringSlice(prefix+"region", nil, "of a radio: "+strings.Join(config.Regions, ", "))
	fs.Float64Slice(prefix+"latitude", nil, "of a radio: degrees, where its antenna stands")
	fs.Float64Slice(prefix+"longitude", nil, "of a radio: degrees")
	fs.Float64Slice(prefix+"gain", nil, "of a radio: its antenna's gain in dBi")
}

// radioDevices are the blocks of named radios.
func radioDevices(fs *pflag.FlagSet, prefix string, names []string) ([]config.Device, error) {
	texts := func(name string) []string { v, _ := fs.GetStringSlice(prefix + name); return v }
	numbers := func(name string) []float64 { v, _ := fs.GetFloat64Slice(prefix + name); return v }
	gateways, regions := texts("gateway"), texts("region")
	latitudes, longitudes, gains := numbers("latitude"), numbers("longitude"), numbers("gain")
	var out []config.Device
	for i, name := range names {
		d := config.Device{Name: name, Class: config.ClassRadio, KeyFile: keyFile(name)}
		if i >= len(gateways) || i >= len(regions) {
			return nil, fmt.Errorf("radio %s needs --%sgateway and --%sregion", name, prefix, prefix)
		}
		d.Gateway, d.Region = gateways[i], regions[i]
		for _, f := range []struct {
			to   *float64
			from []float64
		}{{&d.Latitude, latitudes}, {&d.Longitude, longitudes}, {&d.Gain, gains}} {
			if i < len(f.from) {
				*f.to = f.from[i]
			}
		}
		out = append(out, d)
	}
	return out, nil
}

func addKeyFlags(fs *pflag.FlagSet) {
	fs.String("type", keys.TypeEd25519, "the device keys' type: ed25519, secp256r1, or tpm for a key that never leaves the TPM")
	fs.String("tpm", tpmkey.DefaultAddress, "the TPM of --type tpm: a device, unix:PATH or tcp:HOST:PORT")
	fs.Bool("encrypt", false, "encrypt the key files; the passphrase comes from keys.passphrase_file, "+keys.PassphraseEnv+" or a prompt")
}

func runInit(cmd *cobra.Command, _ []string) error {
	h, err := home(cmd)
	if err != nil {
		return err
	}
	path := filepath.Join(h, config.FileName)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already: init never overwrites; use another --home", path)
	}
	cfg, text, err := initialConfig(cmd, h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h, 0o700); err != nil {
		return err
	}
	phrase, err := newPassphrase(cmd, cfg)
	if err != nil {
		return err
	}
	out := created{Home: h}
	if cfg.Relayer.KeyringBackend == "" {
		a, err := keys.NewAccount(cfg.Path(cfg.Relayer.KeyFile), phrase)
		if err != nil {
			return err
		}
		out.Relayer = a.Address()
	}
	for _, d := range cfg.Devices {
		s, err := newDevice(cmd, cfg, d, phrase)
		if err != nil {
			return err
		}
		if err := makeOwnFolders(cfg, d); err != nil {
			return err
		}
		out.Devices = append(out.Devices, describe(d.Name, cfg.Path(d.KeyFile), s))
	}
	so := process.SpoolOptions(cfg)
	so.Fresh = true // the keys are new: no statement can be lost
	sp, err := spool.Open(so)
	if err != nil {
		return err
	}
	if err := sp.Close(); err != nil {
		return err
	}
	if err := durable.CreateFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return show(cmd, out, func(w io.Writer) error { return printInit(w, out, cfg) })
}

// initialConfig renders the file with the flags that were given and validates it.
func initialConfig(cmd *cobra.Command, h string) (config.Config, string, error) {
	devices, err := initialDevices(cmd)
	if err != nil {
		return config.Config{}, "", err
	}
	cfg, err := config.Parse(config.Render(nil, devices), os.Environ(), cmd.Flags())
	if err != nil {
		return config.Config{}, "", err
	}
	cfg.Home = h
	values := map[string]any{}
	for _, f := range config.Fields() {
		values[f.Key] = cfg.Value(f.Key)
	}
	return cfg, config.Render(values, devices), nil
}

// initialDevices are those that --device and --disk name. Disks without disk.folders get a folder of their own in the
// home.
func initialDevices(cmd *cobra.Command) ([]config.Device, error) {
	gpus, err := cmd.Flags().GetStringSlice("device")
	if err != nil {
		return nil, err
	}
	disks, err := cmd.Flags().GetStringSlice("disk")
	if err != nil {
		return nil, err
	}
	var devices []config.Device
	for i, name := range gpus {
		d := config.Device{Name: name, Class: config.ClassGPU, KeyFile: keyFile(name), Attest: attested(cmd, devices)}
		if backend, err := cmd.Flags().GetString("gpu.backend"); err == nil && backend != "cpu" {
			d.Index = uint64(i)
		}
		devices = append(devices, d)
	}
	named := cmd.Flags().Changed(config.FlagName("disk.folders")) || os.Getenv(config.EnvName("disk.folders")) != ""
	for _, name := range disks {
		d := config.Device{Name: name, Class: config.ClassDisk, KeyFile: keyFile(name), Attest: attested(cmd, devices)}
		if !named {
			d.Folders = []string{filepath.Join("plots", name)}
		}
		devices = append(devices, d)
	}
	names, err := cmd.Flags().GetStringSlice("radio")
	if err != nil {
		return nil, err
	}
	radios, err := radioDevices(cmd.Flags(), "radio-", names)
	if err != nil {
		return nil, err
	}
	devices = append(devices, radios...)
	if len(devices) == 0 {
		return nil, errors.New("no device: name some with --device, --disk or --radio")
	}
	return devices, nil
}

// attested is tpm for the first device whose key is in the TPM: a TPM vouches for one.
func attested(cmd *cobra.Command, others []config.Device) string {
	for _, d := range others {
		if d.Attest == config.AttestTPM {
			return ""
		}
	}
	if typ, err := cmd.Flags().GetString("type"); err == nil && typ == keys.TypeTPM {
		return config.AttestTPM
	}
	return ""
}

func keyFile(name string) string { return filepath.Join("keys", name+".json") }

// makeOwnFolders makes a disk's folders that lie in the home. Others are mounted disks as a rule, and making a folder
// where a disk is missing would fill the wrong one.
func makeOwnFolders(cfg config.Config, d config.Device) error {
	if d.Class != config.ClassDisk {
		return nil
	}
	for _, f := range cfg.FoldersOf(d) {
		if rel, err := filepath.Rel(cfg.Home, f); err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if err := os.MkdirAll(f, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func newPassphrase(cmd *cobra.Command, cfg config.Config) ([]byte, error) {
	encrypt, err := cmd.Flags().GetBool("encrypt")
	if err != nil || !encrypt {
		return nil, err
	}
	return keys.NewPassphrase(cfg.Path(cfg.Keys.PassphraseFile))
}

func newDevice(cmd *cobra.Command, cfg config.Config, d config.Device, phrase []byte) (keys.Signer, error) {
	typ, err := cmd.Flags().GetString("type")
	if err != nil {
		return nil, err
	}
	if typ == keys.TypeTPM {
		address, err := cmd.Flags().GetString("tpm")
		if err != nil {
			return nil, err
		}
		if len(phrase) > 0 {
			return nil, errors.New("--encrypt and --type tpm are both set: a key in a TPM is in no file that could be encrypted")
		}
		return keys.NewTPMDevice(cfg.Path(d.KeyFile), address)
	}
	return keys.NewDevice(cfg.Path(d.KeyFile), typ, phrase)
}

func printInit(w io.Writer, out created, cfg config.Config) error {
	fmt.Fprintf(w, "Home      %s\n", out.Home)
	if out.Relayer != "" {
		fmt.Fprintf(w, "Relayer   %s (send it 1 ujoule, so that it exists on chain)\n", out.Relayer)
	}
	for _, d := range out.Devices {
		fmt.Fprintf(w, "Device    %s  %s\n", d.Name, d.DeviceID)
	}
	steps := []string{"register"}
	for _, d := range cfg.Devices {
		for _, step := range classOf(d.Class).steps {
			if !slices.Contains(steps, step) {
				steps = append(steps, step)
			}
		}
	}
	fmt.Fprint(w, "\nNext: check chain.endpoints in sidecar.toml, then ")
	for _, step := range append(steps, "doctor") {
		fmt.Fprintf(w, "`joule-sidecar %s`, ", step)
	}
	_, err := fmt.Fprintln(w, "`joule-sidecar start`.\nBack up the keys folder now; never back up or copy the spool.")
	return err
}
