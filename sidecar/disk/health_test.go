package disk

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/stretchr/testify/require"
)

// TestHealthHere: on any machine a folder has a size, and one that is not there has a problem.
func TestHealthHere(t *testing.T) {
	folder := t.TempDir()
	got := Health(context.Background(), folder, filepath.Join(folder, "gone"))
	require.Len(t, got, 2)
	t.Logf("%+v", got[0])
	require.Empty(t, got[0].Problem)
	require.Positive(t, got[0].TotalBytes)
	require.NotEmpty(t, got[1].Problem)
}

func TestMountOf(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	mounts := []disk.PartitionStat{{Mountpoint: "/"}, {Mountpoint: folder + "x"}, {Mountpoint: filepath.Dir(folder)}, {Mountpoint: folder, Fstype: "old"}, {Mountpoint: folder, Fstype: "new"}}
	require.Equal(t, "new", mountOf(folder, mounts).Fstype)
	require.Equal(t, filepath.Dir(folder), mountOf(folder, mounts[:3]).Mountpoint)
	require.Equal(t, "/", mountOf(folder, mounts[:2]).Mountpoint)
	require.Nil(t, mountOf(folder, mounts[1:2]))
	require.Nil(t, mountOf(filepath.Join(folder, "gone"), mounts))
}
