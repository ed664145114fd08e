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

// A disk that is unmounted while the sidecar works, or was not mounted when it started, is no disk whose plots were deleted.
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
	require.Less(t, r.root.Ops()-before, 5, "it looks and writes nothing")

	o.Unmounted = true
	_, err = createPlots(t.Context(), r, func(context.Context, plotter.Config) (fragments, error) { return nil, os.ErrDeadlineExceeded }, o)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the owner says that it has gone for good")
	require.Empty(t, openMounted(t, r, o.MountsFile).Faults(), "and it is not asked for again")
}

func TestDamagedRecordIsBegunAnew(t *testing.T) {
	r, o := mountedDisk(t)
	for _, text := range []string{"", "{", `{"version": 9, "folders": {"/mnt/plots": "/elsewhere"}}`, "null"} {
		require.NoError(t, os.WriteFile(o.MountsFile, []byte(text), 0o600))
		require.Empty(t, openMounted(t, r, o.MountsFile).Faults(), text)
		record, err := os.ReadFile(o.MountsFile)
		require.NoError(t, err)
		require.JSONEq(t, `{"version": 1, "folders": {"/mnt/plots": "/mnt/plots"}}`, string(record))
	}
}

// The machine's own file systems: what lies on one has its mount point above it.
func TestMountOfTheMachine(t *testing.T) {
	folder := t.TempDir()
	mount, err := vfs.OS{}.Mount(folder)
	require.NoError(t, err)
	if mount == "" {
		t.Skip("this system does not tell where its file systems begin")
	}
	rel, err := filepath.Rel(mount, folder)
	require.NoError(t, err)
	require.NotContains(t, rel, "..")
	_, err = vfs.OS{}.Mount(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
