package process

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/services"
)

// ErrReopen ends Run when a device, or something that devices share, could not be opened at the start and can be opened
// now: a process built anew works with it.
var ErrReopen = errors.New("a device has become usable")

const (
	// reopenEvery is how often devices that could not be opened are tried again: a driver that loads late, a port that
	// becomes free.
	reopenEvery = time.Minute
	// reopenPatience is how many of these tries wait for a moment in which no device is at work, whose window a new
	// start would cost.
	reopenPatience = 10
)

// reopen waits until something that is left out can be opened.
func (p *Process) reopen(ctx context.Context, end context.CancelCauseFunc) error {
	for waited := 0; clock.Sleep(ctx, p.clock, p.opts.ReopenEvery) == nil; {
		name := p.usableAgain()
		switch {
		case name == "":
			waited = 0
		case p.idle() || waited >= reopenPatience:
			p.log.Info("what was unusable works now; starting anew with it", "what", name)
			end(ErrReopen)
			<-ctx.Done()
		default:
			waited++
		}
	}
	return nil
}

// usableAgain names what was left out and works now: a device, or something that devices share. What it opens it closes
// again.
func (p *Process) usableAgain() string {
	out := map[string]bool{}
	for _, d := range p.unusable {
		out[d.Name] = true
	}
	for _, d := range p.cfg.Devices {
		if out[d.Name] && p.opens(d) {
			return d.Name
		}
	}
	for _, c := range Classes() {
		if what := p.sites[c.Name].mended(); what != "" {
			return what
		}
	}
	return ""
}

func (p *Process) opens(d config.Device) bool {
	signer, err := keys.LoadDevice(p.cfg.Path(d.KeyFile), p.opts.Passphrase)
	if err != nil {
		return false
	}
	h := p.host()
	h.cfg, h.log = p.sites[d.Class].aside(h.cfg), slog.New(slog.DiscardHandler)
	try := ClassOf(d).site(h)
	defer try.close()
	w, err := p.openWorker(try, d, signer)
	if err != nil {
		return false
	}
	if err := w.Worker.Close(); err != nil {
		p.log.Warn("closing a worker", "device", d.Name, "error", err)
	}
	return true
}

// idle tells whether no device is in the middle of something that a new start would interrupt.
func (p *Process) idle() bool {
	for _, d := range p.scheduler.Status() {
		if d.Activity != "idle" {
			return false
		}
	}
	return true
}

func (p *Process) reopening(end context.CancelCauseFunc) []services.Service {
	if len(p.unusable) == 0 && len(p.broken()) == 0 {
		return nil
	}
	return []services.Service{{Name: "what is unusable", Run: func(ctx context.Context) error { return p.reopen(ctx, end) }}}
}

// broken is what devices share and what could not be opened.
func (p *Process) broken() (out []string) {
	for _, c := range Classes() {
		if text := p.sites[c.Name].broken(); text != "" {
			out = append(out, text)
		}
	}
	return out
}
