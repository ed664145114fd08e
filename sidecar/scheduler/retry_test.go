package scheduler

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/spool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// TestAsksAgainWithinTheBlock: one question without an answer costs half a second, not a block of a window of five.
func TestAsksAgainWithinTheBlock(t *testing.T) {
	for name, loop := range map[string]func(*world, context.Context){
		"device":  func(w *world, ctx context.Context) { w.loop.run(ctx) },
		"windows": func(w *world, ctx context.Context) { w.loop.s.watch(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			win := w.window(7, 5)
			if name == "device" {
				require.NoError(t, w.loop.s.refresh(context.Background()))
				<-w.loop.woken // or the news of the windows would end its wait
			}
			w.silent = 1
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				loop(w, ctx)
			}()
			require.Eventually(t, func() bool { return w.clock.Waiting() == 1 }, 5*time.Second, time.Millisecond, "it waits for the clock, no block comes")
			w.clock.Advance(retryAfter)
			require.Eventually(t, func() bool {
				if name == "windows" {
					windows, _ := w.loop.s.view()
					return len(windows) == 1
				}
				st, err := w.statement(win.Id, worktypes.PHASE_COMMIT)
				return err == nil && st.State == spool.Signed
			}, 5*time.Second, time.Millisecond)
			stop()
			<-done
		})
	}
}

// TestProofsOutliveASilentNode: what a scan found is signed although nobody answers afterwards.
func TestProofsOutliveASilentNode(t *testing.T) {
	w := diskWorld(t)
	w.worker.Wait = true
	win := w.diskWindow(5, w.cohort(), 10)
	done := make(chan bool, 1)
	go func() { done <- w.step() }()
	require.Eventually(t, func() bool { return w.loop.status().Activity == "proving" && w.clock.Waiting() > 0 }, 5*time.Second, time.Millisecond)
	w.silent = 1
	w.height += 9
	w.clock.Advance(10 * time.Second)
	require.True(t, <-done)
	st, err := w.statement(win.Id, worktypes.PHASE_PROVE)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, st.State)
	require.Zero(t, w.silent, "it was asked")
}

// TestAFullDiskGivesNoWindowUp: the window that is open when the owner has made room is worked on.
func TestAFullDiskGivesNoWindowUp(t *testing.T) {
	w := newWorld(t)
	win := w.window(7, 30)
	w.free = 100
	for range maxTries + 1 {
		require.False(t, w.step())
		w.height++
	}
	require.Contains(t, w.loop.status().LastError, "spool.min_free_mib")
	require.Zero(t, w.worker.Runs(), "nothing is computed that could not be recorded")
	w.free = 1 << 40
	require.True(t, w.step())
	st, err := w.statement(win.Id, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, st.State)
}
