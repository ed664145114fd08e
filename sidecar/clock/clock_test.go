package clock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
)

func TestFakeWakesInTime(t *testing.T) {
	f := clock.NewFake(time.Unix(100, 0))
	early, late := f.After(time.Second), f.After(3*time.Second)
	f.Advance(2 * time.Second)
	require.Equal(t, time.Unix(102, 0), <-early)
	require.Empty(t, late)
	f.Advance(time.Second)
	<-late
	require.Zero(t, f.Waiting())
}

func TestWithDeadlineTellsItsCause(t *testing.T) {
	f := clock.NewFake(time.Unix(0, 0))
	ctx, cancel := clock.WithDeadline(context.Background(), f, time.Unix(5, 0))
	defer cancel()
	require.NoError(t, ctx.Err())
	f.Advance(5 * time.Second)
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), clock.ErrDeadline)
}

func TestWithDeadlineKeepsTheParentsCause(t *testing.T) {
	parent, stop := context.WithCancel(context.Background())
	ctx, cancel := clock.WithDeadline(parent, clock.NewFake(time.Unix(0, 0)), time.Unix(5, 0))
	defer cancel()
	stop()
	<-ctx.Done()
	require.NotErrorIs(t, context.Cause(ctx), clock.ErrDeadline)
}

func TestSleepEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, clock.Sleep(ctx, clock.NewFake(time.Unix(0, 0)), time.Hour), context.Canceled)
	require.NoError(t, clock.Sleep(context.Background(), clock.Real{}, 0))
}
