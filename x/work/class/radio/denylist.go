package radio

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// UpdateDenylist changes the lists; governance only. Denying what is denied, and allowing what is not, changes
// nothing.
func (c *Class) UpdateDenylist(goCtx context.Context, msg *types.MsgUpdateRadioDenylist) (*types.MsgUpdateRadioDenylistResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if msg.Authority != c.ledger.Authority() {
		return nil, types.ErrInvalidAuthority.Wrapf("authority is %s; want %s", msg.Authority, c.ledger.Authority())
	}
	if err := msg.ValidateShape(); err != nil {
		return nil, err
	}
	event := &types.EventRadioDenylistUpdated{Denied: msg.Deny, Allowed: msg.Allow}
	for _, number := range msg.Allow {
		if err := c.setDenied(ctx, number, false); err != nil {
			return nil, err
		}
	}
	for _, number := range msg.Deny {
		if err := c.setDenied(ctx, number, true); err != nil {
			return nil, err
		}
	}
	for _, e := range msg.AllowEdges {
		if err := c.setEdgeDenied(ctx, e, false); err != nil {
			return nil, err
		}
		event.AllowedEdges = append(event.AllowedEdges, fmt.Sprintf("%d-%d", min(e.A, e.B), max(e.A, e.B)))
	}
	for _, e := range msg.DenyEdges {
		if err := c.setEdgeDenied(ctx, e, true); err != nil {
			return nil, err
		}
		event.DeniedEdges = append(event.DeniedEdges, fmt.Sprintf("%d-%d", min(e.A, e.B), max(e.A, e.B)))
	}
	return &types.MsgUpdateRadioDenylistResponse{}, ctx.EventManager().EmitTypedEvent(event)
}

func (s store) setDenied(ctx context.Context, number uint32, denied bool) error {
	return setListed(ctx, s.DeniedCounts, deniedNodes, s.Denied, number, denied)
}

func (s store) setEdgeDenied(ctx context.Context, e types.RadioEdge, denied bool) error {
	e = types.NewRadioEdge(e.A, e.B)
	return setListed(ctx, s.DeniedCounts, deniedEdges, s.DeniedEdges, collections.Join(e.A, e.B), denied)
}

// setListed puts a key on a bounded list or takes it off.
func setListed[K any](ctx context.Context, counts collections.Map[uint32, uint32], kind uint32, list collections.KeySet[K], key K, listed bool) error {
	has, err := list.Has(ctx, key)
	if err != nil || has == listed {
		return err
	}
	n, err := class.OrZero(counts.Get(ctx, kind))
	if err != nil {
		return err
	}
	if !listed {
		if err := counts.Set(ctx, kind, n-1); err != nil {
			return err
		}
		return list.Remove(ctx, key)
	}
	if n >= types.MaxDenied {
		return types.ErrDenylistFull.Wrapf("%d entries; want at most %d: allow others first", n, types.MaxDenied)
	}
	if err := counts.Set(ctx, kind, n+1); err != nil {
		return err
	}
	return list.Set(ctx, key)
}
