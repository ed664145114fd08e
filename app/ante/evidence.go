package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// EvidenceDecorator checks evidence against the state and verifies it. It comes last of all checks, because it is the
// most expensive one.
type EvidenceDecorator struct {
	work      WorkKeeper
	epochs    EpochSource
	offenders Offenders
}

// NewEvidenceDecorator returns the decorator; offenders may be nil.
func NewEvidenceDecorator(work WorkKeeper, epochs EpochSource, offenders Offenders) EvidenceDecorator {
	return EvidenceDecorator{work: work, epochs: epochs, offenders: offenders}
}

// AnteHandle passes paying transactions on. Of a batch at least one item must be new against the state, few may change
// nothing (worktypes.StaleParts), and every new item must verify. A proposal's preparation and processing also mark
// the items as pending, so that a later transaction of the same block with nothing else is refused; FinalizeBlock
// reads durable state alone, because a mark left by a transaction that fails later would erase a victim's evidence. A
// recheck and a simulation skip the verification, not the state checks.
func (d EvidenceDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	msg, ok := lane.Message(tx)
	if !ok {
		return next(ctx, tx, simulate)
	}
	if err := d.check(ctx, msg, simulate); err != nil {
		return ctx, err
	}
	return next(ctx, tx, simulate)
}

func (d EvidenceDecorator) check(ctx sdk.Context, msg *worktypes.MsgSubmitWork, simulate bool) error {
	if simulate || ctx.IsReCheckTx() {
		return d.work.CheckLive(ctx, msg)
	}
	if ctx.IsCheckTx() {
		if err := d.refuseOffenders(ctx, msg); err != nil {
			return err
		}
	}
	if err := d.work.VerifyBatch(ctx, msg); err != nil {
		return err
	}
	switch ctx.ExecMode() {
	case sdk.ExecModePrepareProposal, sdk.ExecModeProcessProposal:
		return d.work.MarkPending(ctx, msg)
	default:
		return nil
	}
}

// refuseOffenders keeps devices that sent invalid proofs under their own signature from costing this node more. It is
// a node's own choice: in a block their evidence is judged like any other.
func (d EvidenceDecorator) refuseOffenders(ctx sdk.Context, msg *worktypes.MsgSubmitWork) error {
	if d.offenders == nil {
		return nil
	}
	epoch, err := d.epochs.EpochNumber(ctx)
	if err != nil {
		return err
	}
	for i, e := range msg.Evidence {
		if d.offenders.Ignored(epoch, e.DeviceId) {
			return lane.ErrOffender.Wrapf("item %d: this node ignores device %X until epoch %d", i, e.DeviceId, epoch+1)
		}
	}
	return nil
}
