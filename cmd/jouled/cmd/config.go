package cmd

import (
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"

	"github.com/joulechain/joule/app"
)

// nodeConfig is app.toml: the SDK's sections and [joule].
type nodeConfig struct {
	srvconfig.Config `mapstructure:",squash"`

	Joule app.NodeOptions `mapstructure:"joule"`
}

const appConfigTemplate = srvconfig.DefaultConfigTemplate + `
###############################################################################
###                                  Joule                                  ###
###############################################################################

[joule]

# The validator's beacon key (ECVRF), relative to the home folder. Nodes without the file reveal nothing.
beacon-key-file = "{{ .Joule.BeaconKeyFile }}"

# The mempool's bounds, of paying transactions and of evidence. The [mempool] section of config.toml must hold both: the
# node refuses to start otherwise and names the figures. After each block the node checks again what waits, some 0.2 ms
# a transaction and 0.04 ms an item of evidence, before it goes on.
mempool-max-txs = {{ .Joule.MempoolMaxTxs }}
mempool-max-bytes = {{ .Joule.MempoolMaxBytes }}
lane-max-txs = {{ .Joule.LaneMaxTxs }}
lane-max-items = {{ .Joule.LaneMaxItems }}
lane-max-bytes = {{ .Joule.LaneMaxBytes }}

# Workers that verify a block's evidence before it executes; 0 means one per CPU.
verify-workers = {{ .Joule.VerifyWorkers }}

# How many verdicts of evidence arithmetic are remembered (about 200 bytes each).
verdict-cache-size = {{ .Joule.VerdictCacheSize }}
`
