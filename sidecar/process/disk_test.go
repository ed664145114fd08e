package process_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	madePlots = 12
	// scanning is the moment in the middle of a scan.
	scanning = "scanning"
	diskKey  = "keys/disk0.json"
	// longWindow in blocks gives a loaded machine time to solve all proofs.
	longWindow = 200
)

// made are a key and its plots, which all tests copy: making plots takes most of the time.
var made struct {
	sync.Mutex
	dir string
}

func removeMade() {
	if made.dir != "" {
		_ = os.RemoveAll(made.dir)
	}
}

// originals makes the key and the plots once.
func originals(t *testing.T) string {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.dir != "" {
		return made.dir
	}
	dir, err := os.MkdirTemp("", "process-plots-")
	require.NoError(t, err)
	made.dir = dir
	s, err := keys.NewDevice(filepath.Join(dir, diskKey), keys.TypeEd25519, nil)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "plots"), 0o700))
	_, err = disk.CreatePlots(context.Background(), disk.CreateOptions{
		Owner: disk.Owner{ChainID: chaintest.ChainID, DeviceID: s.DeviceID()}, Params: proof.Params{K: 18, Strength: 2},
		Folder: filepath.Join(dir, "plots"), Plots: madePlots, Group: 1, Reserve: 1,
	})
	require.NoError(t, err)
	return dir
}

// newDiskRig has a disk with real plots: those of plots, and the others in plots2.
func newDiskRig(t *testing.T, plots int) *rig {
	t.Helper()
	from := originals(t)
	r := emptyRig(t)
	copyFile(t, filepath.Join(from, diskKey), filepath.Join(r.home, diskKey))
	files, err := filepath.Glob(filepath.Join(from, "plots", "*.plot"))
	require.NoError(t, err)
	require.Len(t, files, madePlots)
	for i, f := range files {
		folder := "plots"
		if i >= plots {
			folder = "plots2"
		}
		copyFile(t, f, filepath.Join(r.home, folder, filepath.Base(f)))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(r.home, "plots2"), 0o700))
	r.diskDevice(t)
	return r
}

// newFakeDiskRig has a disk without plots, for the fake worker.
func newFakeDiskRig(t *testing.T) *rig {
	t.Helper()
	r := emptyRig(t)
	_, err := keys.NewDevice(filepath.Join(r.home, diskKey), keys.TypeEd25519, nil)
	require.NoError(t, err)
	r.diskDevice(t)
	return r
}

func (r *rig) diskDevice(t *testing.T) {
	t.Helper()
	s, err := keys.LoadDevice(filepath.Join(r.home, diskKey), nil)
	require.NoError(t, err)
	r.device = s.DeviceID()
	r.chain.AddDisk(s.PublicKey(), r.relayer, 1_000_000)
	r.chain.Claim(r.device, worktypes.DiskClaim{Plots: madePlots, K: 18, Strength: 2})
	// Keys and so plots are random: with λ of 4 one run in fifty would have no proof, and one in twelve none in two
	// thirds of the plots.
	r.chain.With(func(p *worktypes.Params, _ *devicetypes.Params) {
		p.Disk.WindowBlocks, p.Disk.Lambda, p.Disk.MinPlots = longWindow, madePlots, madePlots
	})
	r.configure(t, map[string]any{"disk.folders": []string{"plots", "plots2"}, "disk.look_every": time.Second},
		config.Device{Name: "disk0", Class: "disk", KeyFile: diskKey})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o700))
	require.NoError(t, os.WriteFile(to, data, 0o600))
}

// hookedStore calls a function when a scan begins, after the plots were looked at.
type hookedStore struct {
	*disk.Store
	hook func()
}

func (s hookedStore) Prove(ctx context.Context, r disk.Request) (disk.ProveResult, error) {
	s.hook()
	return s.Store.Prove(ctx, r)
}

func hooked(cfg config.Config, d config.Device, id []byte, log *slog.Logger, hook func()) (worker.Worker, error) {
	store, err := process.OpenStore(context.Background(), cfg, d, id)
	if err != nil {
		return nil, err
	}
	return diskworker.New(hookedStore{store, hook}, diskworker.Options{
		Device: d.Name, ChainID: cfg.Chain.ID, DeviceID: id, Folders: cfg.FoldersOf(d), LookEvery: cfg.Disk.LookEvery, Log: log,
	}), nil
}

// The whole way from the actual files: a window of the cohort opens, all plots are scanned, one statement is signed,
// verified by the chain's verifier and entered in the ledger; status and metrics tell of it.
func TestProvesItsPlots(t *testing.T) {
	r := newDiskRig(t, madePlots)
	r.chain.VerifyProofs()
	defer r.chain.Pace(2 * blockTime)()
	p, stop := r.start(t, process.Options{Version: "test"})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.OpenDisk(r.device)
	eventually(t, func() bool { return r.chain.Proven(r.device, window) }, "proof")
	eventually(t, func() bool { l, err := p.Ledger(); return err == nil && len(l) == 1 }, "ledger")
	ledger, err := p.Ledger()
	require.NoError(t, err)
	units := r.chain.Work(r.device).TotalUnits
	require.Equal(t, units.String(), fmt.Sprint(ledger[0].Units), "the ledger has what the chain credited")
	require.Equal(t, units.Uint64(), proof.Units(18, madePlots, uint32(ledger[0].Rounds), madePlots))

	var report health.Report
	eventually(t, func() bool {
		getJSON(t, p, "/status", &report)
		return len(report.Disks) == 1 && len(report.Disks[0].Scans) == 1 && report.Disks[0].Scans[0].Outcome == diskworker.OutcomeAccepted
	}, "the scan is told")
	require.Equal(t, "plots", report.Devices[0].Backend)
	require.Equal(t, "disk", report.Devices[0].Class)
	require.EqualValues(t, madePlots, report.Disks[0].Plots.Ready)
	require.EqualValues(t, madePlots, report.Disks[0].Scans[0].Scanned)
	require.Equal(t, ledger[0].Units*proof.UnitBytes, report.Disks[0].Capacity.Bytes)
	require.Empty(t, report.Problems)
	body := get(t, p, "/metrics", http.StatusOK)
	for _, want := range []string{
		`joule_sidecar_disk_plots{device="disk0",status="ready"} 12`, `joule_sidecar_disk_claimed_plots{device="disk0"} 12`, `joule_sidecar_disk_scan_plots{device="disk0"} 12`,
		`joule_sidecar_disk_folder_present{device="disk0",folder="` + filepath.Join(r.home, "plots") + `"} 1`,
	} {
		require.Contains(t, body, want)
	}
	stop()
	r.requireOneStatementEach(t)
	require.Len(t, r.chain.Statements(), 1)
}

