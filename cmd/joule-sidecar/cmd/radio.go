package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/radio/lora"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// errNoRadio means that no radio device is configured.
var errNoRadio = errors.New("no [[device]] of class radio is configured: `joule-sidecar keys add NAME --class radio --gateway EUI --region REGION`")

func radioCommand() *cobra.Command {
	return group("radio", "Assert where an antenna stands, and its hash chain", radioAssertCommand())
}

// asserted is the command's result.
type asserted struct {
	DeviceID string `json:"device_id"`
	// Number is the radio's short name in receipts.
	Number    uint32  `json:"number"`
	Region    string  `json:"region"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Gain      float64 `json:"gain_dbi"`
	// Cell is the H3 cell of resolution 10 that holds the position, as the chain computed it.
	Cell string `json:"cell"`
	// FromEpoch is the first epoch of the assertion, CountsEpoch the first one in which the position is paid.
	FromEpoch   uint64 `json:"from_epoch"`
	CountsEpoch uint64 `json:"counts_epoch"`
	TxHash      string `json:"tx_hash"`
}

func radioAssertCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "assert", Short: "Tell the chain where the antenna stands and which hash chain its beacons follow", Args: cobra.NoArgs,
		Long: "Sends the owner's assertion: position, gain and region of the device's block in sidecar.toml, and a new hash chain, whose secret is written\n" +
			"to the home's radio folder first. It holds from the epoch after the next one on. With the antenna as it was only the hash chain is renewed:\n" +
			"do so when `status` says that it is about to end. A move costs the chain's assert_fee, and its position counts only after move_epochs.",
		Example: "  joule-sidecar radio assert --from owner --keyring-dir ~/.joule\n  joule-sidecar radio assert --device roof --from-key-file owner.json",
		RunE:    runRadioAssert,
	}
	c.Flags().String("device", "", "name of the radio device; needed only where several are configured")
	addSignerFlags(c)
	return c
}

// radioDevice finds the radio that a name means, or the only one.
func radioDevice(cfg config.Config, name string) (config.Device, error) {
	var found []config.Device
	var names []string
	for _, d := range cfg.Devices {
		switch {
		case name == d.Name && d.Class != config.ClassRadio:
			return d, fmt.Errorf("device %q is of class %s and has no antenna", name, d.Class)
		case name == d.Name:
			return d, nil
		case d.Class == config.ClassRadio:
			found, names = append(found, d), append(names, d.Name)
		}
	}
	switch {
	case len(found) == 0:
		return config.Device{}, errNoRadio
	case name != "":
		return config.Device{}, fmt.Errorf("no [[device]] of class radio is called %q; there are %s", name, strings.Join(names, ", "))
	case len(found) > 1:
		return config.Device{}, fmt.Errorf("several radios are configured (%s): name one with --device", strings.Join(names, ", "))
	}
	return found[0], nil
}

func runRadioAssert(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	name, err := cmd.Flags().GetString("device")
	if err != nil {
		return err
	}
	d, err := radioDevice(cfg, name)
	if err != nil {
		return err
	}
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return fmt.Errorf("device %s: %w", d.Name, err)
	}
	p, err := newPayer(cmd, cfg)
	if err != nil {
		return err
	}
	defer p.client.Close()
	ctx := cmd.Context()
	id := devicetypes.FormatDeviceID(s.DeviceID())
	dev, err := p.client.Device(ctx, s.DeviceID())
	if err != nil {
		return err
	}
	if dev.Owner != p.address() {
		return fmt.Errorf("device %s belongs to %s and the signer is %s: sign with the owner's key, --from or --from-key-file", id, dev.Owner, p.address())
	}
	msg, err := assertion(d)
	if err != nil {
		return err
	}
	msg.Owner, msg.DeviceId = p.address(), id
	epoch, err := p.client.Epoch(ctx)
	if err != nil {
		return err
	}
	chains, err := process.OpenChains(cfg, d, s.DeviceID())
	if err != nil {
		return err
	}
	known, _, err := p.client.Radio(ctx, s.DeviceID())
	if err != nil {
		return err
	}
	// The anchor belongs to this epoch: should the transaction land in the next one, its preimages are still ahead of
	// it.
	anchor, err := chains.New(epoch.Number, known.Radio.Radio.Assertions)
	if err != nil {
		return err
	}
	msg.AnchorEpoch, msg.Anchor = anchor.Epoch, anchor.Value[:]
	r, err := p.send(ctx, msg)
	if err != nil {
		return err
	}
	var resp worktypes.MsgAssertRadioResponse
	if len(r.Data) != 1 || resp.Unmarshal(r.Data[0].Value) != nil {
		return fmt.Errorf("transaction %s has no readable response", r.Hash)
	}
	out := asserted{
		DeviceID: id, Number: resp.Number, Region: d.Region, Latitude: d.Latitude, Longitude: d.Longitude, Gain: d.Gain, Cell: fmt.Sprintf("%x", resp.Cell),
		FromEpoch: resp.FromEpoch, CountsEpoch: resp.CountsEpoch, TxHash: r.Hash,
	}
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s is radio %d at %.5f, %.5f (cell %s), %s, %g dBi\nit holds from epoch %d on and its position counts from epoch %d on\n"+
			"back up %s: without it the beacons of this chain cannot be opened\ntransaction %s\n",
			out.DeviceID, out.Number, out.Latitude, out.Longitude, out.Cell, out.Region, out.Gain, out.FromEpoch, out.CountsEpoch, process.RadioDir(cfg, d), out.TxHash)
		return err
	})
}

// assertion is what the device's block says of the antenna.
func assertion(d config.Device) (*worktypes.MsgAssertRadio, error) {
	region, err := lora.ParseRegion(d.Region)
	if err != nil {
		return nil, err
	}
	if d.Latitude == 0 && d.Longitude == 0 {
		return nil, fmt.Errorf("device %q has no latitude and longitude in %s: say where its antenna stands", d.Name, config.FileName)
	}
	latitude, longitude := d.PositionE7()
	return &worktypes.MsgAssertRadio{LatitudeE7: latitude, LongitudeE7: longitude, Gain: d.GainTenths(), Region: uint32(region)}, nil
}
