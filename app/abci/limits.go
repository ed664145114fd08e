package abci

import (
	"errors"

	errorsmod "cosmossdk.io/errors"
	cmttypes "github.com/cometbft/cometbft/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Codespace is that of the reasons for which a proposal is rejected.
const Codespace = "proposal"

// Errors of proposals. 0 means success and 1 is internal, so codes start at 2; a code is never reused.
var (
	ErrBlockBytes   = errorsmod.Register(Codespace, 2, "block exceeds its bytes")
	ErrBlockGas     = errorsmod.Register(Codespace, 3, "block exceeds its gas")
	ErrLaneBytes    = errorsmod.Register(Codespace, 4, "attestation lane exceeds its share of block bytes")
	ErrLaneBudget   = errorsmod.Register(Codespace, 5, "attestation lane exceeds its verification budget")
	ErrLaneOrder    = errorsmod.Register(Codespace, 6, "paying transaction after the attestation lane")
	ErrUndecodable  = errorsmod.Register(Codespace, 7, "transaction does not decode")
	ErrSecondReveal = errorsmod.Register(Codespace, 8, "reveal outside of transaction 0")
)

// bpsDenominator is the number of basis points in a whole.
const bpsDenominator = 10_000

// limits are what a block may hold: a function of the state before it.
type limits struct {
	// bytes and laneBytes count each transaction as it stands in the block, length prefix included.
	bytes, laneBytes uint64
	// gas is 0 where the consensus parameters set no limit.
	gas uint64
	// verify is the lane's budget in cost units.
	verify uint64
	params worktypes.Params
}

func newLimits(ctx sdk.Context, params worktypes.Params) limits {
	l := limits{bytes: cmttypes.MaxBlockSizeBytes, verify: params.Lane.BlockVerifyUs, params: params}
	if block := ctx.ConsensusParams().Block; block != nil {
		if block.MaxBytes > 0 {
			l.bytes = uint64(block.MaxBytes)
		}
		if block.MaxGas > 0 {
			l.gas = uint64(block.MaxGas)
		}
	}
	// At most 100 MiB times 10^4: no overflow.
	l.laneBytes = l.bytes * uint64(params.Lane.BlockBytesBps) / bpsDenominator
	return l
}

// fill is what a block holds so far.
type fill struct {
	limits
	usedBytes, usedGas   uint64
	usedLane, usedVerify uint64
	laneStarted          bool
	laneTxs, laneItems   int
}

// add counts a transaction, or returns an error and counts nothing. PrepareProposal asks it what fits and
// ProcessProposal what must be rejected, so that both agree.
func (f *fill) add(tx sdk.Tx, encoded []byte) error {
	size, gas := blockSize(encoded), gasLimit(tx)
	if size > f.bytes-f.usedBytes {
		return ErrBlockBytes.Wrapf("%d bytes after %d of %d", size, f.usedBytes, f.bytes)
	}
	if f.gas > 0 && gas > f.gas-f.usedGas {
		return ErrBlockGas.Wrapf("%d gas after %d of %d", gas, f.usedGas, f.gas)
	}
	if lane.Carries(tx) {
		if err := f.addLane(tx, size); err != nil {
			return err
		}
	} else if f.laneStarted {
		return ErrLaneOrder.Wrap("paying transactions come first")
	}
	f.usedBytes += size
	if f.gas > 0 {
		f.usedGas += gas
	}
	return nil
}

func (f *fill) addLane(tx sdk.Tx, size uint64) error {
	msg, ok := lane.Message(tx)
	if !ok {
		return lane.ErrShape.Wrap("MsgSubmitWork must be the only message")
	}
	if size > f.laneBytes-f.usedLane {
		return ErrLaneBytes.Wrapf("%d bytes after %d of %d", size, f.usedLane, f.laneBytes)
	}
	if err := worktypes.ValidateSubmitWork(msg, f.params); err != nil {
		return err
	}
	cost, err := worktypes.VerifyCost(msg, f.params)
	if err != nil {
		return err
	}
	if cost > f.verify-f.usedVerify {
		return ErrLaneBudget.Wrapf("%d cost units after %d of %d", cost, f.usedVerify, f.verify)
	}
	f.laneStarted = true
	f.usedLane += size
	f.usedVerify += cost
	f.laneTxs++
	f.laneItems += len(msg.Evidence)
	return nil
}

// blockSize is what a transaction adds to a block's data.
func blockSize(encoded []byte) uint64 {
	return uint64(cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{encoded}))
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
