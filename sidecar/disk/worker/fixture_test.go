package diskworker_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	chainID   = "joule-test-1"
	madePlots = 8
)

var (
	deviceID = bytes.Repeat([]byte{5}, 20)
	small    = proof.Params{K: 18, Strength: 2}
	owner    = disk.Owner{ChainID: chainID, DeviceID: deviceID}
)

// made are real plots that all tests share, each in a file of its own.
var made = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "diskworker-")
	if err != nil {
		return "", err
	}
	_, err = disk.CreatePlots(context.Background(), disk.CreateOptions{Owner: owner, Params: small, Folder: folder, Plots: madePlots, Group: 1, Reserve: 1})
	return folder, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := made(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// plots copies the first n plots into a folder of the test's own.
func plots(t *testing.T, n int) string {
	t.Helper()
	from, err := made()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(from, "*.plot"))
	require.NoError(t, err)
	require.Len(t, files, madePlots)
	to := filepath.Join(t.TempDir(), "plots")
	require.NoError(t, os.Mkdir(to, 0o700))
	for _, f := range files[:n] {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, filepath.Base(f)), data, 0o600))
	}
	return to
}

func open(t *testing.T, folders ...string) *disk.Store {
	t.Helper()
	s, err := disk.Open(context.Background(), disk.OpenOptions{Owner: owner, Folders: folders})
	require.NoError(t, err)
	return s
}

func workerOf(t *testing.T, store diskworker.Store, change func(*diskworker.Options)) *diskworker.Worker {
	t.Helper()
	o := diskworker.Options{Device: "disk0", ChainID: chainID, DeviceID: deviceID}
	if change != nil {
		change(&o)
	}
	w := diskworker.New(store, o)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// task asks for a window of epoch 7 under a claim of so many plots. With λ = 8 an answer without a proof comes once in
// 3,000 times; the mix is fixed all the same.
func task(claimed uint32) worker.Task {
	return worker.Task{
		ChainID: chainID, DeviceID: deviceID, MaxUnits: 1 << 40,
		Window: worktypes.Window{
			Id: worktypes.DiskWindowID(7, 0), WorkClass: devicetypes.WORK_CLASS_DISK, Epoch: 7, SeedMix: bytes.Repeat([]byte{9}, 32),
			Disk: &worktypes.DiskParams{Version: 1, MinK: 18, MinStrength: 2, Lambda: 8, MaxProofs: 16, Cohorts: 1, WindowBlocks: 4, MinPlots: 1, MaxPlots: 1000},
		},
		Record: worktypes.DeviceWork{Claims: []worktypes.DiskClaim{{Plots: claimed, K: 18, Strength: 2, FromEpoch: 5}}},
	}
}

// verify judges a payload as the chain does and returns the number of proofs.
func verify(t *testing.T, tk worker.Task, payload []byte) int {
	t.Helper()
	claim, ok := tk.Record.ClaimFor(tk.Window.Epoch)
	require.True(t, ok)
	n, err := proof.VerifyEvidence(proof.EvidenceParams{
		ChainID: chainID, DeviceID: deviceID, Challenge: proof.DeriveChallenge(chainID, tk.Window.Id, [32]byte(tk.Window.SeedMix)),
		Params: claim.PlotParams(), Plots: claim.Plots, Lambda: tk.Window.Disk.Lambda, MaxProofs: tk.Window.Disk.MaxProofs,
	}, payload)
	require.NoError(t, err)
	return n
}

// fakeStore answers what the test says.
type fakeStore struct {
	mu      sync.Mutex
	plots   []disk.Plot
	answer  disk.ProveResult
	err     error
	asked   disk.Request
	refresh func(context.Context) error
	prove   func(context.Context)
	scrub   func(context.Context, disk.ScrubOptions)
	faults  []disk.Fault
}

func (f *fakeStore) Faults() []disk.Fault { return f.faults }

func (f *fakeStore) Refresh(ctx context.Context) error {
	if f.refresh != nil {
		return f.refresh(ctx)
	}
	return nil
}

func (f *fakeStore) Plots() []disk.Plot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plots
}

func (f *fakeStore) Prove(ctx context.Context, r disk.Request) (disk.ProveResult, error) {
	f.asked = r
	if f.prove != nil {
		f.prove(ctx)
	}
	return f.answer, f.err
}

func (f *fakeStore) Scrub(ctx context.Context, o disk.ScrubOptions) error {
	if f.scrub != nil {
		f.scrub(ctx, o)
		return nil
	}
	<-ctx.Done()
	return nil
}

func (*fakeStore) Close() error { return nil }

// ready are so many usable plots in a folder.
func ready(n int) []disk.Plot {
	out := make([]disk.Plot, n)
	for i := range out {
		out[i] = disk.Plot{Index: uint64(i), Params: small, Folder: "/a", File: "/a/x.plot", Bytes: 1000, Status: disk.Ready}
	}
	return out
}
