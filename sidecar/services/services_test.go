package services_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/services"
)

type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(s string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, s)
}

func service(j *journal, name string) services.Service {
	return services.Service{
		Name: name,
		Run: func(ctx context.Context) error {
			<-ctx.Done()
			j.add("end " + name)
			return nil
		},
		Last: func(context.Context) { j.add("last " + name) },
	}
}

func TestClosesInReverse(t *testing.T) {
	j := &journal{}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	require.NoError(t, services.Run(ctx, clock.Real{}, slog.New(slog.DiscardHandler), []services.Service{service(j, "a"), service(j, "b"), service(j, "c")}))
	require.Equal(t, []string{"end c", "last c", "end b", "last b", "end a", "last a"}, j.lines)
}

func TestFailureClosesAll(t *testing.T) {
	for name, bad := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("boom") },
		"panic": func(context.Context) error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			j := &journal{}
			err := services.Run(context.Background(), clock.Real{}, slog.New(slog.DiscardHandler),
				[]services.Service{service(j, "a"), {Name: "bad", Run: bad}})
			require.ErrorContains(t, err, "bad: ")
			require.ErrorContains(t, err, "boom")
			require.Equal(t, []string{"end a", "last a"}, j.lines)
		})
	}
	err := services.Run(context.Background(), clock.Real{}, slog.New(slog.DiscardHandler),
		[]services.Service{{Name: "quiet", Run: func(context.Context) error { return nil }}})
	require.ErrorContains(t, err, "ended by itself")
}

func TestComplainsAboutTheSlow(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	var out bytes.Buffer
	release := make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	done := make(chan error, 1)
	go func() {
		done <- services.Run(ctx, fake, slog.New(slog.NewTextHandler(&out, nil)), []services.Service{
			{Name: "slow", Run: func(context.Context) error { <-release; return nil }},
		})
	}()
	require.Eventually(t, func() bool { return fake.Waiting() == 1 }, 5*time.Second, time.Millisecond)
	fake.Advance(services.Patience)
	require.Eventually(t, func() bool { return fake.Waiting() == 0 }, 5*time.Second, time.Millisecond)
	close(release)
	require.NoError(t, <-done)
	require.Contains(t, out.String(), "a service does not end")
}
