package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/faucet"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
)

// gpuClass is the class that a devnet's devices belong to.
const gpuClass = "gpu"

// sidecar is a process with one device.
type sidecar struct {
	name    string
	home    string
	device  string // jouledev1…
	relayer string // owner, beneficiary and relayer in one
	address string // of its status server
	process *proc.Process
	status  sidecarStatus
}

// sidecarStatus is what the table shows of /status.
type sidecarStatus struct {
	Devices []struct {
		State, Backend, Activity, Hardware string
		Window, Rounds                     uint64
		LastError                          string `json:"last_error"`
	} `json:"devices"`
}

// startSidecars makes, funds, registers and starts each sidecar and waits until all can earn. From then on windows count.
func (n *network) startSidecars(ctx context.Context) error {
	free, err := proc.FreePorts(n.opts.Devices)
	if err != nil {
		return err
	}
	for i := range n.opts.Devices {
		s := &sidecar{name: fmt.Sprintf("gpu%d", i), address: at(free[i])}
		s.home = n.home.Path("sidecars", s.name)
		n.sidecars = append(n.sidecars, s)
		if err := n.enrol(ctx, s); err != nil {
			return fmt.Errorf("sidecar %s: %w", s.name, err)
		}
		n.ledger.AddDevice(s.device, gpuClass)
	}
	for _, s := range n.sidecars {
		if err := n.awaitReady(ctx, s); err != nil {
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

func (n *network) enrol(ctx context.Context, s *sidecar) error {
	var endpoints []string
	for _, v := range n.validators {
		endpoints = append(endpoints, at(v.ports.grpc))
	}
	var made struct {
		Relayer string
		Devices []struct {
			DeviceID string `json:"device_id"`
		}
	}
	err := n.sidecarJSON(ctx, s, &made, "init", "--device", s.name, "--chain.chain-id", n.opts.Spec.ChainID,
		"--chain.endpoints", strings.Join(endpoints, ","), "--chain.poll-interval", "250ms", "--server.address", s.address,
		"--gpu.backend", n.opts.Backend, "--gpu.threads", strconv.Itoa(threads(n.opts.Devices)), "--spool.min-free-mib", "64")
	if err != nil {
		return err
	}
	if len(made.Devices) != 1 || made.Relayer == "" {
		return errors.New("joule-sidecar init told no device or no relayer")
	}
	s.device, s.relayer = made.Devices[0].DeviceID, made.Relayer
	if err := faucet.Request(ctx, n.faucet.url(), s.relayer); err != nil {
		return err
	}
	if err := n.sidecarJSON(ctx, s, nil, "register", "--wait", "5m"); err != nil {
		return err
	}
	s.process, err = n.group.Start(s.name, n.log(s.name), n.opts.Sidecar, "start", "--home", s.home)
	return err
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

// claim collects what a sidecar's device has earned.
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
