package network

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/faucet"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/field"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
)

// RadioResult is what the chain made of a radio's beacons and receipts in the settled epochs.
type RadioResult struct {
	// Cheat is how the scenario has it cheat; empty for an honest radio.
	Cheat string `json:"cheat,omitempty"`
	// Number is its short name on chain.
	Number uint32 `json:"number"`
	// Beacons were opened; BeaconUnits are what they brought their radio.
	Beacons     int    `json:"beacons"`
	BeaconUnits uint64 `json:"beacon_units"`
	// WitnessUnits are what its receipts brought it.
	WitnessUnits uint64 `json:"witness_units"`
	// BeaconReasons and WitnessReasons count verdicts by reason code and text.
	BeaconReasons  map[string]int `json:"beacon_reasons"`
	WitnessReasons map[string]int `json:"witness_reasons"`
}

// addHotspots adds a sidecar for each of the scenario's gateways: owners must differ, for a beacon pays one witness of
// each owner.
func (n *network) addHotspots(ports []int) {
	for i, g := range scenarioOf(n.opts.Scenario) {
		s := &sidecar{name: "hotspot-" + g.Name, address: at(ports[i]), gateway: &n.opts.Scenario.Gateways[i]}
		s.home = n.home.Path("sidecars", s.name)
		d := &device{name: g.Name, class: spec.ClassRadio, spec: spec.Device{Class: spec.ClassRadio}}
		d.radio = &RadioResult{BeaconReasons: map[string]int{}, WitnessReasons: map[string]int{}}
		if g.Cheat != nil {
			d.radio.Cheat = g.Cheat.Kind
		}
		s.devices = []*device{d}
		n.sidecars = append(n.sidecars, s)
	}
}

// radioArgs are the flags of a hotspot's init.
func (n *network) radioArgs(s *sidecar) ([]string, error) {
	port, err := field.FreePort()
	if err != nil {
		return nil, err
	}
	s.forwarder = at(port)
	g := s.gateway
	serves := ""
	if n.relay == "" { // the first one's sidecar serves the relay of all
		free, err := proc.FreePorts(1)
		if err != nil {
			return nil, err
		}
		n.relay = at(free[0])
		serves = n.relay
	}
	place := g.Asserted()
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return []string{
		"--radio", g.Name, "--radio-gateway", g.EUI.String(), "--radio-region", n.opts.Scenario.Region,
		"--radio-latitude", number(float64(place.LatitudeE7) / proof.DegreeE7), "--radio-longitude", number(float64(place.LongitudeE7) / proof.DegreeE7),
		"--radio-gain", number(g.GainDBi), "--radio.listen", s.forwarder,
		"--exchange.relays", "http://" + n.relay, "--exchange.listen", serves, "--exchange.every", "500ms",
	}, nil
}

// assert tells the chain where a hotspot's antenna stands.
func (n *network) assert(ctx context.Context, s *sidecar, d *device) error {
	var told struct {
		Number      uint32
		CountsEpoch uint64 `json:"counts_epoch"`
	}
	if err := n.sidecarJSON(ctx, s, &told, "radio", "assert", "--device", d.name, "--wait", "5m"); err != nil {
		return err
	}
	if told.Number == 0 || told.CountsEpoch == 0 {
		return fmt.Errorf("joule-sidecar radio assert told number %d and epoch %d", told.Number, told.CountsEpoch)
	}
	d.radio.Number, d.claimFrom = told.Number, told.CountsEpoch
	n.opts.Screen.Say(fmt.Sprintf("%s: radio %d, its position counts from epoch %d on", d.name, told.Number, told.CountsEpoch))
	return nil
}

// enrolHotspots funds, registers and asserts all hotspots, one step of all after the other.
func (n *network) enrolHotspots(ctx context.Context, hotspots []*sidecar) error {
	for _, step := range []func(*sidecar) error{
		func(s *sidecar) error { return n.initialize(ctx, s) },
		func(s *sidecar) error { return faucet.Request(ctx, n.faucet.url(), s.relayer) },
		func(s *sidecar) error { return n.sidecarJSON(ctx, s, nil, "register", "--wait", "5m") },
		func(s *sidecar) error { return n.assert(ctx, s, s.devices[0]) },
		func(s *sidecar) (err error) {
			s.process, err = n.group.Start(s.name, n.log(s.name), n.opts.Sidecar, "start", "--home", s.home)
			return err
		},
	} {
		for _, s := range hotspots {
			if err := step(s); err != nil {
				return fmt.Errorf("sidecar %s: %w", s.name, err)
			}
		}
	}
	return n.startField(hotspots)
}

// startField plays the scenario once the hotspots' sidecars are there.
func (n *network) startField(hotspots []*sidecar) error {
	if len(hotspots) == 0 {
		return nil
	}
	servers := map[string]string{}
	for _, s := range hotspots {
		servers[s.gateway.Name] = s.forwarder
	}
	file, err := os.OpenFile(n.log("field"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	n.fieldLog = file
	n.field, err = field.Start(*n.opts.Scenario, servers, slog.New(slog.NewTextHandler(file, nil)))
	return err
}

func (n *network) stopField() {
	if n.field != nil {
		n.field.Stop()
	}
	if n.fieldLog != nil {
		_ = n.fieldLog.Close()
	}
}

// firstPaid is the first epoch that can pay a radio: in the one in which all positions count first, radios begin to
// hear each other.
func (n *network) firstPaid() uint64 {
	var first uint64
	for _, d := range n.devices() {
		if d.honest() && d.class == spec.ClassRadio {
			first = max(first, d.claimFrom+1)
		}
	}
	return first
}

// honest tells whether a device ought to be paid.
func (d *device) honest() bool { return d.radio == nil || d.radio.Cheat == "" }

// seeRadioWindow: every epoch is a radio's window.
func (n *network) seeRadioWindow(e emissionstypes.EpochEmission) {
	var ids []string
	for _, d := range n.devices() {
		if d.class == spec.ClassRadio && d.honest() && e.Epoch >= n.firstPaid() {
			ids = append(ids, d.id)
		}
	}
	if len(ids) > 0 {
		n.ledger.SawWindow(ledger.Window{Class: spec.ClassRadio, ID: e.Epoch, Epoch: e.Epoch, Decided: e.StartHeight}, ids...)
	}
}

// seeBeacons counts what a settled epoch's beacons and receipts came to.
func (n *network) seeBeacons(ctx context.Context, e emissionstypes.EpochEmission) error {
	byNumber := map[uint32]*RadioResult{}
	for _, d := range n.devices() {
		if d.radio != nil {
			byNumber[d.radio.Number] = d.radio
		}
	}
	for number, r := range byNumber {
		b, err := n.nodes.RadioBeacon(ctx, e.Epoch, number, e.FreezeHeight)
		if nodes.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.Beacons++
		r.BeaconUnits += b.Beacon.Units
		r.BeaconReasons[reasonText(b.Beacon.Reason, b.ReasonText)]++
		for _, w := range b.Witnesses {
			if of := byNumber[w.Witness.Number]; of != nil {
				of.WitnessUnits += w.Witness.Units
				of.WitnessReasons[reasonText(w.Witness.Reason, w.ReasonText)]++
			}
		}
	}
	return nil
}

func reasonText(code uint32, text string) string {
	return strconv.FormatUint(uint64(code), 10) + " " + strings.SplitN(text, ":", 2)[0]
}

// scenarioOf is the field to play: none where no radio is described.
func scenarioOf(s *rfsim.Scenario) []rfsim.Gateway {
	if s == nil {
		return nil
	}
	return s.Gateways
}
