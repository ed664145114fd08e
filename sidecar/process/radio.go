package process

import (
	"fmt"
	"log/slog"
	"math"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/metrics"
	"github.com/joulechain/joule/sidecar/radio/directory"
	"github.com/joulechain/joule/sidecar/radio/exchange"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/services"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// radios are this process's radio devices and the station that they share, which is nil before the first.
type radios struct {
	host
	station *station
	workers []*radioworker.Worker
}

func newRadios(h host) site { return &radios{host: h} }

func (r *radios) open(d config.Device, signer keys.Signer) (worker.Worker, error) {
	w, err := r.connect(d, signer)
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	return w, nil
}

func (r *radios) take(w worker.Worker) {
	if w, ok := w.(*radioworker.Worker); ok {
		r.workers = append(r.workers, w)
	}
}

func (r *radios) begin() []prometheus.Collector {
	if r.station == nil {
		return nil
	}
	return []prometheus.Collector{newEvents(func() map[string]uint64 { return r.station.report().Events })}
}

// newEvents shows what came through the gateways' socket.
func newEvents(read func() map[string]uint64) prometheus.Collector {
	return metrics.NewCollector(read, metrics.Value[map[string]uint64]{
		Name: "radio_gateway_events_total", Help: "What came through the gateways' socket and the receipts' exchange.",
		Kind: prometheus.CounterValue, Labels: []string{"event"}, Of: func(events map[string]uint64, put metrics.Put) {
			for event, n := range events {
				put(float64(n), event)
			}
		},
	})
}

// services are the station's, once there is one.
func (r *radios) services() []services.Service {
	if r.station == nil {
		return nil
	}
	return r.station.services()
}

func (r *radios) report(out *health.Report, tell problem) {
	out.Radios = []radioworker.Report{}
	for _, w := range r.workers {
		radio := w.Report()
		for _, text := range radio.Problems {
			tell(false, fmt.Sprintf("device %s: %s", radio.Device, text))
		}
		out.Radios = append(out.Radios, radio)
	}
	if r.station != nil {
		out.Gateways = r.station.report()
	}
}

// broken is a relay that the configuration asks for and that could not be opened.
func (r *radios) broken() string {
	if r.station == nil {
		return ""
	}
	return r.station.trouble
}

// mended tries the relay's port and certificate.
func (r *radios) mended() string {
	if r.broken() == "" {
		return ""
	}
	relay, err := openRelay(r.cfg, r.station.directory, &gwmp.Counts{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return ""
	}
	if err := relay.Close(); err != nil {
		return ""
	}
	return "the receipts' relay"
}

// aside keeps off the sockets that this very process uses: what failed was something else.
func (r *radios) aside(cfg config.Config) config.Config {
	if r.station != nil {
		cfg.Radio.Listen, cfg.Exchange.Listen = "127.0.0.1:0", ""
	}
	return cfg
}

func (r *radios) close() {
	if r.station != nil {
		r.station.close()
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

// connect builds the worker of a gateway; the station is opened with the first.
func (r *radios) connect(d config.Device, signer keys.Signer) (*radioworker.Worker, error) {
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
	if r.station == nil {
		if r.station, err = openStation(r.cfg, directory.New(directory.FromChain(r.client), r.clock), r.log); err != nil {
			return nil, err
		}
	}
	chains, err := OpenChains(r.cfg, d, signer.DeviceID())
	if err != nil {
		return nil, err
	}
	book, err := receipts.Open(receipts.Options{
		ChainID: r.cfg.Chain.ID, Signer: signer, Folder: filepath.Join(RadioDir(r.cfg, d), "receipts"), Gateway: eui,
		Meter: func(e receipts.Event) { r.station.counts.Count(gwmp.Event("receipt_" + string(e))) }, Log: r.log,
	})
	if err != nil {
		return nil, err
	}
	mail, err := exchange.NewClient(exchange.ClientOptions{
		ChainID: r.cfg.Chain.ID, Relays: r.cfg.Exchange.Relays, Book: book, Keys: r.station.directory, Every: r.cfg.Exchange.Every, Clock: r.clock, Log: r.log,
	})
	if err != nil {
		return nil, err
	}
	r.station.clients = append(r.station.clients, mail)
	ledger := lora.NewLedger(plan)
	transmitter := transmit.New(transmit.Options{
		Gateway: eui, Sender: r.station.server, Plan: plan, Ledger: ledger, RFChain: uint8(r.cfg.Radio.PowerChain),
		PowerOffset: int32(math.Round(r.cfg.Radio.PowerOffset)), Clock: r.clock, Log: r.log,
	})
	r.station.ears[eui], r.station.sends[eui] = book, transmitter
	return radioworker.New(radioworker.Options{
		Device: d.Name, ChainID: r.cfg.Chain.ID, Signer: signer, Chain: r.client, Directory: r.station.directory, Chains: chains, Receipts: book,
		Exchange: mail, OnEpoch: r.station.begin,
		Transmitter: transmitter, Ledger: ledger, Region: region, Gateway: eui, Gateways: r.station.server.Gateways,
		AirFile: filepath.Join(RadioDir(r.cfg, d), "air.json"), Clock: r.clock, Log: r.log,
	}), nil
}
