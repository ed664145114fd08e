package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	"github.com/joulechain/joule/sidecar/durable"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// creator is one call of CreatePlots.
type creator struct {
	CreateOptions
	fsys     vfs.FS
	mounts   *mounts
	run      runPlotter
	plan     PlotPlan
	report   CreateReport
	progress tracker
	// files are the plot files of Folder, kept up to date.
	files []*plotFile
	// mounted is the mount point above Folder at the beginning; empty where it cannot be told.
	mounted string
}

// CreatePlots makes plots until Folder holds o.Plots of them. Each is usable as soon as it is finished; full groups of
// neighbours are merged to one file. It may be killed or cancelled at any instant: the same call goes on where this one
// ended, losing at most the plot in the making. The error wraps ErrOptions, ErrFolder (ErrUnmounted too where a
// folder's disk is not mounted), ErrBusy, ErrSpace, ErrMemory, the context's cause or the operating system's error; the
// report is valid in any case.
func CreatePlots(ctx context.Context, o CreateOptions) (CreateReport, error) {
	return createPlots(ctx, vfs.OS{}, realPlotter, o)
}

func createPlots(ctx context.Context, fsys vfs.FS, run runPlotter, o CreateOptions) (CreateReport, error) {
	begin := time.Now()
	c := &creator{CreateOptions: o, fsys: fsys, mounts: &mounts{fsys: fsys, file: o.MountsFile}, run: run}
	err := c.all(ctx)
	c.report.Elapsed = time.Since(begin)
	return c.report, err
}

// all is the order of a call. Everything after the lock is this process's alone.
func (c *creator) all(ctx context.Context) error {
	if err := c.complete(c.fsys); err != nil {
		return err
	}
	if err := c.checkMounts(ctx, c.mounts, true); err != nil {
		return err
	}
	c.mounted = c.mounts.where(c.Folder)
	lock, err := c.lockFolders()
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := c.recover(ctx); err != nil {
		return err
	}
	if c.plan, c.files, err = plan(ctx, c.fsys, c.CreateOptions); err != nil {
		return err
	}
	c.progress.begin(c)
	defer c.progress.end()
	if err := c.merge(ctx, false); err != nil {
		return err
	}
	for _, index := range c.plan.Make {
		if err := c.make(ctx, index); err != nil {
			return c.spaceError(err)
		}
		c.report.Made = append(c.report.Made, index)
		if err := c.saw(); err != nil {
			return err
		}
		c.progress.finish(1)
		if err := c.merge(ctx, false); err != nil {
			return err
		}
	}
	return c.merge(ctx, true)
}

// complete fills in defaults and refuses what cannot be meant.
func (o *CreateOptions) complete(fsys vfs.FS) error {
	if err := o.Params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	switch {
	case o.Params.K > maxK:
		return fmt.Errorf("%w: k %d, must be at most %d", ErrOptions, o.Params.K, maxK)
	case o.Owner.ChainID == "":
		return fmt.Errorf("%w: the chain id is empty", ErrOptions)
	case len(o.Owner.DeviceID) == 0 || len(o.Owner.DeviceID) > maxDeviceID:
		return fmt.Errorf("%w: a device id of %d bytes, must be 1…%d", ErrOptions, len(o.Owner.DeviceID), maxDeviceID)
	case o.Plots < 1 || o.Plots > 1<<32:
		return fmt.Errorf("%w: %d plots, must be 1…2^32", ErrOptions, o.Plots)
	case o.Group < 0 || o.Group > MaxGroup:
		return fmt.Errorf("%w: groups of %d plots, must be 1…%d", ErrOptions, o.Group, MaxGroup)
	case o.Threads < 0 || o.Threads > maxThreads:
		return fmt.Errorf("%w: %d threads, must be at most %d", ErrOptions, o.Threads, maxThreads)
	case o.MemoryMiB < 0:
		return fmt.Errorf("%w: %d MiB of memory", ErrOptions, o.MemoryMiB)
	}
	if o.Group == 0 {
		o.Group = DefaultGroup
	}
	if o.Threads == 0 {
		o.Threads = cores()
	}
	if o.Reserve == 0 {
		o.Reserve = DefaultReserve
	}
	if o.TempFolder == "" {
		o.TempFolder = o.Folder
	}
	if least := plotter.MinMemoryMiB(o.Params, o.Threads); o.MemoryMiB != 0 && o.MemoryMiB < least {
		return fmt.Errorf("%w: %d MiB, k=%d at strength %d with %d threads needs at least %d MiB", ErrMemory, o.MemoryMiB, o.Params.K, o.Params.Strength, o.Threads, least)
	}
	if o.MemoryMiB == 0 {
		o.MemoryMiB = defaultMemory(o.Params, o.Threads)
	}
	if _, err := fsys.ReadDir(o.Folder); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	folders, err := distinct(fsys, append([]string{o.Folder}, o.Folders...))
	o.Folders = folders
	return err
}

// distinct drops folders that are listed twice, under whatever names.
func distinct(fsys vfs.FS, folders []string) (out []string, err error) {
	seen := map[string]bool{}
	for _, folder := range folders {
		_, self, err := fsys.Identify(folder)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFolder, err)
		}
		if !seen[self] {
			seen[self] = true
			out = append(out, folder)
		}
	}
	return out, nil
}

// lockFolder makes sure that one process at a time makes plots in a folder, and that it may write there.
func lockFolder(fsys vfs.FS, folder string) (io.Closer, error) {
	lock, err := fsys.Lock(filepath.Join(folder, lockName))
	switch {
	case errors.Is(err, vfs.ErrLocked):
		return nil, fmt.Errorf("%w: another process makes plots in %s", ErrBusy, folder)
	case durable.IsFull(err):
		return nil, fmt.Errorf("%w: %w", ErrSpace, err)
	case err != nil:
		return nil, fmt.Errorf("%w: cannot write to %s: %w", ErrFolder, folder, err)
	}
	return lock, nil
}

