package submitter

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var errDown = errors.New("node is down")

// world is a chain, a lane and a head in one, for the submitter's unit tests.
type world struct {
	t       *testing.T
	s       *Submitter
	sp      *spool.Spool
	clock   *clock.Fake
	height  int64
	work    map[string]*worktypes.DeviceWork
	txs     map[string]chain.TxResult
	lane    worktypes.LaneParams
	batches [][]worktypes.Evidence
	// verdict answers a submission; nil accepts.
	verdict func([]worktypes.Evidence) (chain.TxResult, error)
	down    bool
	// behind is how far the node that answers is behind the head.
	behind int64
	forgot int
	misses []bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, clock: clock.NewFake(time.Unix(1000, 0)), height: 100, work: map[string]*worktypes.DeviceWork{}, txs: map[string]chain.TxResult{},
		lane: worktypes.LaneParams{MaxEvidencePerTx: 3, MaxTxBytes: 100_000},
	}
	sp, err := spool.Open(spool.Options{Dir: t.TempDir(), ChainID: "c", Fresh: true, Now: w.clock.Now})
	require.NoError(t, err)
	t.Cleanup(func() { sp.Close() })
	w.sp = sp
	w.s = New(Options{
		Chain: w, Lane: w, Heads: w, Spool: sp, Classes: worker.Classes{gpuworker.Class(), diskworker.Class()}, MaxBatch: 32, RetryMin: time.Second, RetryMax: 8 * time.Second, ConfirmBlocks: 3,
		OnFirst: func(_ devicetypes.WorkClass, ok bool) { w.misses = append(w.misses, ok) }, Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *world) Head() chain.Head                     { return chain.Head{Height: w.height, BlockTime: time.Second} }
func (w *world) Subscribe() (<-chan struct{}, func()) { return make(chan struct{}), func() {} }
func (w *world) Forget()                              { w.forgot++ }

func (w *world) WorkParams(context.Context) (worktypes.Params, error) {
	return worktypes.Params{Lane: w.lane}, nil
}

func (w *world) DeviceWork(ctx context.Context, id []byte) (worktypes.DeviceWork, math.Int, error) {
	if w.down {
		return worktypes.DeviceWork{}, math.Int{}, errDown
	}
	if w.height-w.behind < chain.Needed(ctx) {
		return worktypes.DeviceWork{}, math.Int{}, chain.ErrBehind
	}
	if r := w.work[string(id)]; r != nil {
		return *r, math.ZeroInt(), nil
	}
	return worktypes.DeviceWork{}, math.ZeroInt(), nil
}

func (w *world) Tx(ctx context.Context, hash string) (chain.TxResult, bool, error) {
	if w.height-w.behind < chain.Needed(ctx) {
		return chain.TxResult{}, false, chain.ErrBehind
	}
	r, ok := w.txs[hash]
	return r, ok, nil
}

func (w *world) Submit(_ context.Context, e []worktypes.Evidence, _ worktypes.Params, _ int) (chain.TxResult, error) {
	w.batches = append(w.batches, e)
	if w.down {
		return chain.TxResult{}, errDown
	}
	if w.verdict != nil {
		return w.verdict(e)
	}
	return chain.TxResult{Hash: "H"}, nil
}

func id(n byte) []byte { return bytes.Repeat([]byte{n}, 20) }

// add puts a signed statement into the spool: a disk's if it is a proof, else a GPU's.
func (w *world) add(device byte, window uint64, phase worktypes.Phase, last int64, payload int) spool.Key {
	w.t.Helper()
	body := append(binary.LittleEndian.AppendUint64(nil, 5), bytes.Repeat([]byte{device}, max(payload, 40)-8)...)
	class := devicetypes.WORK_CLASS_GPU
	if phase == worktypes.PHASE_PROVE {
		class = devicetypes.WORK_CLASS_DISK
	}
	st := spool.Statement{
		Device: id(device), Class: class, Window: window, Phase: phase, ChainID: "c", Payload: body,
		FirstHeight: 1, LastHeight: last, Rounds: 5, Units: 50, Epoch: 2,
	}
	key, err := st.Key()
	require.NoError(w.t, err)
	_, err = w.sp.Record(st, []byte("state"))
	require.NoError(w.t, err)
	_, err = w.sp.Sign(key, func(spool.Statement) ([]byte, error) { return make([]byte, 64), nil })
	require.NoError(w.t, err)
	return key
}

func (w *world) state(key spool.Key) spool.State {
	w.t.Helper()
	st, err := w.sp.Get(key)
	require.NoError(w.t, err)
	return st.State
}

// hold puts a commitment on the chain.
func (w *world) hold(device byte, window, rounds uint64, opened bool) {
	root := bytes.Repeat([]byte{device}, 32)
	w.work[string(id(device))] = &worktypes.DeviceWork{Pending: []worktypes.PendingCommitment{{Window: window, Rounds: rounds, Root: root, Opened: opened}}}
}

func (w *world) pass() { w.s.Pass(context.Background()) }
