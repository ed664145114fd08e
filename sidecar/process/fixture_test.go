package process_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	"github.com/joulechain/joule/sidecar/worker/workertest"
)

const blockTime = 120 * time.Millisecond

// rig is a home folder with keys, a configuration, and a chain that knows both.
type rig struct {
	chain   *chaintest.Chain
	node    *chaintest.Node
	home    string
	device  []byte
	relayer string
}

func emptyRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{chain: chaintest.New(), home: t.TempDir()}
	r.node = r.chain.Serve(t)
	relayer, err := keys.NewAccount(filepath.Join(r.home, "keys/relayer.json"), nil)
	require.NoError(t, err)
	r.relayer = relayer.Address()
	r.chain.AddAccount(r.relayer)
	return r
}

func newRig(t *testing.T, values map[string]any) *rig {
	t.Helper()
	r := emptyRig(t)
	signer, err := keys.NewDevice(filepath.Join(r.home, "keys/gpu0.json"), keys.TypeEd25519, nil)
	require.NoError(t, err)
	r.device = signer.DeviceID()
	r.chain.AddDevice(signer.PublicKey(), r.relayer, 1_000_000)
	r.configure(t, values, config.Device{Name: "gpu0", Class: "gpu", KeyFile: "keys/gpu0.json"})
	return r
}

// configure writes the configuration and makes the spool.
func (r *rig) configure(t *testing.T, values map[string]any, devices ...config.Device) {
	t.Helper()
	all := map[string]any{
		"chain.chain_id": chaintest.ChainID, "chain.endpoints": []string{r.node.Address}, "chain.poll_interval": 50 * time.Millisecond,
		"chain.request_timeout": 2 * time.Second, "server.address": "127.0.0.1:0", "spool.min_free_mib": uint64(16),
		"submitter.flush_interval": 10 * time.Millisecond, "submitter.retry_min": 50 * time.Millisecond, "submitter.retry_max": 500 * time.Millisecond,
		"scheduler.margin": 20 * time.Millisecond, "gpu.backend": "cpu", "gpu.threads": uint64(1),
	}
	for k, v := range values {
		all[k] = v
	}
	text := config.Render(all, devices)
	require.NoError(t, os.WriteFile(filepath.Join(r.home, config.FileName), []byte(text), 0o600))
	so := process.SpoolOptions(r.config(t))
	so.Fresh = true
	s, err := spool.Open(so)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func (r *rig) config(t testing.TB) config.Config {
	t.Helper()
	cfg, err := config.Load(r.home, nil)
	require.NoError(t, err)
	return cfg
}

// fakeWorker is for GPUs; other devices are left to their class.
func fakeWorker(_ config.Config, d config.Device, _ []byte, _ *slog.Logger) (worker.Worker, error) {
	if d.Class != config.ClassGPU {
		return nil, nil
	}
	return &workertest.Committer{}, nil
}

func quiet() *slog.Logger {
	if os.Getenv("SIDECAR_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// start runs a process in this test until the returned function is called.
func (r *rig) start(t *testing.T, opts process.Options) (*process.Process, func()) {
	t.Helper()
	opts.Log = quiet()
	p, err := process.New(r.config(t), opts)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return p, stop
}

func eventually(t *testing.T, cond func() bool, msg string) {
	t.Helper()
	require.Eventually(t, cond, 5*time.Minute, 20*time.Millisecond, msg)
}

func (r *rig) requireOneStatementEach(t *testing.T) {
	t.Helper()
	for key, n := range r.chain.Statements() {
		require.Equal(t, 1, n, "different statements for %s", key)
	}
}
