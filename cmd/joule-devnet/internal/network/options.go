// Package network runs a devnet: validators, a faucet and sidecars as processes of this machine, on loopback.
package network

import (
	"errors"
	"fmt"
	"time"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/table"
	"github.com/joulechain/joule/sidecar/attest/swtpm"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
)

// MaxDevices bounds the sidecars: each is a process.
const MaxDevices = 64

// Options say what to run.
type Options struct {
	// Spec is the description, with as many validators as are to run.
	Spec spec.Spec
	// Jouled and Sidecar are the programs.
	Jouled, Sidecar string
	// Devices is how many sidecars run, each with the devices that the description lists.
	Devices int
	// Epochs is how many paid epochs end the run; 0 runs until it is interrupted.
	Epochs uint64
	// Backend is the sidecars' gpu.backend.
	Backend string
	// BlockTime overrides consensus.timeout_commit; 0 keeps the description's.
	BlockTime time.Duration
	// TPM gives each sidecar a software TPM that holds its devices' keys, and has them attested.
	TPM bool
	// Scenario is the radio field, a sidecar for each of its gateways; nil for none.
	Scenario *rfsim.Scenario
	// Kill is the planned fault; nil for none.
	Kill *Kill
	// Screen shows how it goes.
	Screen *table.Screen
	// Ready is called once all sidecars work.
	Ready func(Ready)
}

// Kill is a planned fault: SIGKILL to a validator in the middle of an epoch, and its restart.
type Kill struct {
	// Validator counts from 0.
	Validator int
	Epoch     uint64
}

// Ready tells where a running devnet can be reached; it is also what network.json in the devnet's folder holds.
type Ready struct {
	Event   string `json:"event"`
	ChainID string `json:"chain_id"`
	Home    string `json:"home"`
	// Keyring is the folder of the keyring (backend test) with the accounts that are no validator's.
	Keyring  string    `json:"keyring"`
	Faucet   string    `json:"faucet"`
	Nodes    []Node    `json:"nodes"`
	Sidecars []Sidecar `json:"sidecars"`
}

// Sidecar is where a sidecar's own server listens.
type Sidecar struct {
	Name    string   `json:"name"`
	Home    string   `json:"home"`
	Server  string   `json:"server"`
	Devices []Device `json:"devices"`
}

// Device is one of a sidecar's devices.
type Device struct {
	Name     string `json:"name"`
	Class    string `json:"class"`
	DeviceID string `json:"device_id"`
}

// Node is where a validator's node listens.
type Node struct {
	Name string `json:"name"`
	Home string `json:"home"`
	REST string `json:"rest"`
	GRPC string `json:"grpc"`
	RPC  string `json:"rpc"`
}

// Validate names the flag that it refuses.
func (o Options) Validate() error {
	if o.Devices < 0 || o.Devices > MaxDevices {
		return fmt.Errorf("--devices is %d and must be in 0..%d", o.Devices, MaxDevices)
	}
	if o.Epochs > 0 && o.Devices == 0 {
		return errors.New("--epochs counts epochs in which every device was paid: --devices must be at least 1")
	}
	if o.TPM {
		if err := swtpm.Installed(); err != nil {
			return fmt.Errorf("--tpm: %w", err)
		}
	}
	if o.BlockTime != 0 && (o.BlockTime < 100*time.Millisecond || o.BlockTime > time.Minute) {
		return fmt.Errorf("--block-time is %s and must be in 100ms..1m", o.BlockTime)
	}
	if k := o.Kill; k != nil {
		if n := len(o.Spec.Validators); k.Validator < 0 || k.Validator >= n {
			return fmt.Errorf("--kill-validator is %d and must be in 0..%d", k.Validator, n-1)
		}
		if k.Epoch < 1 {
			return fmt.Errorf("--kill-epoch is %d and must be at least 1", k.Epoch)
		}
	}
	return nil
}
