package testutil

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// CommunityPool stands in for x/distribution's: it keeps what was paid. It does not follow a context that is thrown
// away.
type CommunityPool struct {
	Paid sdk.Coins
	// Fails is what the next payments return.
	Fails error
}

// FundCommunityPool implements the work module's CommunityPool.
func (p *CommunityPool) FundCommunityPool(_ context.Context, amount sdk.Coins, _ sdk.AccAddress) error {
	if p.Fails == nil {
		p.Paid = p.Paid.Add(amount...)
	}
	return p.Fails
}
