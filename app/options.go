package app

import (
	"path/filepath"

	"github.com/spf13/cast"

	"github.com/cosmos/cosmos-sdk/client/flags"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/joulechain/joule/app/mempool"
)

// MinGasPrice is the default node-local minimum gas price in ujoule: none, since the floor price that consensus asks
// for (x/emissions) holds anyway.
const MinGasPrice = "0"

// NodeOptions are the node's own knobs in app.toml's [joule] section; none of them changes what consensus accepts.
type NodeOptions struct {
	// BeaconKeyFile is the validator's ECVRF key, relative to the home folder unless absolute.
	BeaconKeyFile string `mapstructure:"beacon-key-file"`
	// MempoolMaxTxs and MempoolMaxBytes bound the paying transactions in the mempool.
	MempoolMaxTxs   int `mapstructure:"mempool-max-txs"`
	MempoolMaxBytes int `mapstructure:"mempool-max-bytes"`
	// LaneMaxTxs, LaneMaxItems and LaneMaxBytes bound the evidence in the mempool.
	LaneMaxTxs   int `mapstructure:"lane-max-txs"`
	LaneMaxItems int `mapstructure:"lane-max-items"`
	LaneMaxBytes int `mapstructure:"lane-max-bytes"`
	// VerifyWorkers is how many goroutines verify a block's evidence ahead of its execution; 0 means one per CPU.
	VerifyWorkers int `mapstructure:"verify-workers"`
	// VerdictCacheSize is how many verdicts are remembered.
	VerdictCacheSize int `mapstructure:"verdict-cache-size"`
}

// DefaultNodeOptions are app.toml's values in a new home.
func DefaultNodeOptions() NodeOptions {
	return NodeOptions{
		BeaconKeyFile: filepath.Join("config", "beacon_key.json"),
		MempoolMaxTxs: 2_000, MempoolMaxBytes: 16 << 20, LaneMaxTxs: 4_000, LaneMaxItems: 12_000, LaneMaxBytes: 32 << 20,
		VerifyWorkers: 0, VerdictCacheSize: 100_000,
	}
}

// ReadNodeOptions takes what app.toml, the environment or flags set; the rest keeps its default, so that an older
// app.toml without a [joule] section still works.
func ReadNodeOptions(opts servertypes.AppOptions) NodeOptions {
	o := DefaultNodeOptions()
	if v := opts.Get("joule.beacon-key-file"); v != nil {
		o.BeaconKeyFile = cast.ToString(v)
	}
	for key, field := range map[string]*int{
		"joule.mempool-max-txs": &o.MempoolMaxTxs, "joule.mempool-max-bytes": &o.MempoolMaxBytes,
		"joule.lane-max-txs": &o.LaneMaxTxs, "joule.lane-max-items": &o.LaneMaxItems, "joule.lane-max-bytes": &o.LaneMaxBytes,
		"joule.verify-workers": &o.VerifyWorkers, "joule.verdict-cache-size": &o.VerdictCacheSize,
	} {
		if v := opts.Get(key); v != nil {
			*field = cast.ToInt(v)
		}
	}
	if !filepath.IsAbs(o.BeaconKeyFile) {
		o.BeaconKeyFile = filepath.Join(cast.ToString(opts.Get(flags.FlagHome)), o.BeaconKeyFile)
	}
	return o
}

func (o NodeOptions) mempoolConfig() mempool.Config {
	return mempool.Config{MaxTxs: o.MempoolMaxTxs, MaxBytes: o.MempoolMaxBytes, LaneMaxTxs: o.LaneMaxTxs, LaneMaxItems: o.LaneMaxItems, LaneMaxBytes: o.LaneMaxBytes}
}
