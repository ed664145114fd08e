package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	cmttypes "github.com/cometbft/cometbft/types"
	gogogrpc "github.com/cosmos/gogoproto/grpc"
	"google.golang.org/grpc"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// Bounds of the consensus parameters.
const (
	// MinBlockBytes holds transaction 0, CometBFT's evidence and header, and a transaction of each lane.
	MinBlockBytes = 1 << 20
	// MinBlockGas holds a full evidence lane, about 45 million, and as much for those who pay.
	MinBlockGas = 90_000_000
)

// checkedMsgs registers message services whose parameter updates fail where the new parameters contradict those of
// another module or CometBFT's. A module checks its own fields; what it cannot see is checked here.
type checkedMsgs struct {
	gogogrpc.Server
	check func(ctx sdk.Context) error
}

// updateParams is what the method is called in every module.
const updateParams = "UpdateParams"

// RegisterService implements grpc.Server.
func (c checkedMsgs) RegisterService(sd *grpc.ServiceDesc, server any) {
	checked := *sd
	checked.Methods = slices.Clone(sd.Methods)
	for i, m := range checked.Methods {
		if m.MethodName == updateParams {
			checked.Methods[i].Handler = c.after(m.Handler)
		}
	}
	c.Server.RegisterService(&checked, server)
}

func (c checkedMsgs) after(handler unaryHandler) unaryHandler {
	return func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		res, err := handler(srv, ctx, dec, interceptor)
		if err != nil || srv == nil { // the router asks without a server for the request's type
			return res, err
		}
		return res, c.check(sdk.UnwrapSDKContext(ctx))
	}
}

// proposedParams tries a proposal's parameter updates when it is submitted, in the messages' order and on a copy of the
// state, so that nobody votes for days on what would fail. Its other hooks do nothing.
type proposedParams struct{ app *App }

// AfterProposalSubmission implements the hooks of x/gov; an error refuses the proposal.
func (p proposedParams) AfterProposalSubmission(ctx context.Context, id uint64, _ sdk.AccAddress) error {
	proposal, err := p.app.GovKeeper.Proposals.Get(ctx, id)
	if err != nil {
		return err
	}
	msgs, err := proposal.GetMsgs()
	if err != nil {
		return err
	}
	tried, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
	for i, msg := range msgs {
		if !strings.HasSuffix(sdk.MsgTypeURL(msg), ".Msg"+updateParams) {
			continue
		}
		if _, err := p.app.MsgServiceRouter().Handler(msg)(tried, msg); err != nil {
			return errorsmod.Wrapf(govtypes.ErrInvalidProposalMsg, "messages[%d] (%s): %s", i, sdk.MsgTypeURL(msg), err)
		}
	}
	return nil
}

// AfterProposalDeposit implements the hooks of x/gov.
func (proposedParams) AfterProposalDeposit(context.Context, uint64, sdk.AccAddress) error { return nil }

// AfterProposalVote implements the hooks of x/gov.
func (proposedParams) AfterProposalVote(context.Context, uint64, sdk.AccAddress) error { return nil }

// AfterProposalFailedMinDeposit implements the hooks of x/gov.
func (proposedParams) AfterProposalFailedMinDeposit(context.Context, uint64) error { return nil }

// AfterProposalVotingPeriodEnded implements the hooks of x/gov.
func (proposedParams) AfterProposalVotingPeriodEnded(context.Context, uint64) error { return nil }

// checkParams refuses parameters that contradict each other, at genesis and after every update.
func (app *App) checkParams(ctx sdk.Context) error {
	return errors.Join(app.checkConsensusParams(ctx), app.checkSpans(ctx))
}

func contradiction(format string, args ...any) error {
	return sdkerrors.ErrInvalidRequest.Wrap(fmt.Sprintf(format, args...))
}

