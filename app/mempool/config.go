package mempool

import "fmt"

// Config bounds the mempool.
type Config struct {
	// MaxTxs and MaxBytes bound the paying transactions. At least 1.
	MaxTxs, MaxBytes int
	// LaneMaxTxs, LaneMaxItems and LaneMaxBytes bound the evidence lane. At least 1. The items decide what a recheck
	// of the whole lane costs, which stands between two blocks.
	LaneMaxTxs, LaneMaxItems, LaneMaxBytes int
}

// Validate names the field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"MaxTxs", c.MaxTxs}, {"MaxBytes", c.MaxBytes}, {"LaneMaxTxs", c.LaneMaxTxs}, {"LaneMaxItems", c.LaneMaxItems}, {"LaneMaxBytes", c.LaneMaxBytes}} {
		if f.value < 1 {
			return fmt.Errorf("mempool: %s is %d, must be at least 1", f.name, f.value)
		}
	}
	return nil
}

// EngineSize is what the consensus engine's own mempool must hold so that ours is full first.
type EngineSize struct {
	Txs   int
	Bytes int64
}

// Engine derives the engine's size. The engine holds what we hold; and what gave way to better ones, which it forgets
// when it rechecks after a block, at most a paying lane's worth a block; and a block of transactions that an
// execution has taken out of our pool already while the engine waits for the commit.
func (c Config) Engine(blockTxs int, blockBytes int64) EngineSize {
	return EngineSize{
		Txs:   c.LaneMaxTxs + 2*c.MaxTxs + blockTxs,
		Bytes: int64(c.LaneMaxBytes) + 2*int64(c.MaxBytes) + blockBytes,
	}
}
