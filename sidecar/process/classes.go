package process

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/config"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/services"
	"github.com/joulechain/joule/sidecar/worker"
)

// Class is a kind of work that this program does.
type Class struct {
	worker.Class
	// Name is what the configuration calls it.
	Name string
	// site begins the class in a process.
	site func(host) site
}

// Classes are the kinds of work that this program does. An entry here registers a class.
func Classes() []Class {
	return []Class{
		{Name: config.ClassGPU, Class: gpuworker.Class(), site: newGPUs},
		{Name: config.ClassDisk, Class: diskworker.Class(), site: newDisks},
		{Name: config.ClassRadio, Class: radioworker.Class(), site: newRadios},
	}
}

// ClassOf is a configured device's class. The configuration has checked that there is one.
func ClassOf(d config.Device) Class {
	for _, c := range Classes() {
		if c.Name == d.Class {
			return c
		}
	}
	return Class{}
}

// workerClasses is what scheduler and submitter know of the classes.
func workerClasses() (out worker.Classes) {
	for _, c := range Classes() {
		out = append(out, c.Class)
	}
	return out
}

// host is what a process lends its classes.
type host struct {
	cfg    config.Config
	client *chain.Client
	clock  clock.Clock
	log    *slog.Logger
}

// problem is how a site tells of what an owner should look at. With blocks the device cannot earn right now.
type problem func(blocks bool, text string)

// site is a class at work in one process: it opens the workers of its devices and has what they share. A class without
// a matter embeds plain.
type site interface {
	// open builds the worker of a device.
	open(d config.Device, signer keys.Signer) (worker.Worker, error)
	// take tells of a worker that goes to work.
	take(w worker.Worker)
	// begin is called once, when all workers are there. What it returns are the metrics of what the workers share.
	begin() []prometheus.Collector
	// services run beside the workers.
	services() []services.Service
	// report adds the class's part.
	report(r *health.Report, tell problem)
	// broken is what does not work and costs no device its work; mended, asked now and then, whether it would work in a
	// process that is built anew. Both are empty for nothing.
	broken() string
	mended() string
	// aside is the configuration for trying another device of the class while this site is at work.
	aside(cfg config.Config) config.Config
	// close frees what the workers share.
	close()
}

// plain is what most sites do: nothing.
type plain struct{}

func (plain) begin() []prometheus.Collector         { return nil }
func (plain) services() []services.Service          { return nil }
func (plain) broken() string                        { return "" }
func (plain) mended() string                        { return "" }
func (plain) aside(cfg config.Config) config.Config { return cfg }
func (plain) close()                                {}
