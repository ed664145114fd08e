package drive

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNVMeReport(t *testing.T) {
	var b [reportBytes]byte
	binary.LittleEndian.PutUint16(b[1:], 273+41)
	b[5] = 7
	binary.LittleEndian.PutUint64(b[128:], 12345)
	binary.LittleEndian.PutUint64(b[160:], 3)
	var d Drive
	d.nvmeReport(&b)
	require.Equal(t, Drive{Temperature: known(41), Failing: known(false), UsedPercent: known(7), PowerOnHours: known(uint64(12345)), MediaErrors: known(uint64(3))}, d)
	b[0] = 4
	d.nvmeReport(&b)
	require.True(t, *d.Failing)
}

func TestATAReport(t *testing.T) {
	var b [reportBytes]byte
	for i, a := range [][]byte{
		{5, 0, 0, 100, 100, 8, 0, 0, 0, 0, 0},
		{9, 0, 0, 90, 90, 0x10, 0x27, 0, 0, 5, 0},
		{194, 0, 0, 65, 50, 35, 0, 18, 0, 50, 0},
		{197, 0, 0, 100, 100, 2, 0, 0, 0, 0, 0},
		{198, 0, 0, 100, 100, 1, 0, 0, 0, 0, 0},
	} {
		copy(b[2+12*i:], a)
	}
	var d Drive
	b[511] = 1
	require.False(t, d.ataReport(&b), "a wrong checksum")
	b[511] = 0
	var sum byte
	for _, v := range b {
		sum += v
	}
	b[511] = -sum
	require.True(t, d.ataReport(&b))
	require.Equal(t, Drive{Temperature: known(35), PowerOnHours: known(uint64(10000)), ReallocatedSectors: known(uint64(8)), MediaErrors: known(uint64(3))}, d)
}

func TestATAVerdict(t *testing.T) {
	sense := make([]byte, 22)
	sense[0], sense[8], sense[9] = 0x72, 9, 12
	for _, c := range []struct {
		mid, high byte
		want      *bool
	}{{0x4f, 0xc2, known(false)}, {0xf4, 0x2c, known(true)}, {0, 0, nil}} {
		var d Drive
		sense[17], sense[19] = c.mid, c.high
		d.ataVerdict(sense)
		require.Equal(t, c.want, d.Failing)
	}
	var d Drive
	d.ataVerdict(nil)
	require.Nil(t, d.Failing)
}

// TestLookHere: whatever machine this is, nothing but facts or their absence comes back.
func TestLookHere(t *testing.T) {
	d := Look(t.TempDir())
	t.Logf("%+v", d)
	require.True(t, d.Name != "" || d.Unknown != "")
	require.Equal(t, "no local disk", Look("/proc/self/nothing").Unknown)
}
