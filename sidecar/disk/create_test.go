package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs/vfstest"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

func TestCreateAndMerge(t *testing.T) {
	m := vfstest.New("/a", "/b")
	o := testOptions("/a", 3, 1)
	report, err := createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 2}, report.Made)
	require.Zero(t, report.Merged)
	require.Equal(t, upTo(3), wholePlots(t, m, "/a"))
	require.Len(t, m.Names("/a"), 3)

	// Nothing is left to do.
	report, err = createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	require.Empty(t, report.Made)

	// Another folder gets other numbers; the full group of four is merged, the rest too in the end.
	o = testOptions("/b", 6, 4)
	o.Folders = []string{"/a", "/b"}
	report, err = createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 4, 5, 6, 7, 8}, report.Made)
	require.Equal(t, 1, report.Merged)
	require.Equal(t, []uint64{3, 4, 5, 6, 7, 8}, wholePlots(t, m, "/b"))
	require.Len(t, m.Names("/b"), 3, "3, 4-7, 8")

	// A larger group takes the smaller ones along.
	o = testOptions("/a", 4, 16)
	report, err = createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	require.Equal(t, 1, report.Merged)
	require.Equal(t, upTo(4), wholePlots(t, m, "/a"), "number 3 of /b is not known here")
	require.Len(t, m.Names("/a"), 1)
	o.Plots = 5
	report, err = createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	require.Zero(t, report.Merged, "one more plot does not copy four")
	require.Equal(t, upTo(5), wholePlots(t, m, "/a"))
}

// TestCreateSurvives cuts the power, kills the process or breaks the disk at every single operation of a call that
// makes and merges plots. Whatever is then called a plot is whole, and the same call finishes the work.
func TestCreateSurvives(t *testing.T) {
	syncEvery = 300 << 10 // a merge in several parts
	defer func() { syncEvery = 1 << 30 }()
	o := testOptions("/a", 3, 2)
	m := vfstest.New("/a")
	_, err := createPlots(context.Background(), m, recall, o)
	require.NoError(t, err)
	total, step := m.Ops(), 1
	if testing.Short() {
		step = 5
	}
	broken := errors.New("input/output error")
	for _, mode := range []string{"power", "kill", "error"} {
		for n := 0; n < total; n += step {
			m := vfstest.New("/a")
			m.Before = func(i int, op, path string) error {
				switch {
				case i < n:
					return nil
				case mode == "error" && i > n:
					return nil
				case mode == "error":
					return broken
				}
				return vfstest.ErrPower
			}
			first, err := createPlots(context.Background(), m, recall, o)
			at := fmt.Sprintf("%s at operation %d of %d", mode, n, total)
			if err == nil {
				require.Equal(t, upTo(3), wholePlots(t, unbroken(m), "/a"), "%s: success is success", at)
			}
			if mode != "error" {
				m = m.Reboot(mode == "power")
			}
			m.Before = nil
			whole := wholePlots(t, m, "/a")
			require.Subset(t, upTo(3), whole, at)
			require.Subset(t, whole, first.Made, "%s: what was reported lasts", at)
			report, err := createPlots(context.Background(), m, recall, o)
			require.NoError(t, err, at)
			require.LessOrEqual(t, len(report.Made)+len(slices.Compact(whole)), 3, "%s: %v were there, %v were made", at, whole, report.Made)
			require.Equal(t, upTo(3), wholePlots(t, m, "/a"), at)
			require.Len(t, m.Names("/a"), 2, "%s: nothing is left over: %v", at, m.Names("/a"))
		}
	}
	t.Logf("%d operations", total)
}

// unbroken is the file system as another process sees it.
func unbroken(m *vfstest.Mem) *vfstest.Mem {
	m.Before = nil
	return m.Reboot(false)
}

// TestDiskFull: the disk fills up while a plot is written or merged. What was finished stays, the error says what to
// do, and with room the call ends.
func TestDiskFull(t *testing.T) {
	size := PlotBytes(testParams)
	for _, certain := range []bool{true, false} {
		for plots := range uint64(4) {
			m := vfstest.New("/a")
			m.Certain, m.Capacity = certain, plots*size+size/2
			o := testOptions("/a", 4, 4)
			_, err := createPlots(context.Background(), m, recall, o)
			require.ErrorIs(t, err, ErrSpace)
			require.ErrorContains(t, err, "start again")
			require.Equal(t, upTo(plots), append([]uint64(nil), wholePlots(t, m, "/a")...)[:plots])
			m.Capacity = 20 * size
			_, err = createPlots(context.Background(), m, recall, o)
			require.NoError(t, err)
			require.Equal(t, upTo(4), wholePlots(t, m, "/a"))
			require.Len(t, m.Names("/a"), 1)
		}
	}
	// Somebody else fills the disk after the guard looked.
	m := vfstest.New("/a")
	m.Before = func(_ int, op, _ string) error {
		if op == "allocate" {
			return syscall.ENOSPC
		}
		return nil
	}
	_, err := createPlots(context.Background(), m, recall, testOptions("/a", 1, 1))
	require.ErrorIs(t, err, ErrSpace)
	require.Empty(t, m.Names("/a"))
	// Room for the plots but not for a group beside them: they stay single.
	m = vfstest.New("/a")
	m.Capacity = 5*size - size/2
	report, err := createPlots(context.Background(), m, recall, testOptions("/a", 4, 4))
	require.NoError(t, err)
	require.Equal(t, upTo(4), wholePlots(t, m, "/a"))
	t.Log(report.Merged, m.Names("/a"))
}

