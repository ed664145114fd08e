//go:build unix

package disk

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// killFolder tells a test binary to be the process that is killed.
const killFolder = "JOULE_TEST_KILL_FOLDER"

// TestMain is the test binary, or the process that TestKill kills.
func TestMain(m *testing.M) {
	if folder := os.Getenv(killFolder); folder != "" {
		o := killOptions(folder)
		if _, err := CreatePlots(context.Background(), o); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func killOptions(folder string) CreateOptions {
	o := testOptions(folder, 5, 2)
	o.MemoryMiB = MinMemoryMiB(testParams, 2) // so that there is a temporary file
	return o
}

// TestKill kills a real process with SIGKILL at random instants, over and over, until one gets through: then all plots
// are there, whole, and nothing else.
func TestKill(t *testing.T) {
	if testing.Short() || !proof.Accelerated() {
		t.Skip("plots take a while")
	}
	folder := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	for i := range uint64(5) { // wholePlots compares with these
		id := proof.DerivePlotID(testOwner.ChainID, testOwner.DeviceID, 2, i)
		_, err := recall(context.Background(), plotterConfig(id))
		require.NoError(t, err)
	}
	killed, seen := 0, 0
	for {
		require.Less(t, killed, 300)
		c := exec.Command(self)
		c.Env = append(os.Environ(), killFolder+"="+folder)
		c.Stderr = os.Stderr
		require.NoError(t, c.Start())
		// Later and later, so that the end is reached on any machine.
		timer := time.AfterFunc(time.Duration(rand.IntN(100+20*killed))*time.Millisecond, func() { _ = c.Process.Kill() })
		err := c.Wait()
		timer.Stop()
		if err == nil {
			break
		}
		require.NotEqual(t, 3, c.ProcessState.ExitCode(), "the call itself failed")
		killed++
		whole := slices.Compact(wholePlots(t, vfs.OS{}, folder))
		require.GreaterOrEqual(t, len(whole), seen, "no finished plot is lost")
		seen = len(whole)
	}
	require.Equal(t, upTo(5), wholePlots(t, vfs.OS{}, folder))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 4, "0-1, 2-3, 4 and the lock's file: %v", entries)
	t.Logf("killed %d times", killed)
	s, err := Open(context.Background(), OpenOptions{Owner: testOwner, Folders: []string{folder}})
	require.NoError(t, err)
	report, err := s.Check(context.Background(), 1, CheckOptions{})
	require.NoError(t, err)
	require.True(t, report.Whole())
}

// TestRealFolder: what needs the operating system: plans, busy folders, folders without permission, links to the same
// folder.
func TestRealFolder(t *testing.T) {
	folder := t.TempDir()
	o := testOptions(folder, 2, 2)
	plan, err := PlanPlots(context.Background(), o)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1}, plan.Make)
	require.Positive(t, plan.FreeBytes)
	require.False(t, plan.Resumes)
	link := folder + "-again"
	require.NoError(t, os.Symlink(folder, link))
	defer os.Remove(link)
	o.Folders = []string{link, folder}
	var last Progress
	o.Progress = func(p Progress) {
		require.GreaterOrEqual(t, p.Fraction, last.Fraction)
		require.LessOrEqual(t, p.Fraction, 1.0)
		require.LessOrEqual(t, p.PhaseDone, p.PhaseTotal)
		last = p
	}
	report, err := createPlots(context.Background(), vfs.OS{}, recall, o)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1}, report.Made, "a link is no second folder")
	require.Equal(t, 2, last.PlotsDone)
	require.InDelta(t, 1, last.Fraction, 0.01)
	o.Progress = nil
	lock, err := vfs.OS{}.Lock(folder + "/" + lockName)
	require.NoError(t, err)
	_, err = CreatePlots(context.Background(), o)
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, lock.Close())
	o.Reserve = 1 << 60
	o.Plots = 3
	_, err = PlanPlots(context.Background(), o)
	require.ErrorIs(t, err, ErrSpace)
	_, err = createPlots(context.Background(), vfs.OS{}, recall, o)
	require.ErrorIs(t, err, ErrSpace)
	o.Folder = folder + "/none"
	_, err = PlanPlots(context.Background(), o)
	require.ErrorIs(t, err, ErrFolder)
	_, err = Open(context.Background(), OpenOptions{Owner: testOwner})
	require.ErrorIs(t, err, ErrOptions)
	if os.Geteuid() != 0 {
		require.NoError(t, os.Chmod(folder, 0o555))
		o.Folder = folder
		_, err = CreatePlots(context.Background(), o)
		require.ErrorIs(t, err, ErrFolder)
	}
}
