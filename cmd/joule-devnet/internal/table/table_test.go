package table

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func view() View {
	return View{
		ChainID: "joule-devnet-1", Height: 123, Epoch: 7, Block: 3, Blocks: 20,
		Mix: "e8cb88cf0011223344556677", Window: "#121 open until 126, 2 taking openings",
		Settled: "2 of 3 epochs paid, 1 idle", Invariants: "invariants hold at height 120",
		Validators: []Validator{
			{Name: "alice", Height: 123, Peers: 3, State: "running"},
			{Name: "alice-2", State: "killed"},
		},
		Devices: []Device{
			{
				Name: "gpu0", ID: "jouledev1ayg96skkdw404vjpr5qy0myzppgqde0dku90v8", Doing: "working in #121: 40 rounds [cpu]",
				Units: math.NewInt(4123), Accrued: math.NewInt(277_123_456), Claimed: math.NewInt(1),
			},
			{Name: "gpu1", ID: "jouledev1x", Doing: "starting", Units: math.ZeroInt(), Accrued: math.ZeroInt(), Claimed: math.ZeroInt()},
		},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestRender(t *testing.T) { golden(t, "table.golden", Render(view())) }

func TestLine(t *testing.T) {
	got := Line(view())
	require.NotContains(t, got, "\n")
	golden(t, "line.golden", got+"\n")
}

func TestTerminalIsRedrawn(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, true)
	s.Say("before")
	s.Show(view())
	first := out.Len()
	s.Say("epoch 1 settled")
	require.Equal(t, first, out.Len(), "messages wait for the next frame")
	s.Show(view())
	frame := out.String()[first:]
	require.True(t, strings.HasPrefix(frame, cursorHome))
	require.NotContains(t, frame, clearAll, "only the first frame clears")
	require.Contains(t, frame, "epoch 1 settled")
	require.True(t, strings.HasSuffix(frame, clearBelow))
}

func TestMessagesBelowTheTableAreBounded(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, true)
	for i := range 3 * keptLines {
		s.Say(strings.Repeat("m", i+1))
	}
	require.Len(t, s.messages, keptLines)
}

func TestPinnedMessagesStay(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, true)
	s.Pin("faucet: here")
	for range 3 * keptLines {
		s.Say("epoch settled")
	}
	s.Show(view())
	require.Contains(t, out.String(), "faucet: here")
}

func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, false)
	v := view()
	for v.Height = 1; v.Height <= 20; v.Height++ {
		s.Show(v)
		s.Show(v)
	}
	s.Say("done")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5, "heights 5, 10, 15, 20 and a message")
	require.NotContains(t, out.String(), "\x1b")
}

func TestJoule(t *testing.T) {
	for ujoule, want := range map[int64]string{0: "0.000000 JOULE", 1: "0.000001 JOULE", 1_500_000: "1.500000 JOULE"} {
		require.Equal(t, want, Joule(math.NewInt(ujoule)))
	}
	require.Equal(t, "-", Joule(math.Int{}))
}
