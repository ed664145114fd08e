package network

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
)

func TestOptionsRefuse(t *testing.T) {
	good := Options{Spec: spec.Spec{Validators: make([]spec.Validator, 4)}, Devices: 1, Epochs: 3}
	require.NoError(t, good.Validate())
	for want, change := range map[string]func(*Options){
		"--devices is -1":        func(o *Options) { o.Devices = -1 },
		"--devices is 65":        func(o *Options) { o.Devices = 65 },
		"--epochs counts":        func(o *Options) { o.Devices = 0 },
		"--block-time is 1ms":    func(o *Options) { o.BlockTime = time.Millisecond },
		"--kill-validator is 4":  func(o *Options) { o.Kill = &Kill{Validator: 4, Epoch: 1} },
		"--kill-validator is -1": func(o *Options) { o.Kill = &Kill{Validator: -1, Epoch: 1} },
		"--kill-epoch is 0":      func(o *Options) { o.Kill = &Kill{} },
	} {
		o := good
		change(&o)
		require.ErrorContains(t, o.Validate(), want)
	}
}

func TestWindowText(t *testing.T) {
	require.Equal(t, "none", windowText(nil, 10))
	w := func(id uint64, open int64) worktypes.Window {
		return worktypes.Window{Id: id, WorkClass: devicetypes.WORK_CLASS_GPU, OpenHeight: open, CloseHeight: open + 3, DrawAHeight: open + 4, DrawBHeight: open + 11, DeadlineHeight: open + 31}
	}
	windows := []worktypes.Window{w(80, 82), w(91, 93), w(99, 101), w(100, 102)}
	disk := worktypes.Window{Id: 5 << 16, WorkClass: devicetypes.WORK_CLASS_DISK, OpenHeight: 95, CloseHeight: 102}
	require.Equal(t, "1 of disks", windowText([]worktypes.Window{disk}, 100))
	require.Equal(t, "#99 open until 104, #100 opens at 102, 1 waiting for their draws, 1 taking openings, 1 of disks", windowText(append(windows, disk), 100))
}

func TestWhatADiskDoes(t *testing.T) {
	s := &sidecar{}
	d := &device{name: "disk0", class: spec.ClassDisk, claimFrom: 4}
	require.Equal(t, "starting", s.doing(d, 2))
	require.NoError(t, json.Unmarshal([]byte(`{"devices": [{"name": "gpu0", "activity": "idle", "backend": "cpu"},
		{"name": "disk0", "activity": "proving", "backend": "plots", "notice": "12 of the 16 plots are here"}],
		"disks": [{"device": "disk0", "plots": {"ready": 12}, "scans": [{"epoch": 5, "proofs": 7, "outcome": "accepted"}]}]}`), &s.status))
	require.Equal(t, "proving: 12 plots, its claim holds from epoch 4 on (12 of the 16 plots are here) [plots]", s.doing(d, 3))
	require.Equal(t, "proving: 12 plots, 7 proofs of epoch 5 accepted (12 of the 16 plots are here) [plots]", s.doing(d, 5))
	n := &network{sidecars: []*sidecar{s}}
	require.Equal(t, "cpu,plots", n.backend())
}

// resultForTest is a run's result as the program would write it.
func resultForTest() *Result {
	return &Result{
		ChainID: "joule-devnet-1", Validators: 4, Backend: "cpu", FirstHeight: 12, Height: 150, AppHash: "AB", Wanted: 1,
		Epochs: []ledger.Epoch{{
			Number: 2, Outcome: ledger.Paid, Windows: 3, Unpaid: []string{},
			Classes: []ledger.ClassPay{{Class: "gpu", Units: math.NewInt(900), Pool: math.NewInt(100), FromCarry: math.ZeroInt(), Minted: math.NewInt(100)}},
		}},
		Classes:    map[string]ClassResult{"gpu": {Devices: 1, Units: math.NewInt(900), Minted: math.NewInt(100), Accrued: math.NewInt(100), Claimed: math.NewInt(99)}},
		Devices:    []DeviceResult{{Name: "gpu0", DeviceID: "jouledev1x", Class: "gpu", Backend: "cpu", Units: math.NewInt(900), Accrued: math.NewInt(100), Claimed: math.NewInt(99)}},
		Invariants: Verdict{Holds: true, Broken: []string{}, Height: 150, Validators: 4},
	}
}

