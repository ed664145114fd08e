package network

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/faucet"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/sidecar/attest/swtpm"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
)

// sidecar is a process with devices.
type sidecar struct {
	name    string
	home    string
	relayer string // owner, beneficiary and relayer in one
	address string // of its status server
	devices []*device
	process *proc.Process
	tpm     *swtpm.TPM // holds its devices' keys; nil without --tpm
	status  sidecarStatus
	// gateway is a hotspot's; forwarder is where its sidecar listens for it.
	gateway   *rfsim.Gateway
	forwarder string
}

// device is one of a sidecar's.
type device struct {
	name, id, class string // id is jouledev1…
	spec            spec.Device
	// claimFrom is the first epoch in which a disk's claim holds, or a radio's position counts.
	claimFrom uint64
	radio     *RadioResult // of a radio
}

// startSidecars makes, funds, registers and starts each sidecar and waits until all can earn. From then on windows
// count.
func (n *network) startSidecars(ctx context.Context) error {
	hotspots := scenarioOf(n.opts.Scenario)
	free, err := proc.FreePorts(n.opts.Devices + len(hotspots))
	if err != nil {
		return err
	}
	for i := range n.opts.Devices {
		s := &sidecar{name: fmt.Sprintf("rig%d", i), address: at(free[i])}
		s.home = n.home.Path("sidecars", s.name)
		if n.opts.TPM {
			s.tpm = n.tpms[i]
		}
		for _, d := range n.opts.Spec.Devices {
			if d.Class == spec.ClassRadio {
				continue // each has a sidecar and an owner of its own
			}
			s.devices = append(s.devices, &device{name: fmt.Sprintf("%s%d", d.Class, i), class: d.Class, spec: d})
		}
		n.sidecars = append(n.sidecars, s)
		if err := n.enrol(ctx, s); err != nil {
			return fmt.Errorf("sidecar %s: %w", s.name, err)
		}
	}
	n.addHotspots(free[n.opts.Devices:])
	if err := n.enrolHotspots(ctx, n.sidecars[n.opts.Devices:]); err != nil {
		return err
	}
	for _, d := range n.devices() {
		if d.honest() {
			n.ledger.AddDevice(d.id, d.class)
		} else {
			n.ledger.AddCheater(d.id, d.class)
		}
	}
	for _, s := range n.sidecars {
		if err := n.awaitReady(ctx, s); err != nil {
			return fmt.Errorf("sidecar %s: %w", s.name, err)
		}
		if err := n.awaitAttested(ctx, s); err != nil {
			return fmt.Errorf("sidecar %s: %w", s.name, err)
		}
	}
	if n.work, err = n.nodes.WorkParams(ctx); err != nil {
		return err
	}
	n.firstSeen = n.head(ctx)
	n.ledger.Begin(n.firstSeen)
	return nil
}

// enrol makes a sidecar's home, funds and registers its devices, fills and claims its disks, and starts it.
func (n *network) enrol(ctx context.Context, s *sidecar) error {
	if err := n.initialize(ctx, s); err != nil {
		return err
	}
	if s.tpm != nil {
		if err := n.certify(ctx, s); err != nil {
			return err
		}
	}
	if err := faucet.Request(ctx, n.faucet.url(), s.relayer); err != nil {
		return err
	}
	if err := n.sidecarJSON(ctx, s, nil, "register", "--wait", "5m"); err != nil {
		return err
	}
	for _, d := range s.devices {
		if d.class != spec.ClassDisk {
			continue
		}
		if err := n.fill(ctx, s, d); err != nil {
			return fmt.Errorf("disk %s: %w", d.name, err)
		}
	}
	var err error
	s.process, err = n.group.Start(s.name, n.log(s.name), n.opts.Sidecar, "start", "--home", s.home)
	return err
}

