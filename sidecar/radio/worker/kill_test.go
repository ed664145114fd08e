package radioworker_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// The kill tests run scheduler, spool and worker in a process of their own: this test binary, started again with these
// variables.
const (
	childHome = "RADIO_KILL_TEST_HOME"
	childStep = "RADIO_KILL_TEST_STEP" // empty to live on
	childLife = "RADIO_KILL_TEST_LIFE"

	endHeight = start + 2*blocks
	pace      = 40 * time.Millisecond
	signed    = "signed.log" // of every signature over evidence: window/phase/payload's hash
	onAir     = "air.log"    // of every transmission
)

func TestMain(m *testing.M) {
	if home := os.Getenv(childHome); home != "" {
		if err := child(home, os.Getenv(childStep), os.Getenv(childLife)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// world is the chain of a child: its height goes on from life to life, and it holds what the spool has signed.
type world struct {
	*air
	home  string
	start int64
	spool *spool.Spool

	mu     sync.Mutex
	height int64
	news   []chan struct{}
}

func (w *world) ChainID() string { return chainID }
func (w *world) Head() chain.Head {
	w.mu.Lock()
	defer w.mu.Unlock()
	return chain.Head{Height: w.height, Seen: time.Now(), BlockTime: pace}
}

func (w *world) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news = append(w.news, ch)
	return ch, func() {}
}

func (w *world) Windows(context.Context) ([]worktypes.Window, int64, error) {
	h := w.Head().Height
	return []worktypes.Window{windowAt(h, w.start)}, h, nil
}

func (w *world) Device(context.Context, []byte) (devicetypes.Device, error) {
	return devicetypes.Device{WorkClass: devicetypes.WORK_CLASS_RADIO, State: devicetypes.DEVICE_STATE_ACTIVE}, nil
}

func (w *world) Attestation(context.Context, []byte) (devicetypes.QueryAttestationResponse, bool, error) {
	return devicetypes.QueryAttestationResponse{}, false, nil
}

func (w *world) DeviceParams(context.Context) (devicetypes.Params, error) {
	return devicetypes.DefaultParams(), nil
}

func (w *world) Epoch(context.Context) (beacontypes.Epoch, error) {
	return beacontypes.Epoch{Number: epoch}, nil
}

func (w *world) DeviceWork(_ context.Context, id []byte) (worktypes.DeviceWork, math.Int, error) {
	record := worktypes.DeviceWork{DeviceId: id}
	key, err := spool.NewKey(id, epoch, worktypes.PHASE_COMMIT)
	if err != nil {
		return record, math.ZeroInt(), err
	}
	if st, err := w.spool.Get(key); err == nil && st.State == spool.Signed && w.Head().Height >= start+blocks {
		record.Radio = &worktypes.RadioWork{Commitments: []worktypes.RadioCommitment{{Epoch: epoch, Root: st.Payload}}}
	}
	return record, math.ZeroInt(), nil
}

// block makes the next block, durable as a chain is.
func (w *world) block() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.height++
	// A kill must not leave an empty file.
	next := filepath.Join(w.home, "height.next")
	if err := errors.Join(os.WriteFile(next, []byte(strconv.FormatInt(w.height, 10)), 0o600), os.Rename(next, filepath.Join(w.home, "height"))); err != nil {
		panic(err)
	}
	for _, ch := range w.news {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// journal sees what never left the machine as well.
func journal(path, line string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f, line)
	}
	if err != nil {
		panic(err)
	}
	_ = f.Close()
}

// observer journals signatures and kills at a step.
type observer struct {
	at    string
	world *world
}

func (o *observer) Reached(step trace.Step, id []byte, window uint64, phase worktypes.Phase) {
	if step == trace.Signed {
		all, err := o.world.spool.All()
		if err != nil {
			panic(err)
		}
		for _, st := range all {
			if st.Phase == phase && len(st.Signature) > 0 {
				sum := sha256.Sum256(st.Payload)
				journal(filepath.Join(o.world.home, signed), fmt.Sprintf("%d/%s/%d/%x", window, phase, st.Evidence().Item(), sum))
			}
		}
	}
	if o.at == string(step)+"/"+phase.String() {
		die()
	}
}

// child lives from the height at which the one before died. In each life other receipts are there, so that whatever is
// made anew differs.
func child(home, at, life string) error {
	device := keyFrom("roof")
	a, chains, err := newAir(home, device)
	if err != nil {
		return err
	}
	n := len(life)
	for i := range 1 + n {
		a.heard = append(a.heard, heard(device, uint32(20+i)))
		a.witnesses = append(a.witnesses, keyFrom(fmt.Sprintf("w%d", i)))
	}
	b := payloadOf(20)
	a.opened[b.PayloadHash()] = worktypes.QueryRadioBeaconResponse{Beacon: worktypes.RadioBeacon{Epoch: epoch, Number: 20, Payload: b.Payload[:]}}
	a.sending = func(b proof.Beacon) { journal(filepath.Join(home, onAir), hex.EncodeToString(b.Payload[:])) }
	w := &world{air: a, home: home, start: number(home, "start"), height: number(home, "height")}
	o := &observer{at: at, world: w}
	if w.spool, err = spool.Open(spool.Options{Dir: filepath.Join(home, "spool"), ChainID: chainID, Fresh: n == 0, Observer: o}); err != nil {
		return err
	}
	defer w.spool.Close()
	options := a.options(home, device, chains)
	options.Observer = func(step radioworker.Step, _ uint64) {
		if at == string(step) {
			die()
		}
	}
	radio := radioworker.New(options)
	classes := worker.Classes{radioworker.Class()}
	registered, err := worker.Register(classes, radio)
	if err != nil {
		return err
	}
	s := scheduler.New(scheduler.Options{
		Chain: w, Heads: w, Spool: w.spool, Devices: []scheduler.Device{{Name: "roof", Signer: device, Worker: registered}}, Classes: classes,
		MarginBlocks: 2, Observer: o, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = radio.Run(ctx) })
	wait.Go(func() { _ = s.Run(ctx) })
	time.Sleep(2 * pace) // the scheduler takes its first look
	for w.Head().Height < endHeight {
		w.block()
		time.Sleep(pace)
	}
	cancel()
	wait.Wait()
	return nil
}

func number(home, name string) int64 {
	data, err := os.ReadFile(filepath.Join(home, name))
	if err != nil {
		panic(err)
	}
	n, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func spawn(t *testing.T, home, at, life string) error {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childHome+"="+home, childStep+"="+at, childLife+"="+life)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// Killed at each step of beacon, commitment, opening and late receipt and started again with other receipts, the
// sidecar puts at most one beacon on the air and never signs two statements for one (device, window, phase, item).
func TestKilledAtEachStep(t *testing.T) {
	steps := []string{string(radioworker.StepAsked), string(radioworker.StepSent), ""}
	for _, phase := range []worktypes.Phase{worktypes.PHASE_COMMIT, worktypes.PHASE_OPEN, worktypes.PHASE_PROVE} {
		for _, step := range []trace.Step{trace.Worked, trace.Recorded, trace.Marked, trace.Signed} {
			steps = append(steps, string(step)+"/"+phase.String())
		}
	}
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			home := t.TempDir()
			for name, n := range map[string]int64{"start": time.Now().UnixMilli(), "height": start} {
				require.NoError(t, os.WriteFile(filepath.Join(home, name), []byte(strconv.FormatInt(n, 10)), 0o600))
			}
			err := spawn(t, home, at, "")
			if at != "" {
				require.Error(t, err, "it was to be killed")
				require.Less(t, number(home, "height"), int64(endHeight))
			}
			require.NoError(t, spawn(t, home, "", "x"))

			lines := map[string]map[string]bool{}
			for _, line := range strings.Fields(readable(t, filepath.Join(home, signed))) {
				i := strings.LastIndex(line, "/")
				if lines[line[:i]] == nil {
					lines[line[:i]] = map[string]bool{}
				}
				lines[line[:i]][line[i:]] = true
			}
			for key, payloads := range lines {
				require.Len(t, payloads, 1, "two statements for %s", key)
			}
			for _, key := range []string{"5/PHASE_COMMIT/0", "5/PHASE_OPEN/0", "5/PHASE_PROVE/20"} {
				require.Contains(t, lines, key)
			}
			sent := strings.Fields(readAir(t, home))
			require.LessOrEqual(t, len(sent), 1, "one beacon an epoch")
			if at != string(radioworker.StepAsked) {
				require.Len(t, sent, 1)
			}
		})
	}
}

// readAir is the journal of transmissions; none where the gateway was never asked.
func readAir(t *testing.T, home string) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(home, onAir)); os.IsNotExist(err) {
		return ""
	}
	return readable(t, filepath.Join(home, onAir))
}
