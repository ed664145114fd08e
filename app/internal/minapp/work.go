package minapp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/abci"
	"github.com/joulechain/joule/app/mempool"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const workStore = "work"

// Errors of the stand-in's verification.
var (
	ErrSignature = errors.New("device signature fails")
	ErrProof     = errors.New("proof fails")
)

// Work stands in for x/work's keeper: an item is new until a block has held it, and its signature and proof hold or
// fail as Item says.
type Work struct {
	store  *storetypes.KVStoreKey
	marks  *storetypes.TransientStoreKey
	params worktypes.Params
	cache  *abci.VerdictCache
	// Proofs counts the proofs computed.
	Proofs atomic.Int64
	// OnProof, if set, runs with each proof.
	OnProof func()
	Epoch   uint64
	// Broken makes reading the parameters fail.
	Broken bool

	mtx      sync.Mutex
	standing map[string]mempool.Standing
}

func newWork(store *storetypes.KVStoreKey, marks *storetypes.TransientStoreKey, l worktypes.LaneParams, cache *abci.VerdictCache) *Work {
	return &Work{store: store, marks: marks, cache: cache, Epoch: 1, standing: map[string]mempool.Standing{}, params: worktypes.Params{
		Gpu: worktypes.GpuParams{
			Version: gpu.Version2, N: 512, B: 8, T: 4, MaxRounds: 1 << 20, MinRounds: 1, UnitShift: 20,
			WindowProbabilityPpm: 100_000, WindowBlocks: 5, OpeningBlocks: 100,
		},
		Lane: l, SettlementDelayEpochs: 2, MaxLiveWindows: 32, FaultLimit: 3, SuspensionEpochs: 4,
	}}
}

// Device is the id of the test's device i.
func Device(i int) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, "minapp device %d", i))
	return h[:20]
}

// Item is evidence of a device for a window. A false signed or proved makes that check fail.
func Item(device int, window uint64, signed, proved bool) worktypes.Evidence {
	payload := gpu.Commitment{Rounds: 100}.Marshal()
	signature := make([]byte, 64)
	signature[1], payload[9] = 1, 1
	if signed {
		signature[0] = 1
	}
	if proved {
		payload[8] = 1
	}
	return worktypes.Evidence{
		DeviceId: Device(device), WorkClass: devicetypes.WORK_CLASS_GPU, Window: window,
		Phase: worktypes.PHASE_COMMIT, Payload: payload, Signature: signature,
	}
}

// SetPay sets what the last two settled epochs paid a device.
func (w *Work) SetPay(device int, pay uint64) {
	w.rank(device, func(s *mempool.Standing) { s.Pay = pay })
}

// SetBond sets a device's bond.
func (w *Work) SetBond(device int, bond uint64) {
	w.rank(device, func(s *mempool.Standing) { s.Bond = bond })
}

func (w *Work) rank(device int, set func(*mempool.Standing)) {
	w.mtx.Lock()
	defer w.mtx.Unlock()
	s := w.standing[string(Device(device))]
	set(&s)
	w.standing[string(Device(device))] = s
}

// SetLane replaces the lane's parameters.
func (w *Work) SetLane(l worktypes.LaneParams) { w.params.Lane = l }

// GetParams returns the parameters.
func (w *Work) GetParams(context.Context) (worktypes.Params, error) {
	if w.Broken {
		return worktypes.Params{}, errors.New("broken store")
	}
	return w.params, nil
}

// EpochNumber returns Epoch.
func (w *Work) EpochNumber(context.Context) (uint64, error) { return w.Epoch, nil }

// laneState ranks the lane by the stand-in.
type laneState struct{ *Work }

// Standing returns what SetPay and SetBond set.
func (w laneState) Standing(_ context.Context, _ devicetypes.WorkClass, id []byte) (mempool.Standing, error) {
	return w.standingOf(id), nil
}

func (w *Work) standingOf(id []byte) mempool.Standing {
	w.mtx.Lock()
	defer w.mtx.Unlock()
	return w.standing[string(id)]
}

// Newcomer tells whether a device has no pay.
func (w *Work) Newcomer(id []byte) bool { return w.standingOf(id).Pay == 0 }

// OrderSeed is constant.
func (w *Work) OrderSeed(context.Context) ([]byte, error) { return []byte("seed"), nil }

// reasons are why the state skips each item, nil for a new one.
func (w *Work) reasons(ctx sdk.Context, msg *worktypes.MsgSubmitWork) (reasons []error, live []int) {
	reasons = make([]error, len(msg.Evidence))
	for i, e := range msg.Evidence {
		switch {
		case ctx.KVStore(w.store).Has(e.ItemKey()):
			reasons[i] = worktypes.ErrAlreadyOpened
		case ctx.TransientStore(w.marks).Has(e.ItemKey()):
			reasons[i] = worktypes.ErrAlreadyInProposal
		default:
			live = append(live, i)
		}
	}
	return reasons, live
}

