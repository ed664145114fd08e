package scheduler

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker/workertest"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const testCohorts = 16

// diskWorld is a world whose device is a disk; its height is in epoch 5.
func diskWorld(t *testing.T) *world { return proverWorld(t, true) }

func proverWorld(t *testing.T, fresh bool) *world {
	w := &workertest.Prover{}
	return worldOf(t, w, &w.Fake, fresh)
}

// diskWindow adds a disk window that is known and executes from the next height on.
func (w *world) diskWindow(epoch uint64, cohort uint32, blocks int64) *worktypes.Window {
	w.windows = append(w.windows, worktypes.Window{
		Id: worktypes.DiskWindowID(epoch, cohort), WorkClass: devicetypes.WORK_CLASS_DISK, Epoch: epoch, OpenHeight: w.height + 1, CloseHeight: w.height + blocks,
		DeadlineHeight: w.height + blocks, SeedMix: make([]byte, 32), Disk: &worktypes.DiskParams{Cohorts: testCohorts},
	})
	return &w.windows[len(w.windows)-1]
}

func (w *world) cohort() uint32 { return worktypes.DiskCohort(w.loop.id, testCohorts) }

func TestProvesAtOnceInItsOwnCohortsWindow(t *testing.T) {
	w := diskWorld(t)
	w.work.Claims = []worktypes.DiskClaim{{Plots: 8, K: 18, Strength: 2, FromEpoch: 3}}
	w.diskWindow(5, (w.cohort()+1)%testCohorts, 10)
	w.window(90, 10)
	require.False(t, w.step(), "neither another cohort's window nor another class's")
	win := w.diskWindow(5, w.cohort(), 10)
	require.True(t, w.step(), "before its first block: the challenge is known")
	st, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, st.State)
	require.Equal(t, []int64{win.OpenHeight, win.CloseHeight}, []int64{st.FirstHeight, st.LastHeight})
	require.EqualValues(t, 5, st.Epoch)
	require.NoError(t, devicetypes.VerifySignature(w.loop.device.Signer.PublicKey(), worktypes.EvidenceSignBytes("c", st.Evidence()), st.Signature))
	require.False(t, w.step(), "once")
	require.EqualValues(t, 1, w.worker.Runs())

	task := w.worker.Last()
	require.Equal(t, w.work, task.Record, "the worker learns of the claim")
	require.EqualValues(t, 100, task.MaxUnits)
	require.Equal(t, w.clock.Now().Add(9*time.Second), task.Deadline)
}

func TestNothingToProveIsRememberedAndNoError(t *testing.T) {
	w := diskWorld(t)
	w.worker.Nothing, w.worker.Notice = true, "no claim is in effect"
	win := w.diskWindow(5, w.cohort(), 10)
	w.step()
	require.False(t, w.step())
	require.EqualValues(t, 1, w.worker.Runs(), "a window is scanned once")
	_, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.ErrorIs(t, err, spool.ErrNotRecorded)
	require.Equal(t, "no claim is in effect", w.loop.status().Notice)
	require.Empty(t, w.loop.status().LastError)
	require.Equal(t, "idle", w.loop.status().Activity)

	w.worker.Nothing, w.worker.Notice = false, ""
	w.diskWindow(6, w.cohort(), 10)
	require.True(t, w.step())
	require.Empty(t, w.loop.status().Notice, "the next window goes well")
}

func TestNeverProvesAnEpochThatIsProven(t *testing.T) {
	t.Run("before the scan", func(t *testing.T) {
		w := diskWorld(t)
		w.work.LastProvenEpoch = 5
		win := w.diskWindow(5, w.cohort(), 10)
		w.step()
		w.step()
		require.Zero(t, w.worker.Runs())
		require.Contains(t, w.loop.status().LastError, "another sidecar runs with this key")
		_, err := w.statement(win.Id, worktypes.PHASE_PROVE)
		require.ErrorIs(t, err, spool.ErrNotRecorded)
	})
	t.Run("during the scan", func(t *testing.T) {
		w := diskWorld(t)
		w.worker.Wait = true
		win := w.diskWindow(5, w.cohort(), 10)
		done := make(chan bool, 1)
		go func() { done <- w.step() }()
		require.Eventually(t, func() bool { return w.loop.status().Activity == "proving" && w.clock.Waiting() > 0 }, 5*time.Second, time.Millisecond)
		w.work.LastProvenEpoch = 5
		w.height += 9
		w.clock.Advance(10 * time.Second)
		require.False(t, <-done)
		_, err := w.statement(win.Id, worktypes.PHASE_PROVE)
		require.ErrorIs(t, err, spool.ErrNotRecorded)
	})
	t.Run("recorded before a crash", func(t *testing.T) {
		w := diskWorld(t)
		win := w.diskWindow(5, w.cohort(), 10)
		st := w.loop.statement(*win, worktypes.PHASE_PROVE, []byte("recorded"))
		st.LastHeight = win.CloseHeight
		_, err := w.sp.Record(st, nil)
		require.NoError(t, err)
		w.work.LastProvenEpoch = 5
		require.True(t, w.step())
		st, err = w.statement(win.Id, worktypes.PHASE_PROVE)
		require.NoError(t, err)
		require.Equal(t, spool.Rejected, st.State)
		require.Empty(t, st.Signature)
	})
}

// What was recorded before a crash stands, whatever a second scan finds.
func TestTheRecordedProofStandsAfterARestart(t *testing.T) {
	w := diskWorld(t)
	win := w.diskWindow(5, w.cohort(), 10)
	st := w.loop.statement(*win, worktypes.PHASE_PROVE, []byte("recorded before the crash"))
	st.LastHeight = win.CloseHeight
	_, err := w.sp.Record(st, nil)
	require.NoError(t, err)
	require.True(t, w.step())
	got, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, got.State)
	require.Equal(t, "recorded before the crash", string(got.Payload))
	require.Zero(t, w.worker.Runs())
}

func TestALostSpoolSitsOutTheEpoch(t *testing.T) {
	w := proverWorld(t, false)
	win := w.diskWindow(5, w.cohort(), 10)
	w.step()
	require.Zero(t, w.worker.Runs(), "nothing is scanned that could not be signed")
	require.Contains(t, w.loop.status().LastError, spool.ErrMaybeSigned.Error())
	_, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.ErrorIs(t, err, spool.ErrNotRecorded)
	w.diskWindow(6, 0, 10).Disk.Cohorts = 1
	require.True(t, w.step(), "the next epoch's lowest window cannot have been signed")
	require.EqualValues(t, 1, w.worker.Runs())
}

func TestMarginsOfClassesAreTheirOwn(t *testing.T) {
	w := diskWorld(t)
	win := w.diskWindow(5, w.cohort(), 10)
	before := w.loop.s.Deadline(*win)
	w.loop.s.StatementSeen(devicetypes.WORK_CLASS_GPU, false)
	require.Equal(t, before, w.loop.s.Deadline(*win))
	w.loop.s.StatementSeen(devicetypes.WORK_CLASS_DISK, false)
	require.True(t, w.loop.s.Deadline(*win).Before(before), "a late proof widens the disks' margin")
}

func TestShutdownDuringAScanSignsNothing(t *testing.T) {
	w := diskWorld(t)
	w.worker.Wait = true
	win := w.diskWindow(5, w.cohort(), 50)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan bool, 1)
	go func() { done <- w.stepIn(ctx) }()
	require.Eventually(t, func() bool { return w.loop.status().Activity == "proving" }, 5*time.Second, time.Millisecond)
	stop()
	<-done
	_, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.ErrorIs(t, err, spool.ErrNotRecorded)
}
