package process

import (
	"fmt"
	"time"

	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/metrics"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
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
	out.Attestations = r.Attestations
	for _, d := range r.Radios {
		out.Radios = append(out.Radios, radioSample(d))
	}
	if p.station != nil {
		out.Gateways = p.station.report().Events
	}
	for _, d := range r.Disks {
		out.Disks = append(out.Disks, diskSample(d))
	}
	return out
}

func diskSample(r diskworker.Report) metrics.DiskSample {
	s := metrics.DiskSample{
		Device: r.Device, Bytes: r.Plots.Bytes, ScrubBytes: r.Scrub.Bytes, ScrubFound: r.Scrub.Found, BondPlots: r.BondPlots, Problems: len(r.Problems),
		Plots: map[string]uint64{
			"ready": r.Plots.Ready, "damaged": r.Plots.Damaged, "missing": r.Plots.Missing, "foreign": r.Plots.Foreign,
			"duplicate": r.Plots.Duplicate, "unreadable": r.Plots.Unreadable,
		},
	}
	if r.Claim != nil {
		s.Claimed = uint64(r.Claim.Plots)
	}
	if r.Capacity != nil {
		s.ProvenBytes = r.Capacity.Bytes
	}
	if n := len(r.Scans); n > 0 {
		last := r.Scans[n-1]
		s.ScanSeconds, s.ScanPlots, s.ScanProofs, s.ScanFaults = last.ScanSeconds+last.SolveSeconds, last.Scanned, last.Proofs, last.Faults
	}
	for _, f := range r.Folders {
		s.Folders = append(s.Folders, metrics.FolderSample{Folder: f.Folder, Present: f.Present, FreeBytes: f.FreeBytes, Celsius: f.Celsius, Failing: f.Failing})
	}
	return s
}

// Ledger implements health.Source.
func (p *Process) Ledger() ([]spool.Entry, error) { return p.spool.Ledger() }

// Report implements health.Source. Healthy: the process can do its duty. Ready: it can also earn right now.
func (p *Process) Report() health.Report {
	head := p.follower.Head()
	r := health.Report{
		Version: p.opts.Version, ChainID: p.cfg.Chain.ID, Started: p.started, Healthy: true, Ready: true, Problems: []string{},
		Height: head.Height, BlockTime: head.BlockTime.Round(time.Millisecond).String(), ClockSkew: head.Skew.Round(time.Millisecond).String(),
		Relayer: p.lane.Relayer(), Nodes: p.client.Nodes(), Devices: append(p.scheduler.Status(), p.unusable...), Disks: []diskworker.Report{}, GPUs: []gpuworker.Report{},
		Radios: []radioworker.Report{}, Evidence: p.submitter.Status(),
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
	p.reportCards(&r, problem)
	for _, d := range p.disks {
		disk := d.Report()
		for _, text := range disk.Problems {
			// What is left of the plots still earns.
			r.Problems = append(r.Problems, fmt.Sprintf("device %s: %s", disk.Device, text))
		}
		r.Disks = append(r.Disks, disk)
	}
	r.Attestations = p.attestations()
	for _, a := range r.Attestations {
		if text := a.Problem(); text != "" {
			r.Problems = append(r.Problems, fmt.Sprintf("device %s: %s", a.Device, text)) // the device earns without evidence too
		}
	}
	for _, w := range p.radios {
		radio := w.Report()
		for _, text := range radio.Problems {
			r.Problems = append(r.Problems, fmt.Sprintf("device %s: %s", radio.Device, text))
		}
		r.Radios = append(r.Radios, radio)
	}
	if p.station != nil {
		r.Gateways = p.station.report()
		if p.station.trouble != "" {
			r.Problems = append(r.Problems, p.station.trouble)
		}
	}
	if r.Evidence.LastError != "" {
		r.Problems = append(r.Problems, r.Evidence.LastError)
	}
	return r
}

// reportCards adds the GPU devices and the machine's cards. A card that is paused, tested or in trouble cannot earn
// right now.
func (p *Process) reportCards(r *health.Report, problem func(unhealthy bool, text string)) {
	if len(p.gpus) == 0 {
		return
	}
	for _, g := range p.gpus {
		card := g.Report()
		for _, text := range []string{card.State, card.Trouble} {
			if text != "" {
				problem(false, fmt.Sprintf("device %s: %s", card.Device, text))
			}
		}
		r.Ready = r.Ready && card.Ready
		for i := range r.Devices {
			if r.Devices[i].Name == card.Device { // a card may have fallen back since the last window
				r.Devices[i].Backend, r.Devices[i].Hardware = card.Backend, card.Hardware
			}
		}
		r.GPUs = append(r.GPUs, card)
	}
	r.Machine = p.machine.Examine()
	r.Problems = append(r.Problems, r.Machine.Warnings...)
}
