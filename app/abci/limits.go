package abci

import (
	"errors"

	errorsmod "cosmossdk.io/errors"
	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// Codespace is that of the reasons for which a proposal is rejected.
const Codespace = "proposal"

// Errors of proposals. 0 means success and 1 is internal, so codes start at 2; a code is never reused.
var (
	ErrBlockBytes  = errorsmod.Register(Codespace, 2, "block exceeds its bytes")
	ErrPayingGas   = errorsmod.Register(Codespace, 3, "paying transactions exceed their part of the block's gas")
	ErrLaneBytes   = errorsmod.Register(Codespace, 4, "evidence lane exceeds its share of block bytes")
	ErrLaneBudget  = errorsmod.Register(Codespace, 5, "evidence lane exceeds its verification budget")
	ErrLaneOrder   = errorsmod.Register(Codespace, 6, "evidence after a paying transaction")
	ErrUndecodable = errorsmod.Register(Codespace, 7, "transaction does not decode")
	ErrLaneGas     = errorsmod.Register(Codespace, 8, "evidence lane exceeds its part of the block's gas")
	ErrLaneClosed  = errorsmod.Register(Codespace, 9, "evidence in a block whose lane parameters cannot be read")
	ErrUnordered   = errorsmod.Register(Codespace, 10, "block exceeds its nonces of unordered transactions")
)

// bpsDenominator is the number of basis points in a whole.
const bpsDenominator = 10_000

// MaxUnorderedNonces is how many nonces the unordered transactions of a block may leave, of both lanes: one a signer.
// The state keeps each until its timeout, at most ante.MaxUnorderedTimeout.
const MaxUnorderedNonces = 4_000

// limits are what a block may hold: a function of the state before it.
type limits struct {
	// bytes and laneBytes count each transaction as it stands in the block, length prefix included.
	bytes, laneBytes uint64
	// payingGas and laneGas are 0 where the consensus parameters set no limit.
	payingGas, laneGas uint64
	// verify is the lane's budget in cost units.
	verify uint64
	// params are nil until openLane: only a block with evidence needs them.
	params *worktypes.Params
}

// newLimits are those of a block without evidence: its lane is closed.
func newLimits(ctx sdk.Context) limits {
	l := limits{bytes: cmttypes.MaxBlockSizeBytes}
	if block := ctx.ConsensusParams().Block; block != nil {
		if block.MaxBytes > 0 {
			l.bytes = uint64(block.MaxBytes)
		}
		if block.MaxGas > 0 {
			l.laneGas, l.payingGas = lane.SplitGas(uint64(block.MaxGas))
		}
	}
	return l
}

// openLane sets the evidence lane's part. What paying transactions have besides is never evidence's: the parameters
// leave them at least a quarter of the bytes, and the gas is split.
func (l *limits) openLane(params worktypes.Params) {
	// At most 100 MiB times 10^4: no overflow.
	l.laneBytes = l.bytes * uint64(params.Lane.BlockBytesBps) / bpsDenominator
	l.verify = params.Lane.BlockVerifyUs
	l.params = &params
}

// fill is what a block holds so far.
type fill struct {
	limits
	usedBytes                         uint64
	usedPayingGas                     uint64
	usedLane, usedLaneGas, usedVerify uint64
	payingStarted                     bool
	laneItems                         int
	// nonces are those that unordered transactions leave, one a signer.
	nonces int
}

// add counts a transaction of the size that it has in the block, or returns an error and counts nothing.
// PrepareProposal asks it what fits and ProcessProposal what must be rejected, so that both agree.
func (f *fill) add(tx sdk.Tx, size uint64) error {
	if size > f.bytes-f.usedBytes {
		return ErrBlockBytes.Wrapf("%d bytes after %d of %d", size, f.usedBytes, f.bytes)
	}
	nonces := unorderedNonces(tx)
	if nonces > MaxUnorderedNonces-f.nonces {
		return ErrUnordered.Wrapf("%d nonces after %d of %d", nonces, f.nonces, MaxUnorderedNonces)
	}
	add := f.addPaying
	if lane.Carries(tx) {
		add = f.addLane
	}
	if err := add(tx, size); err != nil {
		return err
	}
	f.usedBytes += size
	f.nonces += nonces
	return nil
}

func (f *fill) addPaying(tx sdk.Tx, _ uint64) error {
	gas := gasLimit(tx)
	if f.payingGas > 0 {
		if gas > f.payingGas-f.usedPayingGas {
			return ErrPayingGas.Wrapf("%d gas after %d of %d", gas, f.usedPayingGas, f.payingGas)
		}
		f.usedPayingGas += gas
	}
	f.payingStarted = true
	return nil
}

// addLane checks what is cheap first: a full lane is asked about everything that waits.
func (f *fill) addLane(tx sdk.Tx, size uint64) error {
	if f.payingStarted {
		return ErrLaneOrder.Wrap("evidence comes first")
	}
	msg, ok := lane.Message(tx)
	if !ok {
		return lane.ErrShape.Wrap("MsgSubmitWork must be the only message")
	}
	if f.params == nil {
		return ErrLaneClosed
	}
	if size > f.laneBytes-f.usedLane {
		return ErrLaneBytes.Wrapf("%d bytes after %d of %d", size, f.usedLane, f.laneBytes)
	}
	gas := gasLimit(tx)
	if f.laneGas > 0 && gas > f.laneGas-f.usedLaneGas {
		return ErrLaneGas.Wrapf("%d gas after %d of %d", gas, f.usedLaneGas, f.laneGas)
	}
	cost, err := worktypes.VerifyCost(msg, *f.params)
	if err != nil {
		return err
	}
	if cost > f.verify-f.usedVerify {
		return ErrLaneBudget.Wrapf("%d cost units after %d of %d", cost, f.usedVerify, f.verify)
	}
	if err := worktypes.ValidateSubmitWork(msg, *f.params); err != nil {
		return err
	}
	f.usedLane += size
	if f.laneGas > 0 {
		f.usedLaneGas += gas
	}
	f.usedVerify += cost
	f.laneItems += len(msg.Evidence)
	return nil
}

// report sets the metrics of the newest proposal's lane.
func (f *fill) report() {
	setGauge("block_bytes", float32(f.usedLane))
	setGauge("block_items", float32(f.laneItems))
	setGauge("block_gas", float32(f.usedLaneGas))
	setGauge("block_verify_us", float32(f.usedVerify))
}

// laneIsFull tells that not even the smallest lane transaction fits any more.
func (f *fill) laneIsFull() bool {
	return f.verify-f.usedVerify < worktypes.SignatureCostUs || f.laneBytes-f.usedLane < minLaneTxBytes ||
		f.laneGas > 0 && f.laneGas-f.usedLaneGas < worktypes.LaneGasBase
}

// minLaneTxBytes is less than any lane transaction has: a device's and a relayer's signature alone are as long.
const minLaneTxBytes = 128

// blockSize is what a transaction adds to a block's data.
func blockSize(encoded []byte) uint64 {
	return uint64(cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{encoded}))
}

// blockSizeOf is blockSize of a transaction whose encoding has n bytes: tag, length, bytes.
func blockSizeOf(n int) uint64 {
	return uint64(1 + protowire.SizeBytes(n))
}

// gasLimit reads the declared gas; a transaction without any is refused by the ante chain.
func gasLimit(tx sdk.Tx) uint64 {
	if t, ok := tx.(sdk.FeeTx); ok {
		return t.GetGas()
	}
	return 0
}

// refusal maps an error to one of few label values.
func refusal(err error) string {
	switch {
	case errors.Is(err, lane.ErrShape), errors.Is(err, lane.ErrTxTooLarge), errors.Is(err, lane.ErrWrongGas):
		return "shape"
	case errors.Is(err, lane.ErrLaneFull), errors.Is(err, lane.ErrNewcomersCap), errors.Is(err, lane.ErrItemPending):
		return "mempool"
	case errors.Is(err, lane.ErrOffender):
		return "offender"
	default:
		return "evidence"
	}
}
