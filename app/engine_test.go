package app_test

import (
	"testing"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app"
)

func TestEngineFollowsFromOurMempool(t *testing.T) {
	o := app.DefaultNodeOptions()
	good := func() *cmtcfg.MempoolConfig {
		c := cmtcfg.DefaultMempoolConfig()
		o.SetEngine(c)
		return c
	}
	require.NoError(t, o.CheckEngine(good()))
	require.NoError(t, good().ValidateBasic())
	require.ErrorContains(t, o.CheckEngine(cmtcfg.DefaultMempoolConfig()), "mempool.size is 5000, must be at least 13000", "CometBFT's own default is what attackers fill")
	for want, edit := range map[string]func(*cmtcfg.MempoolConfig){
		`mempool.type is "app", must be "flood"`:                       func(c *cmtcfg.MempoolConfig) { c.Type = cmtcfg.MempoolTypeApp },
		"mempool.recheck is false, must be true":                       func(c *cmtcfg.MempoolConfig) { c.Recheck = false },
		"mempool.size is 12999, must be at least 13000":                func(c *cmtcfg.MempoolConfig) { c.Size-- },
		"mempool.max_txs_bytes is 71303167, must be at least 71303168": func(c *cmtcfg.MempoolConfig) { c.MaxTxsBytes-- },
		"mempool.cache_size is 12999, must be at least 13000":          func(c *cmtcfg.MempoolConfig) { c.CacheSize = c.Size - 1 },
		"mempool.max_tx_bytes is 1048575, must be at least 1048576":    func(c *cmtcfg.MempoolConfig) { c.MaxTxBytes-- },
	} {
		c := good()
		edit(c)
		require.ErrorContains(t, o.CheckEngine(c), want)
	}
	larger := o
	larger.LaneMaxTxs++
	require.ErrorContains(t, larger.CheckEngine(good()), "must be at least 13001")
	larger.LaneMaxTxs = 0
	require.ErrorContains(t, larger.CheckEngine(good()), "LaneMaxTxs")
}
