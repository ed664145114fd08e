package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// maxRegistrationFile bounds --file.
const maxRegistrationFile = 4 << 20

func registerCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "register", Short: "Register devices: one, a fleet, or for others", Args: cobra.NoArgs,
		Long: "Each device signs its own registration; the owner signs the transaction and pays fee and bond.\n\n" +
			"The owner's key need not be on the device's machine: --print writes the signed registrations to a file, and\n" +
			"`register --file` sends them from where the owner's key is. A sponsor (a maker, a fleet manager) sends the file with\n" +
			"--sponsor and pays the bonds; for that the registrations must name it: `--print FILE --owner OWNER --bond-payer SPONSOR`.",
		Example: "  joule-sidecar register --device gpu0\n" +
			"  joule-sidecar register --owner joule1… --print rig7.json        # on the rig\n" +
			"  joule-sidecar register --file rig7.json --from owner --keyring-dir ~/.joule   # where the owner's key is",
		RunE: runRegister,
	}
	addSignerFlags(c)
	c.Flags().StringSlice("device", nil, "names of configured devices; default all")
	c.Flags().String("owner", "", "owner's address; default the signer")
	c.Flags().String("beneficiary", "", "address that is paid; default the owner")
	c.Flags().String("bond-payer", "", "address that pays the bond and gets it back; default the owner")
	c.Flags().String("bond", "", "bond per device, like 25000000ujoule; default the class's minimum")
	c.Flags().Int64("expiry-blocks", 1000, "the registration expires so many blocks from now")
	addCapabilityFlags(c.Flags())
	c.Flags().String("print", "", "write the signed registrations to this file instead of sending them (- for standard output)")
	c.Flags().String("file", "", "send the registrations of this file instead of making them")
	c.Flags().Bool("sponsor", false, "the signer pays the bonds of devices that belong to others")
	return c
}

func runRegister(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	f := cmd.Flags()
	print, _ := f.GetString("print")
	file, _ := f.GetString("file")
	sponsor, _ := f.GetBool("sponsor")
	owner, _ := f.GetString("owner")
	if print != "" && (file != "" || sponsor) {
		return errors.New("--print makes registrations; it goes with neither --file nor --sponsor")
	}
	if print != "" && owner == "" {
		return errors.New("--print needs --owner, the address that will own the devices")
	}
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	var regs []devicetypes.Registration
	if file != "" {
		if regs, err = readRegistrations(file); err != nil {
			return err
		}
	}
	if print != "" {
		if regs, err = makeRegistrations(cmd, cfg, client, owner); err != nil {
			return err
		}
		return writeRegistrations(cmd, print, regs)
	}
	p, err := newPayer(cmd, cfg)
	if err != nil {
		return err
	}
	defer p.client.Close()
	if regs == nil {
		if owner == "" {
			owner = p.address()
		}
		if regs, err = makeRegistrations(cmd, cfg, client, owner); err != nil {
			return err
		}
	}
	return sendRegistrations(cmd, p, regs, sponsor)
}