// TestSlotsThatAreTooSmall: a file whose tiles do not fit is written again with larger ones.
func TestSlotsThatAreTooSmall(t *testing.T) {
	lessSlack = 20
	defer func() { lessSlack = 0 }()
	m := vfstest.New("/a")
	_, err := createPlots(context.Background(), m, recall, testOptions("/a", 2, 2))
	require.NoError(t, err)
	require.Equal(t, upTo(2), wholePlots(t, m, "/a"))
	require.Len(t, m.Names("/a"), 1)
}

func TestCreateRefuses(t *testing.T) {
	m := vfstest.New("/a")
	for name, c := range map[string]struct {
		change func(*CreateOptions)
		want   error
		text   string
	}{
		"k":           {func(o *CreateOptions) { o.Params.K = 19 }, proof.ErrParams, "k 19"},
		"k 32":        {func(o *CreateOptions) { o.Params.K = 32 }, ErrOptions, "at most 30"},
		"strength":    {func(o *CreateOptions) { o.Params.Strength = 1 }, ErrOptions, "strength 1"},
		"chain":       {func(o *CreateOptions) { o.Owner.ChainID = "" }, ErrOptions, "chain id"},
		"device":      {func(o *CreateOptions) { o.Owner.DeviceID = nil }, ErrOptions, "device id"},
		"long device": {func(o *CreateOptions) { o.Owner.DeviceID = make([]byte, 65) }, ErrOptions, "device id"},
		"plots":       {func(o *CreateOptions) { o.Plots = 0 }, ErrOptions, "0 plots"},
		"group":       {func(o *CreateOptions) { o.Group = 1025 }, ErrOptions, "1025 plots"},
		"threads":     {func(o *CreateOptions) { o.Threads = -1 }, ErrOptions, "threads"},
		"memory":      {func(o *CreateOptions) { o.MemoryMiB = 1 }, ErrMemory, fmt.Sprint(MinMemoryMiB(testParams, 2), " MiB")},
		"negative":    {func(o *CreateOptions) { o.MemoryMiB = -1 }, ErrOptions, "memory"},
		"folder":      {func(o *CreateOptions) { o.Folder = "/none" }, ErrFolder, "/none"},
		"others":      {func(o *CreateOptions) { o.Folders = []string{"/gone"} }, ErrFolder, "/gone"},
	} {
		o := testOptions("/a", 1, 1)
		c.change(&o)
		_, err := createPlots(context.Background(), m, recall, o)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, c.text, name)
	}
	require.Empty(t, m.Names("/a"))
	// Not writable, and busy.
	m.Before = func(_ int, op, _ string) error {
		if op == "lock" {
			return syscall.EACCES
		}
		return nil
	}
	_, err := createPlots(context.Background(), m, recall, testOptions("/a", 1, 1))
	require.ErrorIs(t, err, ErrFolder)
	require.ErrorIs(t, err, fs.ErrPermission)
	m.Before = nil
	lock, err := m.Lock("/a/" + lockName)
	require.NoError(t, err)
	_, err = createPlots(context.Background(), m, recall, testOptions("/a", 1, 1))
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, lock.Close())

	// Numbers are the device's: who makes plots in one of its folders keeps others from choosing the same ones in
	// another.
	both := vfstest.New("/a", "/b")
	lock, err = both.Lock("/a/" + lockName)
	require.NoError(t, err)
	other := testOptions("/b", 1, 1)
	other.Folders = []string{"/a", "/b"}
	_, err = createPlots(context.Background(), both, recall, other)
	require.ErrorIs(t, err, ErrBusy)
	require.ErrorContains(t, err, "/a")
	require.Empty(t, both.Names("/b"), "nothing was begun, and nothing is held")
	require.NoError(t, lock.Close())
	_, err = createPlots(context.Background(), both, recall, other)
	require.NoError(t, err)
	lock, err = both.Lock("/a/" + lockName)
	require.NoError(t, err, "both locks are given back")
	require.NoError(t, lock.Close())
}

// TestCreateCancelled: a cancelled call says why, and leaves nothing but finished plots.
func TestCreateCancelled(t *testing.T) {
	m := vfstest.New("/a")
	reason := errors.New("the owner changed their mind")
	ctx, cancel := context.WithCancelCause(context.Background())
	made := 0
	m.Before = func(_ int, op, _ string) error {
		if op == "rename" {
			if made++; made == 2 {
				cancel(reason)
			}
		}
		return nil
	}
	report, err := createPlots(ctx, m, recall, testOptions("/a", 5, 1))
	require.ErrorIs(t, err, reason)
	require.Equal(t, []uint64{0, 1}, report.Made)
	require.Equal(t, upTo(2), wholePlots(t, m, "/a"))
	require.Len(t, m.Names("/a"), 2)
}
