package diskworker

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/trace"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// shownScans is how many scans a report tells.
	shownScans = 20
	// HotCelsius is the temperature above which a disk is warned of; makers allow 60 to 70.
	HotCelsius = 60
)

// Report is what people and programs are shown of a disk device.
type Report struct {
	Device string  `json:"device"`
	Plots  Summary `json:"plots"`
	// Claim is that of the newest window; absent before the first.
	Claim *worktypes.DiskClaim `json:"claim,omitempty"`
	// BondPlots is how many plots of the claim's k the bond covers.
	BondPlots uint64         `json:"bond_plots"`
	Folders   []FolderHealth `json:"folders"`
	Looked    time.Time      `json:"looked"`
	Capacity  *Capacity      `json:"capacity,omitempty"`
	Forecast  *Forecast      `json:"forecast,omitempty"`
	Scrub     ScrubReport    `json:"scrub"`
	// Scans are the newest ones, oldest first.
	Scans    []Scan   `json:"scans"`
	Problems []string `json:"problems"`
}

// Report gathers what is known now.
func (w *Worker) Report() Report {
	plots := w.store.Plots()
	scans := w.history.all()
	w.mu.Lock()
	st := w.state
	w.mu.Unlock()
	r := Report{
		Device: w.opts.Device, Plots: Summarize(plots), Claim: st.claim, Folders: slices.Clone(st.folders), Looked: st.looked, Scrub: st.scrub,
		Scans: slices.Clone(scans[max(0, len(scans)-shownScans):]), Problems: []string{},
	}
	if r.Folders == nil {
		r.Folders = []FolderHealth{}
	}
	if r.Scans == nil {
		r.Scans = []Scan{}
	}
	if c, ok := capacityOf(scans); ok {
		r.Capacity = &c
	}
	if st.claim != nil && st.claim.Plots > 0 {
		have := match(plots, *st.claim)
		f := ForecastOf(have.usable, *st.claim, *st.rules)
		r.Forecast = &f
		r.BondPlots = st.bond / max(1, st.claim.Units()/uint64(st.claim.Plots))
	}
	MarkUnmounted(r.Folders, w.store.Faults())
	r.Problems = append(r.Problems, folderProblems(st.lookErr, r.Folders)...)
	r.Problems = append(r.Problems, plotProblems(plots)...)
	return r
}

// MarkUnmounted corrects what the system tells of folders whose disk is not mounted: that they are there, and empty, on
// the disk below.
func MarkUnmounted(folders []FolderHealth, faults []disk.Fault) {
	for _, fault := range faults {
		for i := range folders {
			if folders[i].Folder == fault.Folder && errors.Is(fault.Err, disk.ErrUnmounted) {
				folders[i] = FolderHealth{Folder: fault.Folder, Unmounted: true, Problem: fault.Err.Error()}
			}
		}
	}
}

func folderProblems(lookErr string, folders []FolderHealth) (out []string) {
	if lookErr != "" {
		out = append(out, lookErr)
	}
	for _, f := range folders {
		switch {
		case f.Unmounted:
			out = append(out, f.Problem)
		case !f.Present:
			out = append(out, fmt.Sprintf("the folder %s cannot be read: %s. Is its disk connected and mounted?", f.Folder, f.Problem))
		case f.Failing:
			out = append(out, fmt.Sprintf("the disk of %s says that it is failing (%s): make its plots elsewhere", f.Folder, f.About()))
		case f.Celsius > HotCelsius:
			out = append(out, fmt.Sprintf("the disk of %s has %d °C, more than %d", f.Folder, f.Celsius, HotCelsius))
		}
	}
	return out
}

// plotProblems tells each bad file once.
func plotProblems(plots []disk.Plot) (out []string) {
	told := map[string]bool{}
	missing := map[string]int{}
	var folders []string
	for _, p := range plots {
		switch {
		case p.Status == disk.Ready:
		case p.Status == disk.Missing:
			if missing[p.Folder] == 0 {
				folders = append(folders, p.Folder)
			}
			missing[p.Folder]++
		case !told[p.File]:
			told[p.File] = true
			out = append(out, fmt.Sprintf("%s is %s: %s", p.File, p.Status, p.Problem))
		}
	}
	for _, f := range folders {
		out = append(out, fmt.Sprintf("%d plots of %s have vanished", missing[f], f))
	}
	return out
}

// Reached implements trace.Observer: it learns what became of the device's evidence.
func (w *Worker) Reached(step trace.Step, deviceID []byte, window uint64, phase worktypes.Phase) {
	if phase != worktypes.PHASE_PROVE || !slices.Equal(deviceID, w.opts.DeviceID) {
		return
	}
	var o Outcome
	switch step {
	case trace.Signed:
		o = OutcomeSigned
	case trace.Confirmed:
		o = OutcomeAccepted
	case trace.Finished: // after Confirmed this changes nothing
		o = OutcomeLost
	default:
		return
	}
	if err := w.history.outcome(window, o); err != nil {
		w.opts.Log.Warn("keeping the history of scans", "device", w.opts.Device, "error", err)
	}
}