func makeRegistrations(cmd *cobra.Command, cfg config.Config, client *chain.Client, owner string) ([]devicetypes.Registration, error) {
	ctx := cmd.Context()
	devices, err := chosen(cmd, cfg)
	if err != nil {
		return nil, err
	}
	params, err := client.DeviceParams(ctx)
	if err != nil {
		return nil, err
	}
	head, err := client.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []devicetypes.Registration
	for _, d := range devices {
		s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		r, err := newRegistration(cmd, cfg, d, s, params, owner, head.Height)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		if r.Generation, err = nextGeneration(ctx, client, s.DeviceID()); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		if r.Signature, err = s.Sign(devicetypes.RegistrationSignBytes(cfg.Chain.ID, r)); err != nil {
			return nil, err
		}
		if err := errors.Join(r.ValidateBasic(), r.VerifySignature(cfg.Chain.ID)); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func chosen(cmd *cobra.Command, cfg config.Config) ([]config.Device, error) {
	names, err := cmd.Flags().GetStringSlice("device")
	if err != nil {
		return nil, err
	}
	if len(cfg.Devices) == 0 {
		return nil, process.ErrNoDevices
	}
	if len(names) == 0 {
		return cfg.Devices, nil
	}
	var out []config.Device
	for _, name := range names {
		found := false
		for _, d := range cfg.Devices {
			if d.Name == name {
				out, found = append(out, d), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no [[device]] is called %q", name)
		}
	}
	return out, nil
}

func newRegistration(cmd *cobra.Command, cfg config.Config, d config.Device, s keys.Signer, params devicetypes.Params, owner string, height int64) (devicetypes.Registration, error) {
	f := cmd.Flags()
	beneficiary, _ := f.GetString("beneficiary")
	bondPayer, _ := f.GetString("bond-payer")
	bondText, _ := f.GetString("bond")
	expiry, _ := f.GetInt64("expiry-blocks")
	for flag, address := range map[string]string{"owner": owner, "beneficiary": beneficiary, "bond-payer": bondPayer} {
		if address == "" {
			continue
		}
		if _, err := keys.ParseAddress(address); err != nil {
			return devicetypes.Registration{}, fmt.Errorf("--%s: %w", flag, err)
		}
	}
	if expiry < 1 || uint64(expiry) > params.MaxRegistrationBlocks {
		return devicetypes.Registration{}, fmt.Errorf("--expiry-blocks is %d and must be in 1..%d", expiry, params.MaxRegistrationBlocks)
	}
	class := process.ClassOf(d).ID
	bond, err := bondOf(bondText, class, params)
	if err != nil {
		return devicetypes.Registration{}, err
	}
	capability, err := classOf(d.Class).capability(cmd, cfg, d)
	if err != nil {
		return devicetypes.Registration{}, err
	}
	return devicetypes.Registration{
		Owner: owner, PublicKey: s.PublicKey(), WorkClass: class, Beneficiary: beneficiary, BondPayer: bondPayer, Bond: bond,
		Capability: capability, ExpiryHeight: height + expiry,
	}, nil
}

// nextGeneration is 1, or one more than a retired registration's.
func nextGeneration(ctx context.Context, client *chain.Client, id []byte) (uint64, error) {
	d, err := client.Device(ctx, id)
	if errors.Is(err, chain.ErrUnknownDevice) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	if d.State != devicetypes.DEVICE_STATE_RETIRED {
		return 0, fmt.Errorf("%s is registered already, to %s", devicetypes.FormatDeviceID(id), d.Owner)
	}
	return d.Generation + 1, nil
}

func readRegistrations(file string) ([]devicetypes.Registration, error) {
	st, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if st.Size() > maxRegistrationFile {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", file, st.Size(), maxRegistrationFile)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var msg devicetypes.MsgRegisterDevices
	if err := chain.Codec().UnmarshalJSON(data, &msg); err != nil {
		return nil, fmt.Errorf("%s is not what `register --print` writes: %w", file, err)
	}
	if len(msg.Registrations) == 0 {
		return nil, fmt.Errorf("%s holds no registrations", file)
	}
	return msg.Registrations, nil
}

func writeRegistrations(cmd *cobra.Command, file string, regs []devicetypes.Registration) error {
	data, err := chain.Codec().MarshalJSON(&devicetypes.MsgRegisterDevices{Owner: regs[0].Owner, Registrations: regs})
	if err != nil {
		return err
	}
	if file == "-" {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), string(data))
		return err
	}
	if err := durable.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d signed registrations in %s: send them with `joule-sidecar register --file`\n", len(regs), file)
	return err
}

// registered is the command's result.
type registered struct {
	Owner     string   `json:"owner"`
	DeviceIDs []string `json:"device_ids"`
	TxHashes  []string `json:"tx_hashes"`
}

func sendRegistrations(cmd *cobra.Command, p *payer, regs []devicetypes.Registration, sponsor bool) error {
	params, err := p.client.DeviceParams(cmd.Context())
	if err != nil {
		return err
	}
	out := registered{Owner: regs[0].Owner}
	for start := 0; start < len(regs); start += int(params.MaxBatch) {
		page := regs[start:min(start+int(params.MaxBatch), len(regs))]
		var msg sdk.Msg = &devicetypes.MsgRegisterDevices{Owner: p.address(), Registrations: page}
		switch {
		case sponsor:
			msg = &devicetypes.MsgSponsorDevices{Sponsor: p.address(), Registrations: page}
		case len(page) == 1:
			msg = &devicetypes.MsgRegisterDevice{Owner: p.address(), Registration: page[0]}
		}
		r, err := p.send(cmd.Context(), msg)
		if err != nil {
			return err
		}
		out.TxHashes = append(out.TxHashes, r.Hash)
		for _, reg := range page {
			out.DeviceIDs = append(out.DeviceIDs, devicetypes.FormatDeviceID(devicetypes.DeviceID(reg.PublicKey)))
		}
	}
	return show(cmd, out, func(w io.Writer) error {
		for _, id := range out.DeviceIDs {
			fmt.Fprintf(w, "registered %s\n", id)
		}
		fmt.Fprintf(w, "transactions: %s\n", strings.Join(out.TxHashes, ", "))
		return nil
	})
}
