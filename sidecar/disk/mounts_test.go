package disk

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs/vfstest"
)

// remount plays a mount point: with the disk, its files are there; without it, the folder is an empty one of the root.
type remount struct {
	vfs.FS
	disk, root *vfstest.Mem
}

func (r *remount) missing(missing bool) {
	r.FS = r.disk
	if missing {
		r.FS = r.root
	}
}

// mountedDisk is a folder with two plots on a disk of its own, and the record that remembers it.
func mountedDisk(t *testing.T) (*remount, CreateOptions) {
	t.Helper()
	r := &remount{disk: vfstest.New("/mnt/plots"), root: vfstest.New("/mnt/plots")}
	r.missing(false)
	r.root.Mounted("/mnt/plots", "/")
	o := testOptions("/mnt/plots", 2, 1)
	o.MountsFile = filepath.Join(t.TempDir(), "mounts.json")
	_, err := createPlots(t.Context(), r, recall, o)
	require.NoError(t, err)
	return r, o
}

func openMounted(t *testing.T, r *remount, file string) *Store {
	t.Helper()
	s, err := openStore(context.Background(), r, OpenOptions{Owner: testOwner, Folders: []string{"/mnt/plots"}, MountsFile: file})
	require.NoError(t, err)
	return s
}

func statuses(s *Store) (out []Status) {
	for _, p := range s.Plots() {
		out = append(out, p.Status)
	}
	return out
}

// A disk that is unmounted while the sidecar works, or was not mounted when it started, is no disk whose plots were
// deleted.
func TestUnmountedDiskIsAFault(t *testing.T) {
	r, o := mountedDisk(t)
	for name, file := range map[string]string{"recorded": o.MountsFile, "remembered": ""} {
		t.Run(name, func(t *testing.T) {
			r.missing(false)
			s := openMounted(t, r, file)
			require.Empty(t, s.Faults())
			r.missing(true)
			require.NoError(t, s.Refresh(t.Context()))
			require.Len(t, s.Faults(), 1)
			require.ErrorIs(t, s.Faults()[0].Err, ErrUnmounted)
			require.ErrorIs(t, s.Faults()[0].Err, ErrFolder)
			require.ErrorContains(t, s.Faults()[0].Err, "/mnt/plots")
			require.Equal(t, []Status{Missing, Missing}, statuses(s))
			r.missing(false)
			require.NoError(t, s.Refresh(t.Context()))
			require.Empty(t, s.Faults(), "it is mounted again")
			require.Equal(t, []Status{Ready, Ready}, statuses(s))
		})
	}
	r.missing(true)
	require.ErrorIs(t, openMounted(t, r, o.MountsFile).Faults()[0].Err, ErrUnmounted, "not there at the start")
	require.Empty(t, openMounted(t, r, "").Faults(), "nothing is known without a record")
}

func TestDeletedPlotsAreNoUnmountedDisk(t *testing.T) {
	r, o := mountedDisk(t)
	for _, name := range r.disk.Names("/mnt/plots") {
		if isPlotName(name) {
			require.NoError(t, r.Remove(filepath.Join("/mnt/plots", name)))
		}
	}
	require.Empty(t, openMounted(t, r, o.MountsFile).Faults())
}