// A disk is pulled while the scan reads: what the other one has is submitted, and the loss is shown.
func TestADiskUnpluggedInTheScan(t *testing.T) {
	r := newDiskRig(t, madePlots-4)
	r.chain.VerifyProofs()
	defer r.chain.Pace(2 * blockTime)()
	pull := sync.OnceFunc(func() { _ = os.Rename(filepath.Join(r.home, "plots2"), filepath.Join(r.home, "pulled")) })
	p, _ := r.start(t, process.Options{OpenWorker: func(cfg config.Config, d config.Device, id []byte, log *slog.Logger) (worker.Worker, error) {
		return hooked(cfg, d, id, log, pull)
	}})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	window := r.chain.OpenDisk(r.device)
	eventually(t, func() bool { return r.chain.Proven(r.device, window) }, "the rest proves")
	scans := p.Report().Disks[0].Scans
	require.EqualValues(t, madePlots, scans[0].Stored, "they were all there when the scan began")
	require.Equal(t, madePlots-4, scans[0].Scanned)
	require.Contains(t, p.Report().Devices[0].Notice, "4 plots could not be read")
	eventually(t, func() bool { return p.Report().Disks[0].Plots.Missing == 4 }, "the loss is seen")
	get(t, p, "/healthz", http.StatusOK)
	require.Contains(t, fmt.Sprint(p.Report().Problems), "have vanished")
	require.Contains(t, get(t, p, "/metrics", http.StatusOK), `joule_sidecar_disk_plots{device="disk0",status="missing"} 4`)
}

// Half of the plots are deleted while the sidecar runs: it proves what is left, under the same claim.
func TestDeletedPlotsAreNoLongerProven(t *testing.T) {
	r := newDiskRig(t, madePlots)
	r.chain.VerifyProofs()
	defer r.chain.Pace(2 * blockTime)()
	p, _ := r.start(t, process.Options{})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	files, err := filepath.Glob(filepath.Join(r.home, "plots", "*.plot"))
	require.NoError(t, err)
	for _, f := range files[:madePlots/2] {
		require.NoError(t, os.Remove(f))
	}
	r.chain.OpenDisk(r.device)
	eventually(t, func() bool { d := p.Report().Disks; return len(d) == 1 && len(d[0].Scans) == 1 }, "scan")
	scan := p.Report().Disks[0].Scans[0]
	require.Equal(t, madePlots/2, scan.Scanned)
	require.Contains(t, scan.Notice, "6 of the 12 claimed plots")
}

func TestADeviceWithoutAClaimIsToldSo(t *testing.T) {
	r := newDiskRig(t, madePlots)
	r.chain.Claim(r.device, worktypes.DiskClaim{})
	defer r.chain.Pace(2 * blockTime)()
	p, _ := r.start(t, process.Options{})
	eventually(t, func() bool { return p.Report().Ready }, "ready")
	r.chain.OpenDisk(r.device)
	eventually(t, func() bool { return p.Report().Devices[0].Notice != "" }, "the notice")
	require.Contains(t, p.Report().Problems[0], "device disk0: no plots are claimed on chain: `joule-sidecar plot claim`")
	require.True(t, p.Report().Ready, "the process can do nothing about it")
	require.Empty(t, p.Report().Devices[0].LastError)
	require.Empty(t, r.chain.Statements())
}

// Killed at each step and started again in the same window, the sidecar makes the same statement and signs it once.
func TestProofKilledAtEachStep(t *testing.T) {
	for _, step := range trace.Steps() {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			killedAndProven(t, newFakeDiskRig(t), name(step, worktypes.PHASE_PROVE))
		})
	}
}

// Killed in the middle of a scan of real plots, it scans again.
func TestKilledWhileScanning(t *testing.T) {
	r := newDiskRig(t, madePlots)
	r.chain.VerifyProofs()
	killedAndProven(t, r, scanning)
}

func killedAndProven(t *testing.T, r *rig, at string) {
	t.Helper()
	window := r.chain.OpenDisk(r.device)
	_, dead := spawn(t, r.home, at)
	r.advanceUntil(t, dead, func() bool { return false }, "the kill")
	_, dead = spawn(t, r.home, "")
	r.advanceUntil(t, dead, func() bool { return r.chain.Proven(r.device, window) }, "the proof")
	r.requireOneStatementEach(t)
	require.Len(t, r.chain.Statements(), 1)
	journal, err := os.ReadFile(filepath.Join(r.home, signedName))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%d/PHASE_PROVE\n", window), string(journal), "one signature, in all lives together")
}
