package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// maxStatusBytes bounds the local server's answer.
const maxStatusBytes = 64 << 20

// errNotRunning means that no sidecar answers on server.address.
var errNotRunning = errors.New("no sidecar is running here")

// deviceOnChain is what the chain says of a configured device.
type deviceOnChain struct {
	Name       string `json:"name"`
	DeviceID   string `json:"device_id"`
	State      string `json:"state"`
	Bond       string `json:"bond,omitempty"`
	Claimable  string `json:"claimable_ujoule,omitempty"`
	TotalUnits string `json:"total_units,omitempty"`
	Faults     uint32 `json:"faults"`
	Pending    int    `json:"pending_commitments"`
	// Disk is a disk device's part of the epoch.
	Disk *diskOnChain `json:"disk,omitempty"`
	// Attested is the device's hardware evidence.
	Attested *attestedText `json:"attested,omitempty"`
	claim    string
}

// statusOutput is the command's result.
type statusOutput struct {
	Running bool            `json:"running"`
	Sidecar *health.Report  `json:"sidecar,omitempty"`
	Chain   []deviceOnChain `json:"chain"`
	Errors  []string        `json:"errors"`
}

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the running sidecar and what the chain says of its devices", Args: cobra.NoArgs,
		Long: "Asks the running sidecar on server.address and the chain. Ends with status 1 if the sidecar is not running or not ready.",
		RunE: runStatus,
	}
}

func runStatus(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	out := statusOutput{Chain: []deviceOnChain{}, Errors: []string{}}
	var report health.Report
	if err := ask(cmd.Context(), cfg, "/status", &report); err != nil {
		out.Errors = append(out.Errors, err.Error())
	} else {
		out.Running, out.Sidecar = true, &report
	}
	var errs []error
	out.Chain, errs = onChain(cmd.Context(), cfg)
	for _, err := range errs {
		out.Errors = append(out.Errors, err.Error())
	}
	if err := show(cmd, out, func(w io.Writer) error { return printStatus(w, out) }); err != nil {
		return err
	}
	if !out.Running || !report.Ready || len(out.Errors) > 0 {
		return errReported
	}
	return nil
}

// ask reads JSON from the running sidecar.
func ask(ctx context.Context, cfg config.Config, path string, into any) error {
	if !cfg.Server.Enabled {
		return fmt.Errorf("%w to ask: server.enabled is false", errNotRunning)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.Server.Address+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %s does not answer: start it with `joule-sidecar start`", errNotRunning, cfg.Server.Address)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s answers %s", cfg.Server.Address, path, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxStatusBytes)).Decode(into); err != nil {
		return fmt.Errorf("%s%s: %w: is it another program?", cfg.Server.Address, path, err)
	}
	return nil
}

// onChain asks the chain about every device; one that cannot be shown leaves an error and the others their place.
func onChain(ctx context.Context, cfg config.Config) ([]deviceOnChain, []error) {
	out := []deviceOnChain{}
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return out, []error{err}
	}
	defer client.Close()
	var errs []error
	for _, d := range cfg.Devices {
		o, err := oneOnChain(ctx, client, cfg, d)
		switch {
		case err == nil:
			out = append(out, o)
		case errors.Is(err, chain.ErrUnreachable) || errors.Is(err, chain.ErrWrongChain): // the same for all
			return out, append(errs, err)
		default:
			errs = append(errs, fmt.Errorf("device %s: %w", d.Name, err))
		}
	}
	return out, errs
}

func oneOnChain(ctx context.Context, client *chain.Client, cfg config.Config, d config.Device) (deviceOnChain, error) {
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return deviceOnChain{}, err
	}
	o := deviceOnChain{Name: d.Name, DeviceID: devicetypes.FormatDeviceID(s.DeviceID())}
	dev, err := client.Device(ctx, s.DeviceID())
	if err != nil {
		return o, err
	}
	work, claimable, err := client.DeviceWork(ctx, s.DeviceID())
	if err != nil {
		return o, err
	}
	o.State, o.Bond, o.Claimable, o.TotalUnits = stateText(dev.State), dev.Bond.String(), claimable.String(), work.TotalUnits.String()
	o.Faults, o.Pending, o.claim = work.Faults, len(work.Pending), joule(claimable)
	if dev.WorkClass == devicetypes.WORK_CLASS_DISK {
		if o.Disk, err = askDisk(ctx, client, s.DeviceID(), dev); err != nil {
			return o, err
		}
	}
	o.Attested, err = attestedOnChain(ctx, client, s.DeviceID())
	return o, err
}

func stateText(s devicetypes.DeviceState) string {
	switch s {
	case devicetypes.DEVICE_STATE_ACTIVE:
		return "active"
	case devicetypes.DEVICE_STATE_SUSPENDED:
		return "suspended"
	case devicetypes.DEVICE_STATE_RETIRED:
		return "retired"
	}
	return "unknown"
}

func printStatus(w io.Writer, out statusOutput) error {
	if r := out.Sidecar; r != nil {
		rows := [][]string{
			{"Sidecar", "running, version " + r.Version + ", ready: " + strconv.FormatBool(r.Ready)},
			{"Chain", fmt.Sprintf("%s, height %d, block time %s, clock ahead by %s", r.ChainID, r.Height, r.BlockTime, r.ClockSkew)},
			{"Relayer", r.Relayer},
			{"Evidence", fmt.Sprintf("%d pending, %d accepted, %d expired, %d rejected since %s",
				r.Evidence.Pending, r.Evidence.Accepted, r.Evidence.Expired, r.Evidence.Rejected, r.Started.Format(time.DateTime))},
		}
		if err := table(w, rows); err != nil {
			return err
		}
		rows = [][]string{{"\nDEVICE", "STATE", "BACKEND", "HARDWARE", "ACTIVITY"}}
		for _, d := range r.Devices {
			activity := d.Activity
			if activity != "idle" {
				activity = fmt.Sprintf("%s window %d, %d %s", d.Activity, d.Window, d.Rounds, classOf(d.Class).counted)
			}
			rows = append(rows, []string{d.Name, d.State, d.Backend, d.Hardware, activity})
		}
		if err := table(w, rows); err != nil {
			return err
		}
		if err := printCards(w, r); err != nil {
			return err
		}
		for _, d := range r.Disks {
			if err := printDisk(w, d); err != nil {
				return err
			}
		}
		for _, d := range r.Radios {
			if err := printRadio(w, d); err != nil {
				return err
			}
		}
		for _, p := range r.Problems {
			fmt.Fprintln(w, "! "+p)
		}
	}
	rows := [][]string{{"\nON CHAIN", "STATE", "BOND", "CLAIMABLE", "UNITS", "FAULTS", "PENDING"}}
	for _, d := range out.Chain {
		rows = append(rows, []string{d.DeviceID, d.State, d.Bond, d.claim, d.TotalUnits, strconv.FormatUint(uint64(d.Faults), 10), strconv.Itoa(d.Pending)})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	for _, d := range out.Chain {
		if d.Disk != nil {
			printDiskOnChain(w, d.Name, d.Disk, out.Sidecar)
		}
	}
	for _, d := range out.Chain {
		if d.Attested != nil {
			fmt.Fprintf(w, "%s: %s\n", d.Name, d.Attested)
		}
	}
	for _, e := range out.Errors {
		fmt.Fprintln(w, "! "+e)
	}
	return nil
}
