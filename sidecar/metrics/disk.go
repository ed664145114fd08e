package metrics

import "github.com/prometheus/client_golang/prometheus"

// DiskSample is a disk device's part.
type DiskSample struct {
	Device string
	// Plots counts by status.
	Plots              map[string]uint64
	Bytes, ProvenBytes uint64
	Claimed, BondPlots uint64
	// ScanSeconds is how long the newest answer took, scan and solving; the others are of it too.
	ScanSeconds                       float64
	ScanPlots, ScanProofs, ScanFaults int
	ScrubBytes, ScrubFound            uint64
	Problems                          int
	Folders                           []FolderSample
}

// FolderSample is a folder's part.
type FolderSample struct {
	Folder    string
	Present   bool
	FreeBytes uint64
	// Celsius is 0 where it is not known.
	Celsius int
	Failing bool
}

var (
	plotsDesc       = desc("disk_plots", "Plots and files by status.", "device", "status")
	plotBytesDesc   = desc("disk_plot_bytes", "Size of the usable plots.", "device")
	provenDesc      = desc("disk_proven_bytes", "What the chain has proven, smoothed over a week of epochs.", "device")
	claimDesc       = desc("disk_claimed_plots", "The claim of the newest window.", "device")
	bondPlotsDesc   = desc("disk_bond_plots", "Plots of the claim's k that the bond covers.", "device")
	scanSecondsDesc = desc("disk_scan_seconds", "How long the newest answer took.", "device")
	scanPlotsDesc   = desc("disk_scan_plots", "Plots that the newest answer read.", "device")
	scanProofsDesc  = desc("disk_scan_proofs", "Proofs of the newest answer.", "device")
	scanFaultsDesc  = desc("disk_scan_faults", "Plots that the newest answer could not read or solve.", "device")
	scrubBytesDesc  = desc("disk_scrub_bytes_total", "What the background scrub has read since start.", "device")
	scrubFoundDesc  = desc("disk_scrub_found_total", "Bad files that it came upon.", "device")
	problemsDesc    = desc("disk_problems", "Problems that status shows.", "device")
	presentDesc     = desc("disk_folder_present", "1 if the folder can be read, 0 if its disk has gone.", "device", "folder")
	folderFreeDesc  = desc("disk_folder_free_bytes", "Free space of the folder's disk.", "device", "folder")
	celsiusDesc     = desc("disk_temperature_celsius", "Temperature of the folder's disk, where it tells.", "device", "folder")
	failingDesc     = desc("disk_failing", "1 if the disk expects to fail (SMART, NVMe).", "device", "folder")
	diskDescs       = []*prometheus.Desc{
		plotsDesc, plotBytesDesc, provenDesc, claimDesc, bondPlotsDesc, scanSecondsDesc, scanPlotsDesc, scanProofsDesc, scanFaultsDesc, scrubBytesDesc,
		scrubFoundDesc, problemsDesc, presentDesc, folderFreeDesc, celsiusDesc, failingDesc,
	}
)

func (d DiskSample) collect(ch chan<- prometheus.Metric) {
	put := func(desc *prometheus.Desc, kind prometheus.ValueType, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, kind, x, append([]string{d.Device}, labels...)...)
	}
	for status, n := range d.Plots {
		put(plotsDesc, prometheus.GaugeValue, float64(n), status)
	}
	for _, g := range []struct {
		desc *prometheus.Desc
		x    float64
	}{
		{plotBytesDesc, float64(d.Bytes)},
		{provenDesc, float64(d.ProvenBytes)},
		{claimDesc, float64(d.Claimed)},
		{bondPlotsDesc, float64(d.BondPlots)},
		{scanSecondsDesc, d.ScanSeconds},
		{scanPlotsDesc, float64(d.ScanPlots)},
		{scanProofsDesc, float64(d.ScanProofs)},
		{scanFaultsDesc, float64(d.ScanFaults)},
		{problemsDesc, float64(d.Problems)},
	} {
		put(g.desc, prometheus.GaugeValue, g.x)
	}
	put(scrubBytesDesc, prometheus.CounterValue, float64(d.ScrubBytes))
	put(scrubFoundDesc, prometheus.CounterValue, float64(d.ScrubFound))
	for _, f := range d.Folders {
		put(presentDesc, prometheus.GaugeValue, flag(f.Present), f.Folder)
		put(folderFreeDesc, prometheus.GaugeValue, float64(f.FreeBytes), f.Folder)
		put(failingDesc, prometheus.GaugeValue, flag(f.Failing), f.Folder)
		if f.Celsius != 0 {
			put(celsiusDesc, prometheus.GaugeValue, float64(f.Celsius), f.Folder)
		}
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