// locks are held together.
type locks []io.Closer

func (l locks) Close() error {
	errs := make([]error, 0, len(l))
	for _, lock := range l {
		errs = append(errs, lock.Close())
	}
	return errors.Join(errs...)
}

// lockFolders locks all of the device's folders, although plots are made in one: numbers are chosen by what all of them
// hold, and a process that made plots in another folder meanwhile would take the same ones. A folder that nobody can
// write to needs no lock.
func (c *creator) lockFolders() (held locks, err error) {
	for _, folder := range c.Folders {
		lock, err := lockFolder(c.fsys, folder)
		switch {
		case err == nil:
			held = append(held, lock)
		case folder == c.Folder || errors.Is(err, ErrBusy):
			_ = held.Close()
			return nil, err
		}
	}
	return held, nil
}

// spaceError names a full disk for what it is.
func (c *creator) spaceError(err error) error {
	if durable.IsFull(err) && !errors.Is(err, ErrSpace) {
		return fmt.Errorf("%w: %s is full: %d of %d plots are made; free some space and start again: %w",
			ErrSpace, c.Folder, len(c.report.Made), len(c.plan.Make), err)
	}
	return err
}

// guard refuses to go on where less than the reserve would be left.
func (c *creator) guard(need uint64) error {
	free, err := c.fsys.Free(c.Folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if free < need || free-need < c.Reserve {
		return fmt.Errorf("%w: %s has %s free, %s are needed and %s must stay free; %d of %d plots are made; free some space and start again",
			ErrSpace, c.Folder, size(free), size(need), size(c.Reserve), len(c.report.Made), len(c.plan.Make))
	}
	return nil
}

// PlanPlots says what CreatePlots would do now. It changes nothing but what MountsFile knows. The error wraps what
// CreatePlots would return before it begins, ErrSpace too where not all plots fit.
func PlanPlots(ctx context.Context, o CreateOptions) (PlotPlan, error) {
	fsys := vfs.OS{}
	if err := o.complete(fsys); err != nil {
		return PlotPlan{}, err
	}
	if err := o.checkMounts(ctx, &mounts{fsys: fsys, file: o.MountsFile}, false); err != nil {
		return PlotPlan{}, err
	}
	p, _, err := plan(ctx, fsys, o)
	if err != nil {
		return p, err
	}
	if p.FreeBytes < p.TotalBytes || p.FreeBytes-p.TotalBytes < o.Reserve {
		return p, fmt.Errorf("%w: %s has %s free, %d plots need %s and %s must stay free", ErrSpace, o.Folder,
			size(p.FreeBytes), len(p.Make), size(p.TotalBytes), size(o.Reserve))
	}
	return p, nil
}

// plan looks at all folders. o is complete.
func plan(ctx context.Context, fsys vfs.FS, o CreateOptions) (PlotPlan, []*plotFile, error) {
	p := PlotPlan{PlotBytes: PlotBytes(o.Params), MemoryMiB: o.MemoryMiB, MinMemoryMiB: plotter.MinMemoryMiB(o.Params, o.Threads), Group: o.Group}
	var all, here []*plotFile
	for _, folder := range o.Folders {
		files, err := readFolder(ctx, fsys, o.Owner, folder)
		if err != nil {
			return p, nil, fmt.Errorf("%w: %w", ErrFolder, err)
		}
		all = append(all, files...)
		if folder == o.Folder {
			here = files
		}
	}
	resolve(all)
	used := usedNumbers(all, o.Params)
	for _, f := range here {
		for _, plot := range f.plots() {
			if plot.Params == o.Params && (plot.Status == Ready || plot.Status == Damaged) {
				p.Have++
			}
		}
	}
	for index := uint64(0); p.Have+uint64(len(p.Make)) < o.Plots; index++ {
		if at, taken := slices.BinarySearch(used, index); taken {
			used = used[at+1:]
			continue
		}
		p.Make = append(p.Make, index)
		if uint64(len(p.Make)) > maxPlan {
			return p, nil, fmt.Errorf("%w: %d plots at once, at most %d", ErrOptions, o.Plots, maxPlan)
		}
	}
	p.TotalBytes = p.PlotBytes * uint64(len(p.Make))
	p.TempBytes = plotter.SpillBytes(o.Params, o.Threads, o.MemoryMiB)
	if o.Group > 1 {
		p.TempBytes = max(p.TempBytes, p.PlotBytes*min(uint64(o.Group), o.Plots))
	}
	free, err := fsys.Free(o.Folder)
	if err != nil {
		return p, nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	p.FreeBytes = free
	p.Resumes = hasLeftovers(fsys, o.Folder)
	// A group is merged into a new file while the old ones are still there.
	for p.Group > 1 && uint64(p.Group)*p.PlotBytes+p.TotalBytes+o.Reserve > free {
		p.Group /= 2
	}
	return p, here, nil
}

// usedNumbers are the numbers of all plots with these parameters, ascending; of unreadable files those in their names.
func usedNumbers(files []*plotFile, params proof.Params) (used []uint64) {
	for _, f := range files {
		first, plots := f.header.First, uint64(f.header.Plots)
		switch {
		case f.status == Foreign:
			continue
		case f.status == Unreadable:
			first, plots = numbersInName(filepath.Base(f.path), params)
		case f.header.Params != params:
			continue
		}
		for i := range plots {
			used = append(used, first+i)
		}
	}
	slices.Sort(used)
	return slices.Compact(used)
}
