package ante

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// PriceSource tells the prices of block space: x/emissions' parameters.
type PriceSource interface {
	FeeParams(ctx context.Context) (emissionstypes.FeeParams, error)
}

// BankKeeper collects fees into a virtual balance, so that paying transactions write no common record.
type BankKeeper interface {
	SendCoinsFromAccountToModuleVirtual(ctx context.Context, sender sdk.AccAddress, module string, amt sdk.Coins) error
}

// WorkKeeper judges evidence against the state.
type WorkKeeper interface {
	GetParams(ctx context.Context) (worktypes.Params, error)
	// CheckLive returns an error unless at least one item is new against the state and few are not.
	CheckLive(ctx context.Context, msg *worktypes.MsgSubmitWork) error
	// VerifyBatch is CheckLive, then every new item's signature, then every new item's proof.
	VerifyBatch(ctx context.Context, msg *worktypes.MsgSubmitWork) error
	// MarkPending remembers the batch's items until the block's state is dropped.
	MarkPending(ctx context.Context, msg *worktypes.MsgSubmitWork) error
}

// EpochSource tells the current epoch.
type EpochSource interface {
	EpochNumber(ctx context.Context) (uint64, error)
}

// Offenders tells which devices this node ignores in an epoch.
type Offenders interface {
	Ignored(epoch uint64, deviceID []byte) bool
}

// Pool is the node's mempool.
type Pool interface {
	// Admit tells whether new evidence would find room.
	Admit(ctx sdk.Context, tx sdk.Tx) error
	// Restore keeps a transaction that passed a recheck, or tells that it has lost its place.
	Restore(ctx sdk.Context, tx sdk.Tx, opt sdkmempool.InsertOption) error
}