func (app *App) checkConsensusParams(ctx sdk.Context) error {
	stored, err := app.ConsensusKeeper.ParamsStore.Get(ctx)
	if err != nil {
		return err
	}
	p := cmttypes.ConsensusParamsFromProto(stored)
	work, err := app.WorkKeeper.GetParams(ctx)
	if err != nil {
		return err
	}
	staking, err := app.StakingKeeper.GetParams(ctx)
	if err != nil {
		return err
	}
	lane := p.Block.MaxBytes / 10_000 * int64(work.Lane.BlockBytesBps)
	switch {
	case p.Block.MaxBytes < MinBlockBytes:
		return contradiction("block.max_bytes is %d; want at least %d: transaction 0 and both lanes must fit", p.Block.MaxBytes, MinBlockBytes)
	case work.Lane.BlockBytesBps > 0 && lane < int64(work.Lane.MaxTxBytes):
		return contradiction("block.max_bytes is %d, so that the evidence lane has %d; want at least lane.max_tx_bytes (%d)", p.Block.MaxBytes, lane, work.Lane.MaxTxBytes)
	case p.Evidence.MaxBytes > p.Block.MaxBytes/4:
		return contradiction("evidence.max_bytes is %d; want at most a quarter of block.max_bytes (%d)", p.Evidence.MaxBytes, p.Block.MaxBytes)
	case p.Block.MaxGas < MinBlockGas:
		return contradiction("block.max_gas is %d; want at least %d: a full evidence lane and those who pay", p.Block.MaxGas, MinBlockGas)
	case p.Evidence.MaxAgeDuration < staking.UnbondingTime:
		return contradiction("evidence.max_age_duration is %s and unbonding_time of x/staking %s; stake must not leave before its evidence lapses",
			p.Evidence.MaxAgeDuration, staking.UnbondingTime)
	case p.ABCI.VoteExtensionsEnableHeight != 0:
		return contradiction("abci.vote_extensions_enable_height is %d; want 0: this application has no handler for vote extensions", p.ABCI.VoteExtensionsEnableHeight)
	case !slices.Equal(p.Validator.PubKeyTypes, []string{cmttypes.ABCIPubKeyTypeEd25519}):
		return contradiction("validator.pub_key_types are %v; want [%s]: every validator has such a key", p.Validator.PubKeyTypes, cmttypes.ABCIPubKeyTypeEd25519)
	case p.Authority.Authority != "" && p.Authority.Authority != govAddress.String():
		return contradiction("authority is %s; want none or x/gov's (%s): the modules' own authority would not follow", p.Authority.Authority, govAddress)
	}
	return nil
}

// checkSpans compares times of several modules, in epochs.
func (app *App) checkSpans(ctx sdk.Context) error {
	beacon, err := app.BeaconKeeper.Params(ctx)
	if err != nil {
		return err
	}
	work, err := app.WorkKeeper.GetParams(ctx)
	if err != nil {
		return err
	}
	device, err := app.DeviceKeeper.Params.Get(ctx)
	if err != nil {
		return err
	}
	open := worktypes.NewGpuWindow(0, 0, work.Gpu).DeadlineHeight
	epochs := uint64(open)/beacon.EpochBlocks + 1
	settled := epochs + uint64(work.SettlementDelayEpochs)
	switch {
	case settled >= worktypes.MaxUnsettledEpochs:
		return contradiction("a window's gpu.opening_blocks (%d) and the rest of its life are %d epochs of epoch_blocks (%d), with settlement_delay_epochs (%d) %d; want below %d",
			work.Gpu.OpeningBlocks, epochs, beacon.EpochBlocks, work.SettlementDelayEpochs, settled, worktypes.MaxUnsettledEpochs)
	case settled >= device.UnbondingEpochs:
		return contradiction("unbonding_epochs of x/device is %d; want above the %d epochs of a window's life (gpu.opening_blocks %d at epoch_blocks %d) and settlement_delay_epochs",
			device.UnbondingEpochs, settled, work.Gpu.OpeningBlocks, beacon.EpochBlocks)
	}
	return nil
}