func (w *Work) live(ctx context.Context, msg *worktypes.MsgSubmitWork) []int {
	_, live := w.reasons(sdk.UnwrapSDKContext(ctx), msg)
	return live
}

// CheckLive returns ErrNothingNew unless an item is new, and ErrTooStale where too many are not.
func (w *Work) CheckLive(goCtx context.Context, msg *worktypes.MsgSubmitWork) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	reasons, live := w.reasons(ctx, msg)
	if len(live) == 0 {
		return worktypes.ErrNothingNew
	}
	if ctx.ExecMode() == sdk.ExecModeFinalize {
		return nil
	}
	return worktypes.CheckStale(msg, w.params, reasons)
}

// Jobs lists the new items' jobs.
func (w *Work) Jobs(ctx context.Context, msg *worktypes.MsgSubmitWork) ([]worktypes.Job, error) {
	var jobs []worktypes.Job
	for _, i := range w.live(ctx, msg) {
		jobs = append(jobs, w.job(i, msg.Evidence[i]))
	}
	return jobs, nil
}

func (w *Work) job(i int, e worktypes.Evidence) worktypes.Job {
	signed, proved := e.Signature[0] == 1, e.Payload[8] == 1
	bz, _ := e.Marshal()
	return worktypes.Job{
		Key: sha256.Sum256(bz), DeviceID: append([]byte{}, e.DeviceId...), Index: i, Cost: 1_000,
		Signature: func() error {
			if !signed {
				return ErrSignature
			}
			return nil
		},
		Proof: func() error {
			w.Proofs.Add(1)
			if w.OnProof != nil {
				w.OnProof()
			}
			if !proved {
				return ErrProof
			}
			return nil
		},
	}
}

// VerifyBatch checks all new items' signatures, then their proofs.
func (w *Work) VerifyBatch(ctx context.Context, msg *worktypes.MsgSubmitWork) error {
	if err := w.CheckLive(ctx, msg); err != nil {
		return err
	}
	jobs, err := w.Jobs(ctx, msg)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if err := w.cache.VerifySignature(job); err != nil {
			return fmt.Errorf("item %d: %w", job.Index, err)
		}
	}
	for _, job := range jobs {
		if err := w.cache.Verify(job); err != nil {
			return fmt.Errorf("item %d: %w", job.Index, err)
		}
	}
	return nil
}

// MarkPending marks the new items, as x/work does, until the block's state is dropped.
func (w *Work) MarkPending(goCtx context.Context, msg *worktypes.MsgSubmitWork) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	for _, i := range w.live(ctx, msg) {
		ctx.TransientStore(w.marks).Set(msg.Evidence[i].ItemKey(), []byte{1})
	}
	return nil
}

// SubmitWork records the new items.
func (w *Work) SubmitWork(goCtx context.Context, msg *worktypes.MsgSubmitWork) (*worktypes.MsgSubmitWorkResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if err := w.VerifyBatch(ctx, msg); err != nil {
		return nil, err
	}
	for _, i := range w.live(ctx, msg) {
		ctx.KVStore(w.store).Set(msg.Evidence[i].ItemKey(), []byte{1})
	}
	return &worktypes.MsgSubmitWorkResponse{}, nil
}

// Proven tells whether a block has held the item.
func (w *Work) Proven(ctx sdk.Context, e worktypes.Evidence) bool {
	return ctx.KVStore(w.store).Has(e.ItemKey())
}

// SetDiskClaim is not supported.
func (w *Work) SetDiskClaim(context.Context, *worktypes.MsgSetDiskClaim) (*worktypes.MsgSetDiskClaimResponse, error) {
	return nil, errors.New("not supported")
}

// AssertRadio is not supported.
func (w *Work) AssertRadio(context.Context, *worktypes.MsgAssertRadio) (*worktypes.MsgAssertRadioResponse, error) {
	return nil, errors.New("not supported")
}

// ReleaseRadio is not supported.
func (w *Work) ReleaseRadio(context.Context, *worktypes.MsgReleaseRadio) (*worktypes.MsgReleaseRadioResponse, error) {
	return nil, errors.New("not supported")
}

// UpdateRadioDenylist is not supported.
func (w *Work) UpdateRadioDenylist(context.Context, *worktypes.MsgUpdateRadioDenylist) (*worktypes.MsgUpdateRadioDenylistResponse, error) {
	return nil, errors.New("not supported")
}

// UpdateParams is not supported.
func (w *Work) UpdateParams(context.Context, *worktypes.MsgUpdateParams) (*worktypes.MsgUpdateParamsResponse, error) {
	return nil, errors.New("not supported")
}
