package disk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
)

// The operations that a journal speaks of.
const (
	opPlot  = "plot"
	opMerge = "merge"
)

// journal says what is being made in a folder. It is written before the file that it names, and removed when that has
// its name.
type journal struct {
	Version int    `json:"version"`
	Op      string `json:"op"`
	// Making is the temporary name, Final the name that it gets.
	Making string `json:"making"`
	Final  string `json:"final"`
	First  uint64 `json:"first"`
	Plots  int    `json:"plots"`
	// Slot and Tiles belong to a merge: the size of its tiles, and how many of them are on the disk.
	Slot  uint32 `json:"slot,omitempty"`
	Tiles uint32 `json:"tiles,omitempty"`
	// Sources are the files that a merge replaces.
	Sources []string `json:"sources,omitempty"`
}

// write replaces the journal durably.
func (j *journal) write(fsys vfs.FS, folder string) error {
	j.Version = 1
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, journalName)
	temp := path + makingSuffix
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = fsys.Replace(temp, path)
	}
	if err != nil {
		_ = fsys.Remove(temp)
		return err
	}
	return fsys.SyncDir(folder)
}

// readJournal returns nil where there is none, or none that can be understood: then nothing that it named is taken for
// anything but a leftover.
func readJournal(fsys vfs.FS, folder string) *journal {
	f, err := fsys.Open(filepath.Join(folder, journalName))
	if err != nil {
		return nil
	}
	defer f.Close()
	n, err := f.Size()
	if err != nil || n > 1<<20 {
		return nil
	}
	data := make([]byte, n)
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil
	}
	var j journal
	if json.Unmarshal(data, &j) != nil || j.Version != 1 || !isPlotName(j.Final) || j.Making != j.Final+makingSuffix || filepath.Base(j.Final) != j.Final {
		return nil
	}
	for _, source := range j.Sources {
		if !isPlotName(source) || filepath.Base(source) != source {
			return nil
		}
	}
	return &j
}

// hasLeftovers says whether an interrupted call left something in the folder.
func hasLeftovers(fsys vfs.FS, folder string) bool {
	entries, _ := fsys.ReadDir(folder)
	for _, entry := range entries {
		if entry.Name() == journalName || isLeftover(entry.Name()) {
			return true
		}
	}
	return false
}

// recover puts the folder in order after an interrupted call: a finished merge loses its sources, an unfinished one is
// kept to go on with, anything else that is incomplete is deleted.
func (c *creator) recover(ctx context.Context) error {
	j := readJournal(c.fsys, c.Folder)
	keep := ""
	if j != nil && j.Op == opMerge {
		done, err := c.finishMerge(ctx, j)
		if err != nil {
			return err
		}
		if !done {
			keep = j.Making
		}
	}
	entries, err := c.fsys.ReadDir(c.Folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for _, entry := range entries {
		name := entry.Name()
		drop := isLeftover(name) && name != keep || name == journalName && keep == ""
		if !drop {
			continue
		}
		if err := c.fsys.Remove(filepath.Join(c.Folder, name)); err != nil {
			return fmt.Errorf("%w: a leftover cannot be removed: %w", ErrFolder, err)
		}
		if name != journalName {
			c.report.Removed = append(c.report.Removed, name)
		}
	}
	return c.fsys.SyncDir(c.Folder)
}

// finishMerge removes the sources of a merge whose file has its name already; it says whether that was so.
func (c *creator) finishMerge(ctx context.Context, j *journal) (bool, error) {
	files, err := readFolder(ctx, c.fsys, c.Owner, c.Folder)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	byName := map[string]*plotFile{}
	for _, f := range files {
		byName[filepath.Base(f.path)] = f
	}
	group := byName[j.Final]
	if group == nil || group.status != Ready || group.header.First != j.First || group.header.Plots != j.Plots {
		return false, nil
	}
	for _, name := range j.Sources {
		source := byName[name]
		if source == nil || source.status != Ready && source.status != Damaged {
			continue
		}
		if _, held := group.holds(source.header.Params, source.header.First); !held || source.end() > group.end() {
			continue
		}
		if err := c.fsys.Remove(source.path); err != nil {
			return false, err
		}
		c.report.Removed = append(c.report.Removed, name)
	}
	return true, c.fsys.SyncDir(c.Folder)
}
