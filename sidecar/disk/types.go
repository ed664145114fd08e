package disk

import (
	"errors"
	"time"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Sentinel errors. Errors of this package wrap one of them, or the operating system's.
var (
	// ErrOptions: an option is out of range; the text names it and its limits.
	ErrOptions = errors.New("disk: invalid option")
	// ErrFolder: a folder is missing, not a folder, or not writable.
	ErrFolder = errors.New("disk: unusable folder")
	// ErrUnmounted: a folder's plots were on a disk that is not mounted now. It comes with ErrFolder.
	ErrUnmounted = errors.New("disk: the folder's disk is not mounted")
	// ErrBusy: another process makes plots in the folder.
	ErrBusy = errors.New("disk: folder in use")
	// ErrSpace: the disk has too little room. What was finished stays, and the same call goes on once there is room.
	ErrSpace = errors.New("disk: not enough free space")
	// ErrMemory: the memory limit is below what the plotter needs; the text names the minimum.
	ErrMemory = errors.New("disk: memory limit too small")
	// ErrForeign: a plot belongs to another device or chain.
	ErrForeign = errors.New("disk: foreign plot")
	// ErrDuplicate: two files hold one plot.
	ErrDuplicate = errors.New("disk: duplicate plot")
	// ErrFormat: a file is no plot file of a version that this program reads, or its header is damaged.
	ErrFormat = errors.New("disk: not a plot file")
	// ErrDamaged: a block's checksum or content is wrong.
	ErrDamaged = errors.New("disk: damaged plot")
	// ErrNoPlot: the store holds no such plot.
	ErrNoPlot = errors.New("disk: no such plot")
	// ErrUnsolved: no x-values were found behind a chain, so its fragments are not those of the plot.
	ErrUnsolved = errors.New("disk: chain cannot be solved")
)

// Owner says whose plots are meant: both fields enter every plot's id.
type Owner struct {
	ChainID  string
	DeviceID []byte
}

// Status says whether a plot is used.
type Status string

// The states of a plot.
const (
	// Ready: it takes part in scans.
	Ready Status = "ready"
	// Damaged: a checksum failed; what is readable of it still takes part.
	Damaged Status = "damaged"
	// Foreign: made for another device or chain; never used, never deleted.
	Foreign Status = "foreign"
	// Duplicate: another file holds the same plot; this one is not used.
	Duplicate Status = "duplicate"
	// Unreadable: no plot file of ours, or it could not be opened or read.
	Unreadable Status = "unreadable"
	// Missing: it was there and its file or disk has gone.
	Missing Status = "missing"
)

// Plot is one plot, or one file that is not usable as plots.
type Plot struct {
	// Index is the plot's number on its device; 0 where the header is unreadable.
	Index  uint64
	ID     proof.PlotID
	Params proof.Params
	// Folder is the configured folder, File the path.
	Folder, File string
	// Grouped is the number of plots in the file.
	Grouped int
	// Bytes are this plot's share of the file.
	Bytes  uint64
	Status Status
	// Problem is one line where Status is not Ready.
	Problem string
}

// Phase names what CreatePlots does.
type Phase string

// The phases of a plot's making, in order; Merging comes once for a group.
const (
	Table1  Phase = "table 1"
	Table2  Phase = "table 2"
	Table3  Phase = "table 3"
	Writing Phase = "writing"
	Merging Phase = "merging"
)

// Progress is one report of CreatePlots.
type Progress struct {
	// Index is the plot being made, or the first one of the group being merged.
	Index uint64
	Phase Phase
	// PhaseDone of PhaseTotal parts of this phase are done.
	PhaseDone, PhaseTotal uint64
	// PlotsDone of PlotsTotal plots are finished files.
	PlotsDone, PlotsTotal int
	// Fraction is the share of the whole call's work that is done, 0…1, by a model of the work (hashes and bytes), not
	// by counting phases.
	Fraction float64
	// Elapsed is the time since the call began; Remaining the estimate from the speed so far, 0 until there is one.
	Elapsed, Remaining time.Duration
}
