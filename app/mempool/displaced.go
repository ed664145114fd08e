package mempool

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// displaced counts what left the pool since the last block and not by a block: the consensus engine holds it until it
// rechecks after the next one. Its own mempool has room for as much as the paying lane holds (Config.Engine).
type displaced struct {
	height     int64
	txs, bytes int
	// discarded are those that must not come back, until the engine has asked for them.
	discarded map[txKey]bool
}

// room tells whether another transaction may be pushed out before the next block.
func (d *displaced) room(goCtx context.Context, maxTxs, maxBytes int) bool {
	if height := sdk.UnwrapSDKContext(goCtx).BlockHeight(); height != d.height {
		d.height, d.txs, d.bytes = height, 0, 0
	}
	return d.txs < maxTxs && d.bytes < maxBytes
}

func (d *displaced) add(p Pending) {
	d.txs++
	d.bytes += p.Size
}

func (d *displaced) discard(p Pending) {
	d.add(p)
	d.discarded[p.key] = true
}

// forget reports whether a key was discarded, once.
func (d *displaced) forget(key txKey) bool {
	gone := d.discarded[key]
	delete(d.discarded, key)
	return gone
}
