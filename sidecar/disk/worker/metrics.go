package diskworker

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/metrics"
)

// Collector implements worker.Metered.
func (w *Worker) Collector() prometheus.Collector { return NewCollector(w.opts.Device, w.Report) }

// NewCollector shows a disk device's report.
func NewCollector(device string, read func() Report) prometheus.Collector {
	return metrics.OfDevice(device, read,
		metrics.Value[Report]{Name: "disk_plots", Help: "Plots and files by status.", Kind: prometheus.GaugeValue, Labels: []string{"status"}, Of: plots},
		gauge("disk_plot_bytes", "Size of the usable plots.", func(r Report) float64 { return float64(r.Plots.Bytes) }),
		gauge("disk_proven_bytes", "What the chain has proven, smoothed over a week of epochs.", func(r Report) float64 { return float64(or(r.Capacity).Bytes) }),
		gauge("disk_claimed_plots", "The claim of the newest window.", func(r Report) float64 { return float64(or(r.Claim).Plots) }),
		gauge("disk_bond_plots", "Plots of the claim's k that the bond covers.", func(r Report) float64 { return float64(r.BondPlots) }),
		gauge("disk_scan_seconds", "How long the newest answer took.", func(r Report) float64 { s := r.newest(); return s.ScanSeconds + s.SolveSeconds }),
		gauge("disk_scan_plots", "Plots that the newest answer read.", func(r Report) float64 { return float64(r.newest().Scanned) }),
		gauge("disk_scan_proofs", "Proofs of the newest answer.", func(r Report) float64 { return float64(r.newest().Proofs) }),
		gauge("disk_scan_faults", "Plots that the newest answer could not read or solve.", func(r Report) float64 { return float64(r.newest().Faults) }),
		counter("disk_scrub_bytes_total", "What the background scrub has read since start.", func(r Report) float64 { return float64(r.Scrub.Bytes) }),
		counter("disk_scrub_found_total", "Bad files that it came upon.", func(r Report) float64 { return float64(r.Scrub.Found) }),
		gauge("disk_problems", "Problems that status shows.", func(r Report) float64 { return float64(len(r.Problems)) }),
		ofFolders("disk_folder_present", "1 if the folder can be read, 0 if its disk has gone.", func(f FolderHealth, put func(float64)) { put(metrics.Flag(f.Present)) }),
		ofFolders("disk_folder_free_bytes", "Free space of the folder's disk.", func(f FolderHealth, put func(float64)) { put(float64(f.FreeBytes)) }),
		ofFolders("disk_temperature_celsius", "Temperature of the folder's disk, where it tells.", func(f FolderHealth, put func(float64)) {
			if f.Celsius != 0 {
				put(float64(f.Celsius))
			}
		}),
		ofFolders("disk_failing", "1 if the disk expects to fail (SMART, NVMe).", func(f FolderHealth, put func(float64)) { put(metrics.Flag(f.Failing)) }),
	)
}

func plots(r Report, put metrics.Put) {
	for status, n := range map[string]uint64{
		"ready": r.Plots.Ready, "damaged": r.Plots.Damaged, "missing": r.Plots.Missing, "foreign": r.Plots.Foreign,
		"duplicate": r.Plots.Duplicate, "unreadable": r.Plots.Unreadable,
	} {
		put(float64(n), status)
	}
}

func gauge(name, help string, of func(Report) float64) metrics.Value[Report] {
	return metrics.Value[Report]{Name: name, Help: help, Kind: prometheus.GaugeValue, Of: metrics.Number(of)}
}

func counter(name, help string, of func(Report) float64) metrics.Value[Report] {
	return metrics.Value[Report]{Name: name, Help: help, Kind: prometheus.CounterValue, Of: metrics.Number(of)}
}

func ofFolders(name, help string, of func(FolderHealth, func(float64))) metrics.Value[Report] {
	return metrics.Value[Report]{Name: name, Help: help, Kind: prometheus.GaugeValue, Labels: []string{"folder"}, Of: func(r Report, put metrics.Put) {
		for _, f := range r.Folders {
			of(f, func(x float64) { put(x, f.Folder) })
		}
	}}
}

// newest is the newest scan; zero before the first.
func (r Report) newest() Scan {
	if n := len(r.Scans); n > 0 {
		return r.Scans[n-1]
	}
	return Scan{}
}