// No plot is made where the disk is missing: it would fill the disk below.
func TestNoPlotsWhereTheDiskIsMissing(t *testing.T) {
	r, o := mountedDisk(t)
	r.missing(true)
	before := r.root.Ops()
	_, err := createPlots(t.Context(), r, recall, o)
	require.ErrorIs(t, err, ErrUnmounted)
	require.Empty(t, r.root.Names("/mnt/plots"))
	require.ErrorIs(t, err, ErrFolder)
	require.ErrorContains(t, err, "--unmounted")
	require.Less(t, r.root.Ops()-before, 5, "it looks and writes nothing")

	o.Unmounted = true
	_, err = createPlots(t.Context(), r, func(context.Context, plotter.Config) (fragments, error) { return nil, os.ErrDeadlineExceeded }, o)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the owner says that it has gone for good")
	require.Empty(t, openMounted(t, r, o.MountsFile).Faults(), "and it is not asked for again")
	require.Empty(t, recordOf(t, o.MountsFile), "no plots are here yet: a new disk may be mounted")

	_, err = createPlots(t.Context(), r, recall, o)
	require.NoError(t, err)
	require.Equal(t, upTo(2), wholePlots(t, r.root, "/mnt/plots"))
	require.Equal(t, map[string]string{"/mnt/plots": "/"}, recordOf(t, o.MountsFile), "the folder belongs to the disk below from now on")
	require.Empty(t, openMounted(t, r, o.MountsFile).Faults())
}

// All disks that are missing are named at once: whoever lets go of one must know of the others, as their plots' numbers
// are given anew.
func TestAllMissingDisksAreNamed(t *testing.T) {
	fsys := vfstest.New("/mnt/a", "/mnt/b", "/new")
	fsys.Mounted("/mnt/a", "/")
	fsys.Mounted("/mnt/b", "/")
	o := testOptions("/new", 1, 1)
	o.Folders, o.MountsFile = []string{"/mnt/a", "/mnt/b"}, filepath.Join(t.TempDir(), "mounts.json")
	record := `{"version": 1, "folders": {"/mnt/a": "/mnt/a", "/mnt/b": "/mnt/b"}}`
	require.NoError(t, os.WriteFile(o.MountsFile, []byte(record), 0o600))
	_, err := createPlots(t.Context(), fsys, recall, o)
	require.ErrorIs(t, err, ErrUnmounted)
	require.ErrorContains(t, err, "plots of /mnt/a ")
	require.ErrorContains(t, err, "plots of /mnt/b ")
	require.Empty(t, fsys.Names("/new"))
}

// A disk that is unmounted while plots are made ends the work, and the disk below is not taken for the one of the
// plots.
func TestUnmountedWhilePlotsAreMade(t *testing.T) {
	fsys := vfstest.New("/mnt/plots")
	o := testOptions("/mnt/plots", 3, 1)
	o.MountsFile = filepath.Join(t.TempDir(), "mounts.json")
	made := 0
	report, err := createPlots(t.Context(), fsys, func(ctx context.Context, c plotter.Config) (fragments, error) {
		if made++; made == 2 {
			fsys.Mounted("/mnt/plots", "/")
		}
		return recall(ctx, c)
	}, o)
	require.ErrorIs(t, err, ErrUnmounted)
	require.ErrorIs(t, err, ErrFolder)
	require.Len(t, report.Made, 2)
	require.Equal(t, map[string]string{"/mnt/plots": "/mnt/plots"}, recordOf(t, o.MountsFile))
}

// changing is a disk that comes or goes in the middle of a look: before its folder is listed, after, or when its files
// are read.
type changing struct {
	*remount
	before, after, end func()
	mounts             int
}

func (c *changing) Mount(path string) (string, error) {
	if c.mounts++; c.mounts == 2 {
		c.end()
	}
	return c.remount.Mount(path)
}

func (c *changing) ReadDir(path string) ([]os.DirEntry, error) {
	c.before()
	defer c.after()
	return c.remount.ReadDir(path)
}

func TestDiskThatComesOrGoesDuringALook(t *testing.T) {
	r, o := mountedDisk(t)
	nothing, come, gone := func() {}, func() { r.missing(false) }, func() { r.missing(true) }
	for name, tc := range map[string]struct {
		missing            bool
		before, after, end func()
		fault              bool
	}{
		"comes before": {true, come, nothing, nothing, false}, "comes after": {true, nothing, come, nothing, true}, "comes at the end": {true, nothing, nothing, come, true},
		"goes before": {false, gone, nothing, nothing, true}, "goes after": {false, nothing, gone, nothing, true}, "goes at the end": {false, nothing, nothing, gone, false},
	} {
		t.Run(name, func(t *testing.T) {
			r.missing(tc.missing)
			s, err := openStore(t.Context(), &changing{remount: r, before: tc.before, after: tc.after, end: tc.end}, OpenOptions{Owner: testOwner, Folders: []string{"/mnt/plots"}, MountsFile: o.MountsFile})
			require.NoError(t, err)
			require.Equal(t, tc.fault, len(s.Faults()) == 1)
			require.Equal(t, map[string]string{"/mnt/plots": "/mnt/plots"}, recordOf(t, o.MountsFile), "the record holds where the plots are")
		})
	}
}

