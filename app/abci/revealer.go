package abci

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/vrf"
)

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
