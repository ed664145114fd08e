package quiet_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/quiet"
)

func TestOneLineAnInterval(t *testing.T) {
	var out bytes.Buffer
	c := clock.NewFake(time.Unix(0, 0))
	log := quiet.New(slog.New(slog.NewTextHandler(&out, nil)), c)
	for i := range 1000 {
		log.Warn("flood", "too much", "n", i)
	}
	log.Info("other", "another kind")
	require.Equal(t, 2, strings.Count(out.String(), "\n"))
	c.Advance(quiet.Interval)
	log.Warn("flood", "too much")
	require.Contains(t, out.String(), "left_out=999")
}

func TestKindsAreBounded(t *testing.T) {
	var out bytes.Buffer
	log := quiet.New(slog.New(slog.NewTextHandler(&out, nil)), clock.NewFake(time.Unix(0, 0)))
	for i := range 1000 {
		log.Warn(fmt.Sprint(i), "made up")
	}
	require.Equal(t, 128, strings.Count(out.String(), "\n"))
}

func TestNoLogger(t *testing.T) {
	quiet.New(nil, nil).Warn("x", "nothing happens")
}
