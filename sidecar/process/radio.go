package process

import (
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/metrics"
	"github.com/joulechain/joule/sidecar/radio/directory"
	"github.com/joulechain/joule/sidecar/radio/exchange"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/mux"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/services"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// station is the socket that all gateways of this machine share, and what stands behind it.
type station struct {
	server *gwmp.Server
	mux    *mux.Mux // nil without network servers
	counts *gwmp.Counts
	ears   map[gwmp.EUI]gwmp.Handler
	sends  map[gwmp.EUI]*transmit.Transmitter
	// downlinks breaks the circle between server and multiplexer: each needs the other.
	downlinks struct{ *gwmp.Server }
	directory *directory.Directory
	relay     *exchange.Relay // nil where none is served
	clients   []*exchange.Client
	// trouble says why a relay that the configuration asks for is not served; gateways need none of their own.
	trouble string
}

// openStation listens for the gateways of the configured radios.
func openStation(cfg config.Config, radios *directory.Directory, log *slog.Logger) (*station, error) {
	s := &station{directory: radios, counts: &gwmp.Counts{}, ears: map[gwmp.EUI]gwmp.Handler{}, sends: map[gwmp.EUI]*transmit.Transmitter{}}
	handlers := []gwmp.Handler{gwmp.HandlerFunc(s.deliver)}
	var err error
	if len(cfg.Radio.Upstreams) > 0 {
		s.mux, err = mux.New(mux.Options{
			Upstreams: cfg.Radio.Upstreams, Downlinks: &s.downlinks, Meter: s.counts, Log: log,
			Beacon: func(p *gwmp.RXPacket) bool { _, ok := lora.Payload(p.Payload); return ok },
			Observe: func(eui gwmp.EUI, p gwmp.TXPacket) {
				if t := s.sends[eui]; t != nil {
					t.Observe(p)
				}
			},
		})
		if err != nil {
			return nil, err
		}
		handlers = append(handlers, s.mux)
	}
	o := gwmp.Options{Listen: cfg.Radio.Listen, AllowPublic: cfg.Radio.AllowPublic, Handlers: handlers, Meter: s.counts, Log: log}
	for _, text := range cfg.Radio.Sources {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		o.Sources = append(o.Sources, prefix)
	}
	for _, d := range cfg.Devices {
		if d.Class != config.ClassRadio {
			continue
		}
		eui, err := address.ParseEUI(d.Gateway)
		if err != nil {
			return nil, err
		}
		o.Gateways = append(o.Gateways, eui)
	}
	if s.server, err = gwmp.Listen(o); err != nil {
		return nil, err
	}
	s.downlinks.Server = s.server
	if x := cfg.Exchange; x.Listen != "" {
		s.relay, err = exchange.NewRelay(exchange.RelayOptions{
			ChainID: cfg.Chain.ID, Keys: radios, Listen: x.Listen, CertFile: cfg.Path(x.Cert), KeyFile: cfg.Path(x.Key), AllowPlain: x.AllowPlain,
			Meter: func(event string) { s.counts.Count(gwmp.Event("relay_" + event)) }, Log: log,
		})
		if err != nil {
			log.Error("no relay is served; the gateways work without it", "error", err)
			s.relay, s.trouble = nil, fmt.Sprintf("no receipts' relay is served: %v: mend it and start the sidecar again", err)
		}
	}
	return s, nil
}

func (s *station) deliver(d gwmp.Delivery) {
	if ears := s.ears[d.Datagram.Gateway]; ears != nil {
		ears.Deliver(d)
	}
}

func (s *station) services() []services.Service {
	list := []services.Service{{Name: "gateways", Run: s.server.Run}}
	if s.mux != nil {
		list = append(list, services.Service{Name: "network servers", Run: s.mux.Run})
	}
	if s.relay != nil {
		list = append(list, services.Service{Name: "receipts' relay", Run: s.relay.Run})
	}
	for _, c := range s.clients {
		list = append(list, services.Service{Name: "receipts' exchange", Run: c.Run})
	}
	return list
}

// begin tells the relay of an epoch.
func (s *station) begin(epoch uint64) {
	if s.relay != nil {
		s.relay.Begin(epoch)
	}
}

// RadioDir is where a radio device keeps its hash chains, receipts and what was on the air.
func RadioDir(cfg config.Config, d config.Device) string {
	return cfg.Path(filepath.Join("radio", d.Name))
}

// OpenChains opens a radio device's hash chains.
func OpenChains(cfg config.Config, d config.Device, id []byte) (*radioworker.Chains, error) {
	return radioworker.OpenChains(filepath.Join(RadioDir(cfg, d), "chains.json"), proof.DeviceID(id))
}

// openRadio builds the worker of a gateway; the station is opened with the first.
func (p *Process) openRadio(d config.Device, signer keys.Signer) (*radioworker.Worker, error) {
	eui, err := address.ParseEUI(d.Gateway)
	if err != nil {
		return nil, err
	}
	region, err := lora.ParseRegion(d.Region)
	if err != nil {
		return nil, err
	}
	plan, err := lora.PlanOf(region)
	if err != nil {
		return nil, err
	}
	if p.station == nil {
		if p.station, err = openStation(p.cfg, directory.New(directory.FromChain(p.client), p.clock), p.log); err != nil {
			return nil, err
		}
	}
	chains, err := OpenChains(p.cfg, d, signer.DeviceID())
	if err != nil {
		return nil, err
	}
	book, err := receipts.Open(receipts.Options{
		ChainID: p.cfg.Chain.ID, Signer: signer, Folder: filepath.Join(RadioDir(p.cfg, d), "receipts"), Gateway: eui,
		Meter: func(e receipts.Event) { p.station.counts.Count(gwmp.Event("receipt_" + string(e))) }, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	mail, err := exchange.NewClient(exchange.ClientOptions{
		ChainID: p.cfg.Chain.ID, Relays: p.cfg.Exchange.Relays, Book: book, Keys: p.station.directory, Every: p.cfg.Exchange.Every, Clock: p.clock, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	p.station.clients = append(p.station.clients, mail)
	ledger := lora.NewLedger(plan)
	transmitter := transmit.New(transmit.Options{
		Gateway: eui, Sender: p.station.server, Plan: plan, Ledger: ledger, RFChain: uint8(p.cfg.Radio.PowerChain),
		PowerOffset: int32(math.Round(p.cfg.Radio.PowerOffset)), Clock: p.clock, Log: p.log,
	})
	p.station.ears[eui], p.station.sends[eui] = book, transmitter
	return radioworker.New(radioworker.Options{
		Device: d.Name, ChainID: p.cfg.Chain.ID, Signer: signer, Chain: p.client, Directory: p.station.directory, Chains: chains, Receipts: book,
		Exchange: mail, OnEpoch: p.station.begin,
		Transmitter: transmitter, Ledger: ledger, Region: region, Gateway: eui, Gateways: p.station.server.Gateways,
		AirFile: filepath.Join(RadioDir(p.cfg, d), "air.json"), Clock: p.clock, Log: p.log,
	}), nil
}

// radioServices are the station's, once there is one.
func (p *Process) radioServices() []services.Service {
	if p.station == nil {
		return nil
	}
	return p.station.services()
}

// closeStation frees the socket of a process that was never run.
func (p *Process) closeStation() {
	if p.station == nil {
		return
	}
	_ = p.station.server.Close() // both are closed already where they ran
	if p.station.relay != nil {
		_ = p.station.relay.Close()
	}
}

// report tells what came through the socket.
func (s *station) report() *health.Gateways {
	r := &health.Gateways{Address: s.server.Address().String(), Events: map[string]uint64{}}
	for e, n := range s.counts.All() {
		r.Events[string(e)] = n
	}
	if s.mux != nil {
		r.Upstreams = s.mux.Links()
	}
	return r
}

func radioSample(r radioworker.Report) metrics.RadioSample {
	s := metrics.RadioSample{
		Device: r.Device, HeardMe: len(r.HeardMe), IHeard: len(r.HeardBy), ChainEnds: r.ChainEnds, Scale: r.Scale, Problems: len(r.Problems),
		Verdicts: map[uint32]int{},
	}
	if r.Forwarder != nil {
		s.Packets, s.LastPull, s.LastPush = r.Forwarder.Packets, r.Forwarder.LastPull, r.Forwarder.LastPush
	}
	for _, v := range r.Verdicts {
		s.Verdicts[v.Code]++
	}
	if n := len(r.Beacons); n > 0 {
		s.BeaconEpoch, s.BeaconSent = r.Beacons[n-1].Epoch, r.Beacons[n-1].Sent
	}
	for epoch, n := range r.Heard {
		if epoch >= s.Epoch {
			s.Epoch, s.Receipts = epoch, n
		}
	}
	return s
}
