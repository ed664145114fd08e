package app

import (
	"fmt"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// mostBlockTxs is more than a block holds by its gas: 75 million of evidence at 25,000 the transaction, 75 million of
// the rest at 50,000.
const mostBlockTxs = 5_000

// recheckTimeout is longer than a recheck of all that waits takes by BenchmarkRecheck, about 2.2 s.
const recheckTimeout = 4 * time.Second

// engineSize is what CometBFT's mempool must hold so that neither lane is shut out by the other's transactions.
func (o NodeOptions) engineSize() mempool.EngineSize {
	return o.mempoolConfig().Engine(mostBlockTxs, GenesisBlockBytes)
}

// SetEngine makes CometBFT's mempool follow from ours.
func (o NodeOptions) SetEngine(c *cmtcfg.MempoolConfig) {
	size := o.engineSize()
	c.Type, c.Recheck = cmtcfg.MempoolTypeFlood, true
	c.Size, c.MaxTxsBytes = size.Txs, size.Bytes
	c.CacheSize = 2 * size.Txs
	c.MaxTxBytes = worktypes.MaxLaneTxBytes
	// It counts only with the application in another process: in one process each answer has come when it starts.
	c.RecheckTimeout = recheckTimeout
}

// CheckEngine refuses figures of config.toml that contradict those of app.toml, and says which would be right.
func (o NodeOptions) CheckEngine(c *cmtcfg.MempoolConfig) error {
	if err := o.mempoolConfig().Validate(); err != nil {
		return fmt.Errorf("app.toml, section joule: %w", err)
	}
	size := o.engineSize()
	if c.Type != cmtcfg.MempoolTypeFlood && c.Type != "" {
		return fmt.Errorf("config.toml: mempool.type is %q, must be %q: the node gossips what its own mempool has checked", c.Type, cmtcfg.MempoolTypeFlood)
	}
	if !c.Recheck {
		return fmt.Errorf("config.toml: mempool.recheck is false, must be true: without it CometBFT's mempool fills with what no block can take")
	}
	for _, f := range []struct {
		name       string
		have, want int64
		why        string
	}{
		{"size", int64(c.Size), int64(size.Txs), fmt.Sprintf("lane-max-txs + 2 · mempool-max-txs of app.toml + %d for a block on its way", mostBlockTxs)},
		{"max_txs_bytes", c.MaxTxsBytes, size.Bytes, fmt.Sprintf("lane-max-bytes + 2 · mempool-max-bytes of app.toml + %d for a block on its way", GenesisBlockBytes)},
		{"cache_size", int64(c.CacheSize), int64(c.Size), "mempool.size, or waiting transactions are checked again whenever a peer sends them"},
		{"max_tx_bytes", int64(c.MaxTxBytes), worktypes.MaxLaneTxBytes, "the largest lane transaction that governance can allow"},
	} {
		if f.have < f.want {
			return fmt.Errorf("config.toml: mempool.%s is %d, must be at least %d: %s", f.name, f.have, f.want, f.why)
		}
	}
	return nil
}
