package diskworker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/durable"
)

const (
	// keptScans bounds the history: six weeks of hourly epochs.
	keptScans = 1024
	// maxHistoryBytes bounds the file that is read back.
	maxHistoryBytes = 8 << 20
	historyVersion  = 1
)

// Outcome is what became of a scan's evidence.
type Outcome string

// The outcomes. A scan without a proof within the threshold has none: that is normal for exp(-λ) of the epochs.
const (
	OutcomeFound    Outcome = "found"
	OutcomeSigned   Outcome = "signed"
	OutcomeAccepted Outcome = "accepted"
	OutcomeLost     Outcome = "lost"
)

// Scan is one window's answer.
type Scan struct {
	Window uint64    `json:"window"`
	Epoch  uint64    `json:"epoch"`
	Time   time.Time `json:"time"`
	// Claimed plots, those of them that were here, and those that were read entirely.
	Claimed uint64 `json:"claimed"`
	Stored  uint64 `json:"stored"`
	Scanned int    `json:"scanned"`
	// Found chains in all plots, Winning ones below the threshold, Proofs in the evidence.
	Found   int    `json:"found"`
	Winning int    `json:"winning"`
	Proofs  int    `json:"proofs"`
	Units   uint64 `json:"units"`
	// Faults counts plots that could not be read and chains that could not be solved.
	Faults int `json:"faults"`
	// ScanSeconds and SolveSeconds make up the answer's time; Bytes were read.
	ScanSeconds  float64 `json:"scan_seconds"`
	SolveSeconds float64 `json:"solve_seconds"`
	Bytes        uint64  `json:"bytes"`
	Outcome      Outcome `json:"outcome,omitempty"`
	Notice       string  `json:"notice,omitempty"`
}

func (s *Scan) take(r disk.ProveResult) {
	s.Scanned, s.Found, s.Winning = r.Scan.Scanned, r.Scan.Found, r.Scan.Winning
	s.Faults = len(r.Unsolved)
	if len(r.Scan.Faults) > 0 {
		s.Faults += faulty(r.Scan.Faults)
	}
	s.ScanSeconds, s.SolveSeconds, s.Bytes = r.Scan.Elapsed.Seconds(), r.Solving.Seconds(), r.Scan.Bytes
}

// history are the newest scans, oldest first. Losing it costs nobody anything: it is shown to people only.
type history struct {
	path string
	mu   sync.Mutex
	list []Scan
}

type historyFile struct {
	Version int    `json:"version"`
	Scans   []Scan `json:"scans"`
}

// openHistory always returns a usable history; the error says why an old one could not be read.
func openHistory(path string) (*history, error) {
	h := &history{path: path}
	if path == "" {
		return h, nil
	}
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if st.Size() > maxHistoryBytes {
		return h, fmt.Errorf("%s has %d bytes, at most %d are read", path, st.Size(), maxHistoryBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return h, err
	}
	var f historyFile
	if err := json.Unmarshal(data, &f); err != nil || f.Version != historyVersion {
		return h, fmt.Errorf("%s is not a history of version %d", path, historyVersion)
	}
	h.list = f.Scans
	return h, nil
}

// add keeps a scan; one of the same window is replaced, but not what is known of its evidence.
func (h *history) add(s Scan) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.find(s.Window); i >= 0 {
		if old := h.list[i].Outcome; old == OutcomeSigned || old == OutcomeAccepted || old == OutcomeLost {
			return nil
		}
		h.list = slices.Delete(h.list, i, i+1)
	}
	h.list = append(h.list, s)
	if n := len(h.list) - keptScans; n > 0 {
		h.list = slices.Delete(h.list, 0, n)
	}
	return h.save()
}

// outcome notes what became of a window's evidence; later news overrides earlier, but an accepted one stays accepted.
func (h *history) outcome(window uint64, o Outcome) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.find(window)
	if i < 0 || h.list[i].Outcome == OutcomeAccepted || h.list[i].Outcome == o {
		return nil
	}
	h.list[i].Outcome = o
	return h.save()
}

func (h *history) find(window uint64) int {
	return slices.IndexFunc(h.list, func(s Scan) bool { return s.Window == window })
}

func (h *history) save() error {
	if h.path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(historyFile{Version: historyVersion, Scans: h.list})
	if err != nil {
		return err
	}
	return durable.WriteFile(h.path, append(data, '\n'), 0o600)
}

// all are the scans, oldest first.
func (h *history) all() []Scan {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.list)
}
