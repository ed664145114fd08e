package cmd

import (
	"fmt"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"

	"github.com/joulechain/joule/app"
)

// role is what a node is for; it decides pruning, indexing and services.
type role string

const (
	// roleValidator keeps little, indexes nothing and serves nothing but itself.
	roleValidator role = "validator"
	// roleRPC answers wallets, exchanges and sidecars, and makes state-sync snapshots.
	roleRPC role = "rpc"
	// roleArchive keeps every height, for explorers and balances at past heights.
	roleArchive role = "archive"

	defaultRole = roleValidator

	// queryGasLimit bounds a query on nodes that serve strangers; the SDK's default is unbounded.
	queryGasLimit = 50_000_000
	// snapshotInterval is how many blocks lie between state-sync snapshots.
	snapshotInterval = 1_000
	// iavlCacheNodes suits a tree of a million device records (the SDK's default is 781,250).
	iavlCacheNodes = 4_000_000
	// validatorKeepRecent is how many states a validator keeps: more than the longest opening deadline.
	validatorKeepRecent = "1000"
	// metricsRetentionSeconds is how long a metric that is not updated stays visible.
	metricsRetentionSeconds = 600
	// minRetainBlocks keeps the blocks of the evidence age on a pruning node.
	minRetainBlocks = app.GenesisEvidenceBlocks
)

func parseRole(s string) (role, error) {
	switch r := role(s); r {
	case roleValidator, roleRPC, roleArchive:
		return r, nil
	}
	return "", fmt.Errorf("--role: %q is unknown; want %s", s, strings.Join([]string{string(roleValidator), string(roleRPC), string(roleArchive)}, ", "))
}

// appConfig returns app.toml's defaults for a role.
func appConfig(r role) *nodeConfig {
	c := &nodeConfig{Config: *srvconfig.DefaultConfig(), Joule: app.DefaultNodeOptions()}
	c.MinGasPrices = app.MinGasPrice + app.BaseDenom
	c.QueryGasLimit = queryGasLimit
	c.IAVLCacheSize = iavlCacheNodes
	// The SDK's and our own metrics join CometBFT's in one Prometheus endpoint.
	c.Telemetry.Enabled, c.Telemetry.ServiceName, c.Telemetry.PrometheusRetentionTime = true, app.Name, metricsRetentionSeconds
	c.GRPC.Address, c.API.Address = "127.0.0.1:9090", "tcp://127.0.0.1:1317"
	switch r {
	case roleValidator:
		c.Pruning, c.PruningKeepRecent, c.PruningInterval = pruningtypes.PruningOptionCustom, validatorKeepRecent, "10"
		c.MinRetainBlocks = minRetainBlocks
		c.GRPCWeb.Enable = false
	case roleRPC:
		c.Pruning = pruningtypes.PruningOptionDefault
		c.API.Enable, c.API.Swagger = true, true
		c.StateSync.SnapshotInterval = snapshotInterval
	case roleArchive:
		c.Pruning = pruningtypes.PruningOptionNothing
		c.API.Enable, c.API.Swagger = true, true
	}
	return c
}

// cometConfig returns config.toml's defaults for a role.
func cometConfig(r role) *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.Consensus.TimeoutCommit = 5 * time.Second
	c.Consensus.CreateEmptyBlocks = true
	app.DefaultNodeOptions().SetEngine(c.Mempool)
	c.RPC.PprofListenAddress = ""
	c.Instrumentation.Prometheus = true
	c.Instrumentation.PrometheusListenAddr = "127.0.0.1:26660"
	c.TxIndex.Indexer = "kv"
	if r == roleValidator {
		c.TxIndex.Indexer = "null"
	}
	return c
}
