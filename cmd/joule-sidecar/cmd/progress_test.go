package cmd

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBarEstimatesFromTheSpeedSoFar(t *testing.T) {
	b := newBar(&bytes.Buffer{}, "work")
	b.start = time.Unix(0, 0)
	b.now = func() time.Time { return time.Unix(30, 0) }
	require.Equal(t, "work [=======                       ]  25% 1m30s left 3 rounds", b.line(25, 100, "3 rounds"))
	require.Contains(t, b.line(0, 100, ""), "estimating", "no figure without evidence")
	require.Contains(t, b.line(200, 100, ""), "100% 0s left")
}

func TestBarIsSilentWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	b := newBar(&out, "work")
	b.update(1, 2, "")
	b.end()
	require.Empty(t, out.String())
}
