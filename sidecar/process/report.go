package process

import (
	"fmt"
	"time"

	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/metrics"
	"github.com/joulechain/joule/sidecar/spool"
)

func (p *Process) sample() metrics.Sample {
	if p.scheduler == nil {
		return metrics.Sample{}
	}
	r := p.Report()
	head := p.follower.Head()
	out := metrics.Sample{
		Height: head.Height, BlockTime: head.BlockTime, Skew: head.Skew, FreeBytes: r.FreeMiB << 20, Pending: r.Evidence.Pending,
		Accepted: r.Evidence.Accepted, Expired: r.Evidence.Expired, Rejected: r.Evidence.Rejected,
	}
	for _, d := range r.Devices {
		out.Devices = append(out.Devices, metrics.DeviceSample{
			Name: d.Name, DeviceID: d.DeviceID, Backend: d.Backend, State: d.State, Rounds: d.Rounds, MaxUnits: d.MaxUnits,
		})
	}
	return out
}

// Ledger implements health.Source.
func (p *Process) Ledger() ([]spool.Entry, error) { return p.spool.Ledger() }

// Report implements health.Source. Healthy: the process can do its duty. Ready: it can also earn right now.
func (p *Process) Report() health.Report {
	head := p.follower.Head()
	r := health.Report{
		Version: p.opts.Version, ChainID: p.cfg.Chain.ID, Started: p.started, Healthy: true, Ready: true, Problems: []string{},
		Height: head.Height, BlockTime: head.BlockTime.Round(time.Millisecond).String(), ClockSkew: head.Skew.Round(time.Millisecond).String(),
		Relayer: p.lane.Relayer(), Nodes: p.client.Nodes(), Devices: append(p.scheduler.Status(), p.unusable...),
		Evidence: p.submitter.Status(),
	}
	problem := func(unhealthy bool, text string) {
		r.Problems = append(r.Problems, text)
		r.Ready = false
		r.Healthy = r.Healthy && !unhealthy
	}
	if err := p.follower.Err(); err != nil {
		problem(false, err.Error())
	} else if head.Height == 0 {
		problem(false, "no block was seen yet")
	} else if stalled := p.follower.Stalled(); stalled > 0 {
		problem(false, fmt.Sprintf("no new block for %s: the chain has halted, or the nodes of chain.endpoints are stuck", stalled.Round(time.Second)))
	}
	if err := p.spool.CheckRoom(); err != nil {
		problem(true, err.Error())
	}
	if n := p.spool.Notice(); n != "" {
		r.Problems = append(r.Problems, n) // it was dealt with; people should know
	}
	if free, err := durable.Free(p.cfg.Path(p.cfg.Spool.Dir)); err == nil {
		r.FreeMiB = free >> 20
	}
	if head.Skew > p.cfg.Chain.MaxClockSkew || -head.Skew > p.cfg.Chain.MaxClockSkew {
		r.Problems = append(r.Problems, fmt.Sprintf("this machine's clock is ahead of the chain's by %s (negative: behind)", r.ClockSkew))
	}
	for i, o := range p.opened { // hardware may have changed since the last window
		desc := o.worker.Worker.Describe()
		r.Devices[i].Backend, r.Devices[i].Hardware = desc.Backend, desc.Hardware
	}
	for _, d := range r.Devices {
		if d.State == StateUnusable {
			problem(false, fmt.Sprintf("%s; the others work without it; it is tried again every %s", d.LastError, p.opts.ReopenEvery))
		} else if d.State != "active" {
			problem(false, fmt.Sprintf("device %s is %s", d.Name, d.State))
		}
		if d.Notice != "" {
			r.Problems = append(r.Problems, fmt.Sprintf("device %s: %s", d.Name, d.Notice))
		}
	}
	for _, c := range Classes() {
		p.sites[c.Name].report(&r, func(blocks bool, text string) {
			r.Problems = append(r.Problems, text)
			r.Ready = r.Ready && !blocks
		})
	}
	r.Problems = append(r.Problems, p.broken()...)
	r.Attestations = p.attestations()
	for _, a := range r.Attestations {
		if text := a.Problem(); text != "" {
			r.Problems = append(r.Problems, fmt.Sprintf("device %s: %s", a.Device, text)) // the device earns without evidence too
		}
	}
	if r.Evidence.LastError != "" {
		r.Problems = append(r.Problems, r.Evidence.LastError)
	}
	return r
}
