package process_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// The whole way with the real CPU prover: a window opens, rounds are computed until the deadline, committed, opened,
// verified by the chain's verifier and entered in the ledger; the health endpoint tells of it.
func TestEarnsWithTheCPUProver(t *testing.T) {
	r := newRig(t, nil)
	r.chain.VerifyProofs()
	r.chain.SetWindowBlocks(40) // about five seconds, so that a loaded machine finishes a round
	defer r.chain.Pace(blockTime)()
	p, stop := r.start(t, process.Options{Version: "test"})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Committed(r.device, window) }, "commitment")
	eventually(t, func() bool { return r.chain.Opened(r.device, window) }, "opening")
	eventually(t, func() bool { l, err := p.Ledger(); return err == nil && len(l) == 1 }, "ledger")
	ledger, err := p.Ledger()
	require.NoError(t, err)
	require.Equal(t, window, ledger[0].Window)
	require.Positive(t, ledger[0].Units)

	eventually(t, func() bool { return p.Report().Evidence.Accepted == 2 }, "both statements are closed")
	var report health.Report
	getJSON(t, p, "/status", &report)
	require.Equal(t, "cpu", report.Devices[0].Backend)
	require.EqualValues(t, 2, report.Evidence.Accepted)
	require.Empty(t, report.Problems)
	body := get(t, p, "/metrics", http.StatusOK)
	require.Contains(t, body, `joule_sidecar_statements_finished_total{outcome="accepted"} 2`)
	require.Contains(t, body, `step="signed"`)
	get(t, p, "/healthz", http.StatusOK)
	get(t, p, "/readyz", http.StatusOK)
	stop()
	r.requireOneStatementEach(t)
}

func get(t *testing.T, p *process.Process, path string, code int) string {
	t.Helper()
	resp, err := http.Get("http://" + p.Address() + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, code, resp.StatusCode, string(body))
	return string(body)
}

func getJSON(t *testing.T, p *process.Process, path string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(get(t, p, path, http.StatusOK)), into))
}

func TestSeveralWindowsAtOnce(t *testing.T) {
	r := newRig(t, nil)
	defer r.chain.Pace(blockTime)()
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	var windows []uint64
	for range 3 {
		windows = append(windows, r.chain.Open())
		time.Sleep(blockTime)
	}
	for _, w := range windows {
		eventually(t, func() bool { return r.chain.Opened(r.device, w) }, "opening")
	}
	r.requireOneStatementEach(t)
}

func TestFailsOverToTheSecondNode(t *testing.T) {
	r := newRig(t, nil)
	second := r.chain.Serve(t)
	t.Setenv("JOULE_SIDECAR_CHAIN_ENDPOINTS", r.node.Address+","+second.Address)
	defer r.chain.Pace(blockTime)()
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	r.node.Stop()
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, window) }, "opening through the second node")
	nodes := p.Report().Nodes
	require.False(t, nodes[0].Healthy)
	require.NotEmpty(t, nodes[0].Error)
	require.True(t, nodes[1].Healthy)
}

func TestComesBackAfterAnOutage(t *testing.T) {
	r := newRig(t, nil)
	defer r.chain.Pace(blockTime)()
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Committed(r.device, window) }, "commitment")
	r.node.Stop()
	eventually(t, func() bool { return !p.Report().Ready }, "the outage is shown")
	require.Contains(t, p.Report().Problems[0], chain.ErrUnreachable.Error())
	require.Contains(t, p.Report().Problems[0], r.node.Address, "the unreachable node is named")
	require.True(t, p.Report().Healthy, "the process itself is well")
	r.node.Start(t)
	eventually(t, func() bool { return r.chain.Opened(r.device, window) }, "opening after the outage")
}

func TestWrongChainIsRefused(t *testing.T) {
	r := newRig(t, map[string]any{"chain.chain_id": "joule-1"})
	p, err := process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet()})
	require.NoError(t, err)
	err = p.Run(context.Background())
	require.ErrorIs(t, err, chain.ErrWrongChain)
	require.ErrorContains(t, err, `is on "joule-fake-1" and chain.chain_id is "joule-1"`)
}

// A node of another chain among good ones is left alone.
func TestWrongChainAmongGoodNodes(t *testing.T) {
	r := newRig(t, nil)
	other := chaintest.New()
	other.ID = "joule-other-1"
	wrong := other.Serve(t)
	t.Setenv("JOULE_SIDECAR_CHAIN_ENDPOINTS", wrong.Address+","+r.node.Address)
	defer r.chain.Pace(blockTime)()
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, window) }, "opening")
	require.Empty(t, other.Statements())
}

// Somebody else committed with this device's key: the sidecar must not sign another statement for that window.
func TestForeignCommitmentIsNotContested(t *testing.T) {
	r := newRig(t, nil)
	stopPace := r.chain.Pace(blockTime)
	defer func() { stopPace() }()
	p, stop := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Committed(r.device, window) }, "commitment")
	stop()
	// The spool is lost with its marker while the window is still open, and replaced by a fresh one.
	require.NoError(t, os.RemoveAll(r.home+"/spool"))
	so := process.SpoolOptions(r.config(t))
	so.Fresh = true
	s, err := spool.Open(so)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	p, _ = r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return r.chain.Height() > int64(window)+10 && p.Report().Height > int64(window)+10 }, "time passes")
	r.requireOneStatementEach(t)
	require.Len(t, r.chain.Statements(), 1)
}

// A spool of unknown past makes the sidecar sit out the windows that are already open.
func TestLostSpoolSitsOutOpenWindows(t *testing.T) {
	r := newRig(t, nil)
	defer r.chain.Pace(blockTime)()
	require.NoError(t, os.RemoveAll(r.home+"/spool"))
	old := r.chain.Open()
	eventually(t, func() bool { return r.chain.Height() >= int64(old)+1 }, "the window opens")
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	next := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, next) }, "the next window")
	require.False(t, r.chain.Committed(r.device, old))
}

func TestAdaptsToChangedParameters(t *testing.T) {
	r := newRig(t, nil)
	r.chain.VerifyProofs()
	defer r.chain.Pace(blockTime)()
	p, _ := r.start(t, process.Options{})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	first := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, first) }, "under the old rules")
	r.chain.With(func(w *worktypes.Params, _ *devicetypes.Params) { w.Gpu.N, w.Gpu.T, w.Gpu.MaxRounds = 128, 3, 5 })
	second := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, second) }, "under the new rules")
	for _, c := range r.chain.Work(r.device).Pending {
		if c.Window == second {
			require.LessOrEqual(t, c.Rounds, uint64(5))
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	r := newRig(t, nil)
	r.start(t, process.Options{OpenWorker: fakeWorker})
	_, err := process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet()})
	require.ErrorIs(t, err, spool.ErrLocked)
}

func TestUnusableKeysAreNamed(t *testing.T) {
	r := newRig(t, nil)
	require.NoError(t, os.Chmod(r.home+"/keys/gpu0.json", 0o644))
	_, err := process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet()})
	require.ErrorIs(t, err, keys.ErrLooseMode)
	require.ErrorContains(t, err, "chmod 600")
}
