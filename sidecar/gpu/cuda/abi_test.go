//go:build linux

package cuda

import (
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/dl"
)

// TestCallsArriveInC binds a real shared library: argument orders, widths and
// strings as C sees them.
func TestCallsArriveInC(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	path := filepath.Join(t.TempDir(), "libcuda_echo.so")
	out, err := exec.Command("cc", "-shared", "-fPIC", "-w", "-o", path, "testdata/libcuda_echo.c").CombinedOutput()
	require.NoError(t, err, string(out))
	echo := func(...string) (dl.Library, error) { return dl.Open(path) }

	infos, warnings, err := List(echo)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, Info{
		ordinal: 41, Name: "Echo", Bus: "0000:02:00.0", Major: 8, Minor: 6, Multiprocessors: 5,
		MemoryBytes: 5 << 32, Driver: "12.8", sharedBytes: 101376,
	}, infos[0])

	a, err := open(echo)
	require.NoError(t, err)
	d, err := a.open(0)
	require.NoError(t, err)
	m, err := d.Allocate(64)
	require.NoError(t, err)
	require.NoError(t, d.Write(m, make([]byte, 64)))
	require.NoError(t, d.Launch(card.Launch{
		Kernel: "joule_abc", Groups: 1 << 30, Items: 256, Shared: 98304,
		Args: []card.Arg{{Memory: m}, {Word: 0xffffffff}, {Word: 0}, {Word: 77}},
	}))
	require.NoError(t, d.Wait())
	raw := make([]byte, 60)
	require.NoError(t, d.Read(raw, m, 4))
	var got []uint32
	for i := 0; i < 44; i += 4 {
		got = append(got, binary.LittleEndian.Uint32(raw[i:]))
	}
	require.Equal(t, []uint32{1, 1, 256, 1, 1, 98304, 0, 0, 0xffffffff, 0, 77}, got)
	require.Equal(t, "joule_abc", text(raw[44:]))
	require.NoError(t, d.Free(m))
	require.NoError(t, d.Close())

	_, err = a.open(0) // the library refuses the second module
	require.ErrorIs(t, err, gpu.ErrBuild)
	require.ErrorContains(t, err, "echo's log")
}