func (n *network) initialize(ctx context.Context, s *sidecar) error {
	var endpoints []string
	for _, v := range n.validators {
		endpoints = append(endpoints, at(v.ports.grpc))
	}
	names := map[string][]string{}
	for _, d := range s.devices {
		names[d.class] = append(names[d.class], d.name)
	}
	var made struct {
		Relayer string
		Devices []struct {
			Name     string
			DeviceID string `json:"device_id"`
		}
	}
	args := []string{
		"init", "--device", strings.Join(names[spec.ClassGPU], ","), "--disk", strings.Join(names[spec.ClassDisk], ","),
		"--chain.chain-id", n.opts.Spec.ChainID, "--chain.endpoints", strings.Join(endpoints, ","), "--chain.poll-interval", "250ms",
		"--server.address", s.address, "--gpu.backend", n.opts.Backend, "--gpu.threads", strconv.Itoa(threads(n.opts.Devices)),
		"--spool.min-free-mib", "64", "--disk.reserve-mib", "64", "--disk.look-every", "10s", "--disk.group", "4",
	}
	if s.gateway != nil {
		radio, err := n.radioArgs(s)
		if err != nil {
			return err
		}
		args = append(args, radio...)
	}
	if err := n.sidecarJSON(ctx, s, &made, append(args, s.tpmFlags()...)...); err != nil {
		return err
	}
	s.relayer = made.Relayer
	for _, d := range s.devices {
		for _, m := range made.Devices {
			if m.Name == d.name {
				d.id = m.DeviceID
			}
		}
		if d.id == "" || s.relayer == "" {
			return fmt.Errorf("joule-sidecar init told no relayer or no device %s", d.name)
		}
	}
	return nil
}

// fill makes a disk's plots and claims them.
func (n *network) fill(ctx context.Context, s *sidecar, d *device) error {
	n.opts.Screen.Say(fmt.Sprintf("%s: making %d plots of k=%d", d.name, d.spec.Plots, d.spec.K))
	k, strength := strconv.Itoa(int(d.spec.K)), strconv.Itoa(int(d.spec.Strength))
	began := time.Now()
	err := n.sidecarJSON(ctx, s, nil, "plot", "create", "--device", d.name, "--plots", strconv.FormatUint(uint64(d.spec.Plots), 10), "--k", k, "--strength", strength)
	if err != nil {
		return err
	}
	n.opts.Screen.Say(fmt.Sprintf("%s: plots made in %.1f s", d.name, time.Since(began).Seconds()))
	var claimed struct {
		Plots     uint32
		FromEpoch uint64 `json:"from_epoch"`
	}
	if err := n.sidecarJSON(ctx, s, &claimed, "plot", "claim", "--device", d.name, "--k", k, "--strength", strength, "--wait", "5m"); err != nil {
		return err
	}
	if claimed.Plots != d.spec.Plots || claimed.FromEpoch == 0 {
		return fmt.Errorf("joule-sidecar plot claim claimed %d plots from epoch %d on; want %d", claimed.Plots, claimed.FromEpoch, d.spec.Plots)
	}
	d.claimFrom = claimed.FromEpoch
	n.opts.Screen.Say(fmt.Sprintf("%s: its claim of %d plots holds from epoch %d on", d.name, claimed.Plots, claimed.FromEpoch))
	return nil
}

// threads shares the processors among the devices and leaves one to the validators.
func threads(devices int) int { return max(1, (runtime.NumCPU()-1)/max(1, devices)) }

// sidecarJSON runs a command of the sidecar and reads what it tells.
func (n *network) sidecarJSON(ctx context.Context, s *sidecar, into any, args ...string) error {
	out, err := n.group.Run(ctx, append([]string{n.opts.Sidecar}, append(args, "--home", s.home, "--output", "json")...)...)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(out, into)
}

func (n *network) awaitReady(ctx context.Context, s *sidecar) error {
	for {
		if s.ask(ctx, "readyz", nil) == nil {
			return s.ask(ctx, "status", &s.status)
		}
		if err := n.crashed(); err != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// ask reads a page of the sidecar's own server.
func (s *sidecar) ask(ctx context.Context, page string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*tick)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/"+page, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", page, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into)
}

// claim collects what a sidecar's devices have earned.
func (n *network) claim(ctx context.Context, s *sidecar) (math.Int, error) {
	var claimed struct {
		Amount string `json:"amount_ujoule"`
	}
	if err := n.sidecarJSON(ctx, s, &claimed, "claim", "--wait", "5m"); err != nil {
		return math.Int{}, err
	}
	amount, ok := math.NewIntFromString(claimed.Amount)
	if !ok {
		return math.Int{}, fmt.Errorf("joule-sidecar claim told the amount %q", claimed.Amount)
	}
	return amount, nil
}
