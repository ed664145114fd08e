package disk

import (
	"time"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Bounds and defaults of CreateOptions.
const (
	// DefaultGroup is how many plots share a file unless asked otherwise: a challenge then costs four reads for all of
	// them.
	DefaultGroup = 128
	// MaxGroup bounds the plots of one file.
	MaxGroup = 1024
	// DefaultReserve is left free on the disk: 1 GiB.
	DefaultReserve = 1 << 30
)

// CreateOptions are the arguments of PlanPlots and CreatePlots.
type CreateOptions struct {
	Owner  Owner
	Params proof.Params
	// Folder receives the plots; it must exist and be writable.
	Folder string
	// Folders are all folders that may hold this device's plots. New plots take the lowest numbers that none of them
	// uses. A listed folder that cannot be read is an error: its numbers would be given twice.
	Folders []string
	// Plots is how many plots Folder shall hold in the end, those that are there included: 1…2^32.
	Plots uint64
	// Group is the number of plots in a file, 1…MaxGroup; 0 means DefaultGroup, 1 keeps every plot in a file of its
	// own. Plots are made one by one and usable at once; full groups of neighbours are then merged.
	Group int
	// Threads is the number of cores to use; 0 means all.
	Threads int
	// MemoryMiB bounds the plotter's memory; what does not fit goes through a temporary file. 0 means what one plot
	// needs, or half of the machine's free memory where that is less.
	MemoryMiB int
	// TempFolder is where that temporary file lies; empty means Folder.
	TempFolder string
	// Reserve are bytes that must stay free on the disk; 0 means DefaultReserve.
	Reserve uint64
	// MountsFile remembers on which file systems plots were seen in each folder, so that a disk that is not mounted is
	// told from one without plots; empty remembers nothing. A file that is missing or damaged is begun anew. Where it
	// says that a folder's disk is not mounted nothing is made; Unmounted goes on: the disk has gone for good, and its
	// plots' numbers are given anew.
	MountsFile string
	Unmounted  bool
	// Progress, if set, is called from one goroutine at a time, at most some ten times a second. It must not block.
	Progress func(Progress)
}

// PlotPlan is what CreatePlots would do.
type PlotPlan struct {
	// Have are the plots that Folder holds already, Make the numbers of those to be made, in order.
	Have uint64
	Make []uint64
	// PlotBytes is the size of one plot's file (an upper bound), TotalBytes that of all that are to be made, TempBytes
	// what the plotter's temporary file and the merging of a group need besides for a while, FreeBytes what the disk
	// has.
	PlotBytes, TotalBytes, TempBytes, FreeBytes uint64
	// MemoryMiB is the memory that will be used, MinMemoryMiB the least that works with these options.
	MemoryMiB, MinMemoryMiB int
	// Group is the group size that will be used: less than asked where the disk has no room to merge more.
	Group int
	// Resumes says that an interrupted call left work in the folder.
	Resumes bool
}

// CreateReport is what CreatePlots did. It is filled in on errors too.
type CreateReport struct {
	// Made are the numbers of the plots that were made, Merged the group files that were written.
	Made   []uint64
	Merged int
	// Removed are leftovers of an interrupted call that were deleted.
	Removed []string
	// Problems are lines about what did not succeed and does no harm: plots that stay in files of their own.
	Problems []string
	// Elapsed is the time of the whole call.
	Elapsed time.Duration
}

// OpenOptions are the arguments of Open.
type OpenOptions struct {
	Owner Owner
	// Folders are searched for plot files, not their subfolders. A folder that cannot be read is reported and does not
	// stop the others.
	Folders []string
	// Readers is the number of reads at once per disk; 0 means 2 on hard disks and 16 on others.
	Readers int
	// Threads is the number of cores for chaining and solving; 0 means all.
	Threads int
	// MountsFile is that of CreateOptions; empty remembers while the store is open.
	MountsFile string
}
