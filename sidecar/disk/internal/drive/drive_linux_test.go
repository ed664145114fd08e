package drive

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, content string, parts ...string) {
	t.Helper()
	name := filepath.Join(parts...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
}

// TestLookTree reads a made-up /sys: a partition of a hard disk, and an encrypted volume above it.
func TestLookTree(t *testing.T) {
	sys := t.TempDir()
	sda := filepath.Join(sys, "devices", "pci", "block", "sda")
	write(t, "1\n", sda, "queue", "rotational")
	write(t, "ATA     \n", sda, "device", "vendor")
	write(t, "HARD  DISK 10000 \n", sda, "device", "model")
	write(t, "19532873728\n", sda, "size")
	write(t, "38000\n", sda, "device", "hwmon", "hwmon2", "temp1_input")
	write(t, "1\n", sda, "sda1", "partition")
	dm := filepath.Join(sys, "devices", "virtual", "block", "dm-0")
	require.NoError(t, os.MkdirAll(filepath.Join(dm, "slaves"), 0o755))
	require.NoError(t, os.Symlink(filepath.Join(sda, "sda1"), filepath.Join(dm, "slaves", "sda1")))
	for _, from := range []string{sda, filepath.Join(sda, "sda1"), dm} {
		d := look(wholeDisk(from))
		require.Equal(t, Drive{Name: "sda", Model: "ATA HARD DISK 10000", SizeBytes: 19532873728 * 512, Rotating: true, Temperature: known(38)}, d)
	}
	empty := filepath.Join(sys, "devices", "virtual", "block", "ram0")
	require.NoError(t, os.MkdirAll(empty, 0o755))
	require.Equal(t, Drive{Name: "ram0"}, look(wholeDisk(empty)))
	require.ErrorContains(t, new(Drive).ask("/dev/null"), "makes no report")
	d := Drive{Name: "sda"}
	require.Error(t, d.ask("/dev/null"))
	d.Name = "nvme0n1"
	require.Error(t, d.ask("/dev/null"))
}

// TestKernelStructs: the sizes that the kernel expects on 64-bit systems.
func TestKernelStructs(t *testing.T) {
	require.Equal(t, uintptr(72), unsafe.Sizeof(nvmeAdminCommand{}))
	if unsafe.Sizeof(uintptr(0)) == 8 {
		require.Equal(t, uintptr(88), unsafe.Sizeof(sgHeader{}))
	}
}
