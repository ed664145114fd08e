// Package process puts the sidecar together: configuration, keys, spool, chain client, workers, scheduler, submitter,
// health. Classes are registered in classes.go and nowhere else.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/metrics"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/services"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/submitter"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// ErrNoDevices means that there is nothing to do.
var ErrNoDevices = errors.New("no [[device]] is configured")

// Options configure a process beside its configuration file.
type Options struct {
	Version string
	Log     *slog.Logger
	// Observer is told of every step beside the metrics; nil means none.
	Observer trace.Observer
	// OpenWorker, if set, builds workers in place of their classes; a nil worker leaves the device to its class.
	OpenWorker func(config.Config, config.Device, []byte, *slog.Logger) (worker.Worker, error)
	// ReopenEvery is how often devices that could not be opened are tried again; 0 means once a minute.
	ReopenEvery time.Duration
	// Passphrase opens encrypted keys; nil means the configuration's sources.
	Passphrase keys.Passphrase
}

// Process is a sidecar that is ready to run.
type Process struct {
	cfg     config.Config
	opts    Options
	log     *slog.Logger
	clock   clock.Clock
	started time.Time

	client    *chain.Client
	follower  *chain.Follower
	spool     *spool.Spool
	lane      *chain.Lane
	scheduler *scheduler.Scheduler
	submitter *submitter.Submitter
	metrics   *metrics.Metrics
	server    *health.Server
	opened    []opened
	// unusable are devices that could not be opened; the others work without them.
	unusable []scheduler.DeviceStatus
	sites    map[string]site // by the class's name
	renewers []*attest.Renewer
	// unattested are devices whose hardware could not be opened.
	unattested []attest.Status
}

// LoadRelayer opens the account that carries evidence.
func LoadRelayer(cfg config.Config, ask keys.Passphrase) (keys.Account, error) {
	r := cfg.Relayer
	if r.KeyringBackend != "" {
		return keys.OpenKeyring(r.KeyringBackend, cfg.Path(r.KeyringDir), r.KeyringName)
	}
	return keys.LoadAccount(cfg.Path(r.KeyFile), ask)
}

// SpoolOptions are the configuration's.
func SpoolOptions(cfg config.Config) spool.Options {
	return spool.Options{Dir: cfg.Path(cfg.Spool.Dir), ChainID: cfg.Chain.ID, MinFree: cfg.Spool.MinFreeMiB << 20}
}

// NewClient builds a chain client from the configuration.
func NewClient(cfg config.Config, onNode func(string, error)) (*chain.Client, error) {
	return chain.New(chain.Options{ChainID: cfg.Chain.ID, Endpoints: cfg.Chain.Endpoints, Timeout: cfg.Chain.RequestTimeout, OnNode: onNode})
}

// observers passes steps on to several.
type observers []trace.Observer

// Reached implements trace.Observer.
func (o observers) Reached(step trace.Step, id []byte, window uint64, phase worktypes.Phase) {
	for _, x := range o {
		x.Reached(step, id, window, phase)
	}
}