// A folder that leads to another disk now is no fault while the one of before is mounted: its owner moved it.
func TestFolderThatLeadsToAnotherDisk(t *testing.T) {
	r, o := mountedDisk(t)
	r.missing(true)
	r.root.Mounted("/mnt/plots", "/other")
	require.Len(t, openMounted(t, r, o.MountsFile).Faults(), 1, "both /mnt/plots and what it leads to are elsewhere")
	record := `{"version": 1, "folders": {"/mnt/plots": "/old"}}`
	require.NoError(t, os.WriteFile(o.MountsFile, []byte(record), 0o600))
	require.Empty(t, openMounted(t, r, o.MountsFile).Faults())
	r.root.Mounted("/old", "/")
	require.Len(t, openMounted(t, r, o.MountsFile).Faults(), 1, "/old is an empty folder too")
}

// untold is a system that does not tell mount points.
type untold struct{ vfs.FS }

func (untold) Mount(string) (string, error) { return "", nil }

func TestSystemThatTellsNoMounts(t *testing.T) {
	r, o := mountedDisk(t)
	r.missing(true)
	for _, kept := range []string{o.MountsFile, filepath.Join(t.TempDir(), "new.json")} {
		s, err := openStore(t.Context(), untold{r}, OpenOptions{Owner: testOwner, Folders: []string{"/mnt/plots"}, MountsFile: kept})
		require.NoError(t, err)
		require.Empty(t, s.Faults())
	}
	o.MountsFile = filepath.Join(t.TempDir(), "none.json")
	_, err := createPlots(t.Context(), untold{r}, recall, o)
	require.NoError(t, err)
	require.NoFileExists(t, o.MountsFile)
}

// The record is written when it changes: not at every look.
func TestRecordIsWrittenWhenItChanges(t *testing.T) {
	r, o := mountedDisk(t)
	first, err := os.Stat(o.MountsFile)
	require.NoError(t, err)
	require.NoError(t, openMounted(t, r, o.MountsFile).Refresh(t.Context()))
	second, err := os.Stat(o.MountsFile)
	require.NoError(t, err)
	require.True(t, os.SameFile(first, second))
	require.Equal(t, first.ModTime(), second.ModTime())
}

// recordOf is the mount points of a record by folder.
func recordOf(t *testing.T, file string) map[string]string {
	t.Helper()
	return (&mounts{file: file}).read()
}

func TestDamagedRecordIsBegunAnew(t *testing.T) {
	r, o := mountedDisk(t)
	r.root.Mounted("here", "/")
	for _, text := range []string{
		"", "{", `{"version": 9, "folders": {"/mnt/plots": "/mnt/plots"}}`, "null", `{"version": 1, "folders": {"/mnt/plots": "here"}}`, `{"version": 1, "folders": {"/mnt/plots": ""}}`,
	} {
		require.NoError(t, os.WriteFile(o.MountsFile, []byte(text), 0o600))
		r.missing(true)
		require.Empty(t, openMounted(t, r, o.MountsFile).Faults(), text)
		r.missing(false)
		require.Empty(t, openMounted(t, r, o.MountsFile).Faults(), text)
		record, err := os.ReadFile(o.MountsFile)
		require.NoError(t, err)
		require.JSONEq(t, `{"version": 1, "folders": {"/mnt/plots": "/mnt/plots"}}`, string(record))
	}
}
