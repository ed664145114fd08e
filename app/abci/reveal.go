package abci

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beaconkeeper "github.com/joulechain/joule/x/beacon/keeper"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// RevealKeeper tells what a block's transaction 0 must be (protocol section 1).
type RevealKeeper interface {
	Expect(ctx context.Context, height int64, proposer []byte) (beaconkeeper.Expectation, error)
}

// BuildReveal makes transaction 0 of the block that this node proposes. expected tells whether the chain wants one:
// with expected and no bytes the node lacks the secret of its validator's active key, and whatever it proposes is
// refused. It never fails, since PrepareProposal must not; a nil signer is a node without a key file.
func BuildReveal(ctx sdk.Context, keeper RevealKeeper, signer vrf.Signer, height int64, proposer []byte) (tx []byte, expected bool) {
	e, err := keeper.Expect(ctx, height, proposer)
	if err != nil {
		ctx.Logger().Error("beacon: cannot read what to reveal", "height", height, "err", err)
		return nil, false
	}
	if e.Key == nil {
		return nil, false
	}
	if signer == nil {
		ctx.Logger().Error("beacon: no key file, so that this proposal will be refused; put the validator's beacon_key.json in place and restart",
			"height", height, "operator", e.Address)
		return nil, true
	}
	proof, err := signer.Prove(e.Key, e.Input())
	if err != nil {
		ctx.Logger().Error("beacon: cannot reveal, so that this proposal will be refused", "height", height, "operator", e.Address, "err", err)
		return nil, true
	}
	tx, err = beacontypes.BuildRevealTx(&beacontypes.MsgReveal{OperatorAddress: e.Address, Height: height, Proof: proof})
	if err != nil {
		ctx.Logger().Error("beacon: the signer's proof is malformed, so that this proposal will be refused", "height", height, "err", err)
		return nil, true
	}
	return tx, true
}

// CheckReveal refuses a proposal whose transaction 0 is not exactly the reveal that the header's validator owes:
// missing, not canonical, of another height, chain, mix or validator, with a proof that fails, or present although that
// validator has no active key. It also refuses a MsgReveal at the top level of any later transaction; app/ante refuses
// nested ones, and ProcessProposal whatever does not decode. After a nil result, beacontypes.IsRevealTx of transaction
// 0 tells whether there is one.
func CheckReveal(ctx sdk.Context, keeper RevealKeeper, txs [][]byte, height int64, proposer []byte) error {
	e, err := keeper.Expect(ctx, height, proposer)
	if err != nil {
		return err
	}
	if _, err := e.Verify(txs); err != nil {
		return err
	}
	for i := 1; i < len(txs); i++ {
		if CarriesReveal(txs[i]) {
			return beacontypes.ErrRevealUnexpected.Wrapf("transaction %d carries a MsgReveal; only transaction 0 may", i)
		}
	}
	return nil
}

// CarriesReveal tells whether a transaction holds a MsgReveal at its top level, canonical or not. PrepareProposal
// leaves such transactions out.
func CarriesReveal(tx []byte) bool {
	_, found, _ := beacontypes.ParseRevealTx(tx)
	return found
}

// Revealer makes and checks transaction 0.
type Revealer interface {
	// Build returns transaction 0 of the node's own proposal, or nil for none.
	Build(ctx sdk.Context, height int64, proposer []byte) []byte
	// Check refuses a proposal whose transaction 0 is not what the state and its proposer demand.
	Check(ctx sdk.Context, txs [][]byte, height int64, proposer []byte) error
}

type beaconRevealer struct {
	keeper RevealKeeper
	signer vrf.Signer
}

// NewRevealer returns the beacon's revealer; a nil signer is a node without a beacon key.
func NewRevealer(keeper RevealKeeper, signer vrf.Signer) Revealer {
	return beaconRevealer{keeper: keeper, signer: signer}
}

func (r beaconRevealer) Build(ctx sdk.Context, height int64, proposer []byte) []byte {
	tx, _ := BuildReveal(ctx, r.keeper, r.signer, height, proposer)
	return tx
}

func (r beaconRevealer) Check(ctx sdk.Context, txs [][]byte, height int64, proposer []byte) error {
	return CheckReveal(ctx, r.keeper, txs, height, proposer)
}