// New opens everything that a run needs. Close releases it; Run does so itself.
func New(cfg config.Config, opts Options) (_ *Process, err error) {
	if len(cfg.Devices) == 0 {
		return nil, fmt.Errorf("%w: run `joule-sidecar keys add NAME` first", ErrNoDevices)
	}
	if opts.Passphrase == nil {
		opts.Passphrase = keys.PassphraseFrom(cfg.Path(cfg.Keys.PassphraseFile))
	}
	if opts.ReopenEvery <= 0 {
		opts.ReopenEvery = reopenEvery
	}
	p := &Process{cfg: cfg, opts: opts, log: opts.Log, clock: clock.Real{}, started: time.Now(), sites: map[string]site{}}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	relayer, err := LoadRelayer(cfg, opts.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("relayer: %w", err)
	}
	p.metrics = metrics.New(p.sample)
	if p.client, err = NewClient(cfg, p.onNode); err != nil {
		return nil, err
	}
	for _, c := range Classes() {
		p.sites[c.Name] = c.site(p.host())
	}
	if err = p.openDevices(); err != nil {
		return nil, err
	}
	observer := observers{p.metrics}
	for _, o := range p.opened {
		if o.worker.Observer != nil {
			observer = append(observer, o.worker.Observer)
		}
	}
	if opts.Observer != nil {
		observer = append(observer, opts.Observer)
	}
	so := SpoolOptions(cfg)
	so.Observer = observer
	if p.spool, err = spool.Open(so); err != nil {
		return nil, err
	}
	if n := p.spool.Notice(); n != "" {
		p.log.Error("spool", "notice", n)
	}
	p.follower = chain.NewFollower(p.client, cfg.Chain.PollInterval, cfg.Chain.MaxClockSkew, p.log)
	p.lane = chain.NewLane(p.client, relayer, p.follower, cfg.Submitter.TxTTL)
	p.wire(observer)
	if err = p.watchHardware(relayer); err != nil {
		return nil, err
	}
	if err = p.collect(); err != nil {
		return nil, err
	}
	if cfg.Server.Enabled {
		registry := p.metrics.Registry()
		if !cfg.Server.Metrics {
			registry = nil
		}
		if p.server, err = health.Listen(cfg.Server.Address, p, registry, p.log); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Process) wire(observer trace.Observer) {
	devices := make([]scheduler.Device, len(p.opened))
	for i, o := range p.opened {
		devices[i] = scheduler.Device{Name: o.Name, Signer: o.signer, Worker: o.worker}
	}
	cfg := p.cfg
	p.submitter = submitter.New(submitter.Options{
		Chain: p.client, Lane: p.lane, Heads: p.follower, Spool: p.spool, Classes: workerClasses(),
		MaxBatch: int(cfg.Submitter.MaxBatch), Flush: cfg.Submitter.FlushInterval,
		RetryMin: cfg.Submitter.RetryMin, RetryMax: cfg.Submitter.RetryMax, ConfirmBlocks: int64(cfg.Submitter.ConfirmBlocks),
		OnFirst: func(class devicetypes.WorkClass, ok bool) { p.scheduler.StatementSeen(class, ok) },
		Clock:   p.clock, Log: p.log, Observer: observer,
	})
	p.scheduler = scheduler.New(scheduler.Options{
		Chain: p.client, Heads: p.follower, Spool: p.spool, Devices: devices, Classes: workerClasses(),
		MarginBlocks: cfg.Scheduler.MarginBlocks, Margin: cfg.Scheduler.Margin,
		Kick: p.submitter.Kick, Clock: p.clock, Log: p.log, Observer: observer,
	})
}

func (p *Process) host() host {
	return host{cfg: p.cfg, client: p.client, clock: p.clock, log: p.log}
}

// collect registers the metrics of workers, of what they share, and of hardware evidence.
func (p *Process) collect() error {
	list := []prometheus.Collector{attest.NewCollector(p.attestations)}
	for _, o := range p.opened {
		if o.worker.Metered != nil {
			list = append(list, o.worker.Metered.Collector())
		}
	}
	for _, c := range Classes() {
		list = append(list, p.sites[c.Name].begin()...)
	}
	for _, c := range list {
		if err := p.metrics.Registry().Register(c); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	return nil
}

func (p *Process) onNode(address string, err error) {
	p.metrics.Node(address, err)
	if err != nil {
		p.log.Warn("node fails", "node", address, "error", err)
		return
	}
	p.log.Info("node answers again", "node", address)
}

// Address is where the health server listens; empty without one.
func (p *Process) Address() string {
	if p.server == nil {
		return ""
	}
	return p.server.Address()
}

// Run works until the context ends, then closes everything in reverse order; the submitter's last pass sends what is
// signed. ErrReopen asks for another process in place of this one.
func (p *Process) Run(ctx context.Context) error {
	defer p.close()
	if _, err := p.client.Status(ctx); errors.Is(err, chain.ErrWrongChain) {
		return err // no waiting helps
	}
	list := []services.Service{
		{Name: "follower", Run: p.follower.Run},
		{Name: "janitor", Run: p.tidy},
		{Name: "submitter", Run: p.submitter.Run, Last: p.submitter.Flush},
	}
	for _, o := range p.opened {
		if b := o.worker.Background; b != nil {
			list = append(list, services.Service{Name: "care of " + o.Name, Run: b.Run})
		}
	}
	list = append(list, p.renewals()...)
	for _, c := range Classes() {
		list = append(list, p.sites[c.Name].services()...)
	}
	list = append(list, services.Service{Name: "scheduler", Run: p.scheduler.Run})
	if p.server != nil {
		list = append(list, services.Service{Name: "server", Run: p.server.Run})
		p.log.Info("serving", "address", p.server.Address())
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	list = append(list, p.reopening(end)...)
	if err := services.Run(ctx, p.clock, p.log, list); err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), ErrReopen) {
		return ErrReopen
	}
	return nil
}

// tidyEvery is how often finished statements past spool.keep_final are forgotten.
const tidyEvery = time.Hour

func (p *Process) tidy(ctx context.Context) error {
	for {
		if n, err := p.spool.Prune(p.clock.Now().Add(-p.cfg.Spool.KeepFinal)); err != nil {
			p.log.Warn("pruning the spool", "error", err)
		} else if n > 0 {
			p.log.Info("pruned the spool", "statements", n)
		}
		if clock.Sleep(ctx, p.clock, tidyEvery) != nil {
			return nil
		}
	}
}

func (p *Process) close() {
	for _, o := range p.opened {
		if err := o.worker.Worker.Close(); err != nil {
			p.log.Warn("closing a worker", "device", o.Name, "error", err)
		}
	}
	for _, s := range p.sites {
		s.close()
	}
	if p.spool != nil {
		if err := p.spool.Close(); err != nil {
			p.log.Warn("closing the spool", "error", err)
		}
	}
	if p.client != nil {
		_ = p.client.Close() // connections that are gone already are no news
	}
}