func TestResultJSON(t *testing.T) {
	r := resultForTest()
	n := &network{started: time.Now(), fault: fault{plan: &Kill{}, stage: faultOver, told: FaultResult{Validator: "alice-3", KilledHeight: 30, RestartedHeight: 35, CaughtUpHeight: 37}}}
	r.finish(n, nil)
	r.Seconds = 61.5
	got, err := json.MarshalIndent(r, "", "  ")
	require.NoError(t, err)
	path := filepath.Join("testdata", "result.golden.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")

	r.finish(&network{started: time.Now()}, errors.New("no blocks"))
	require.False(t, r.OK)
	require.Equal(t, "no blocks", r.Reason)
}

func TestJudge(t *testing.T) {
	settled := func() *network {
		n := &network{ledger: ledger.New()}
		n.ledger.AddDevice("jouledev1x", "gpu")
		n.ledger.Begin(1)
		n.ledger.SawWindow(ledger.Window{Class: "gpu", ID: 5, Epoch: 1, Decided: 5}, "jouledev1x")
		n.ledger.SawUnits("jouledev1x", 1, 900)
		_, err := n.ledger.Settle(1, resultForTest().Epochs[0].Classes)
		require.NoError(t, err)
		return n
	}
	require.NoError(t, settled().judge(resultForTest()))
	for name, c := range map[string]struct {
		change func(*Result)
		want   error
	}{
		"broken invariant":        {func(r *Result) { r.Invariants.Holds = false }, ErrBroken},
		"nothing claimed":         {func(r *Result) { r.Devices[0].Claimed = math.ZeroInt() }, ErrUnpaid},
		"credited too little":     {func(r *Result) { r.Devices[0].Accrued = math.NewInt(99) }, ErrBroken},
		"credited from no pool":   {func(r *Result) { r.Classes["gpu"] = ClassResult{Accrued: math.NewInt(101)} }, ErrBroken},
		"credited without shares": {func(r *Result) { r.Devices[0].DeviceID = "jouledev1y" }, ErrBroken},
	} {
		t.Run(name, func(t *testing.T) {
			r := resultForTest()
			c.change(r)
			require.ErrorIs(t, settled().judge(r), c.want)
		})
	}
}

func TestThreeMissedEpochsInARowEndTheRun(t *testing.T) {
	n := &network{ledger: ledger.New()}
	n.ledger.AddDevice("a", "gpu")
	n.ledger.Begin(1)
	for epoch := uint64(1); epoch <= maxMissed; epoch++ {
		require.NoError(t, n.checkMissed())
		n.ledger.SawWindow(ledger.Window{Class: "gpu", ID: 10 * epoch, Epoch: epoch, Decided: int64(10 * epoch)}, "a")
		_, err := n.ledger.Settle(epoch, nil)
		require.NoError(t, err)
	}
	require.ErrorIs(t, n.checkMissed(), ErrUnpaid)
}

func TestChildEnvironment(t *testing.T) {
	t.Setenv("JOULED_HOME", "/elsewhere")
	t.Setenv("JOULE_SIDECAR_CHAIN_CHAIN_ID", "other")
	t.Setenv("TMPDIR", "")
	require.NoError(t, childEnvironment("/here"))
	for _, name := range []string{"JOULED_HOME", "JOULE_SIDECAR_CHAIN_CHAIN_ID"} {
		_, set := os.LookupEnv(name)
		require.False(t, set, name)
	}
	require.Equal(t, "/here", os.Getenv("TMPDIR"))
}

func TestOverridesOfTheDevnetsOwnKeysAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	require.NoError(t, os.WriteFile(file, []byte("[p2p]\nladdr = \"a\"\npex = true\n"), 0o600))
	own := map[string]any{"p2p": map[string]any{"laddr": "tcp://127.0.0.1:1"}}
	v := spec.Validator{Name: "alice"}
	err := edit(file, "config", v, map[string]any{"p2p": map[string]any{"laddr": "x"}}, own)
	require.ErrorContains(t, err, "validator alice: config.p2p.laddr is set by joule-devnet itself")
	err = edit(file, "config", v, map[string]any{"p2p": map[string]any{"pecks": true}}, own)
	require.ErrorContains(t, err, "p2p.pecks: the file has no such key")
	require.NoError(t, edit(file, "config", v, map[string]any{"p2p": map[string]any{"pex": false}}, own))
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "[p2p]\nladdr = \"tcp://127.0.0.1:1\"\npex = false\n", string(got))
}

func TestTop(t *testing.T) {
	require.EqualValues(t, 9, top([]nodes.Head{{Height: 4}, {Height: 9}, {Err: errors.New("down")}}))
	require.Zero(t, top(nil))
}
