package network

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cmtp2p "github.com/cometbft/cometbft/p2p"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
)

// validator is a node that signs blocks.
type validator struct {
	spec    spec.Validator
	home    string
	id      string // of the peer-to-peer key
	ports   ports
	process *proc.Process
}

// ports are a node's, all on loopback.
type ports struct{ p2p, rpc, grpc, rest, metrics int }

const portsPerNode = 5

// loopback is the only address that anything listens on.
const loopback = "127.0.0.1"

func at(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

func (v *validator) file(parts ...string) string {
	return filepath.Join(append([]string{v.home}, parts...)...)
}

func (v *validator) node() Node {
	return Node{Name: v.spec.Name, Home: v.home, REST: "http://" + at(v.ports.rest), GRPC: at(v.ports.grpc), RPC: "http://" + at(v.ports.rpc)}
}

func (v *validator) readID() error {
	key, err := cmtp2p.LoadNodeKey(v.file("config", "node_key.json"))
	if err != nil {
		return err
	}
	v.id = string(key.ID())
	return nil
}

// configure writes the description's overrides and then what belongs to the devnet: addresses, ports and peers.
func (n *network) configure(v *validator) error {
	var peers []string
	for _, other := range n.validators {
		if other != v {
			peers = append(peers, other.id+"@"+at(other.ports.p2p))
		}
	}
	comet := map[string]any{
		"rpc": map[string]any{"laddr": "tcp://" + at(v.ports.rpc), "pprof_laddr": ""},
		"p2p": map[string]any{
			"laddr": "tcp://" + at(v.ports.p2p), "persistent_peers": strings.Join(peers, ","),
			"addr_book_strict": false, "allow_duplicate_ip": true,
		},
		"instrumentation": map[string]any{"prometheus_listen_addr": at(v.ports.metrics)},
	}
	app := map[string]any{
		"api":  map[string]any{"enable": true, "address": "tcp://" + at(v.ports.rest)},
		"grpc": map[string]any{"enable": true, "address": at(v.ports.grpc)},
	}
	if err := edit(v.file("config", "config.toml"), "config", v.spec, v.spec.Config, comet); err != nil {
		return err
	}
	if err := edit(v.file("config", "app.toml"), "app", v.spec, v.spec.App, app); err != nil {
		return err
	}
	if n.opts.BlockTime > 0 {
		blockTime := map[string]any{"consensus": map[string]any{"timeout_commit": n.opts.BlockTime.String()}}
		if err := set(v.file("config", "config.toml"), blockTime); err != nil {
			return err
		}
	}
	return set(v.file("config", "client.toml"), map[string]any{
		"chain-id": n.opts.Spec.ChainID, "keyring-backend": "test", "node": "tcp://" + at(v.ports.rpc),
	})
}

// edit applies overrides, which may not touch what is the devnet's own.
func edit(path, part string, v spec.Validator, overrides, own map[string]any) error {
	theirs, err := spec.Flatten(overrides)
	if err != nil {
		return fmt.Errorf("validator %s: %s: %w", v.Name, part, err)
	}
	reserved, err := spec.Flatten(own)
	if err != nil {
		return err
	}
	for key := range theirs {
		if _, taken := reserved[key]; taken {
			return fmt.Errorf("validator %s: %s.%s is set by joule-devnet itself: remove it", v.Name, part, key)
		}
	}
	if err := set(path, overrides); err != nil {
		return fmt.Errorf("validator %s: %s: %w", v.Name, part, err)
	}
	return set(path, own)
}

func set(path string, values map[string]any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, err := spec.SetTOML(string(text), values)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return os.WriteFile(path, []byte(out), 0o600)
}

// launch starts a validator's node.
func (n *network) launch(v *validator) error {
	var err error
	v.process, err = n.group.Start(v.spec.Name, n.log(v.spec.Name), n.opts.Jouled, "start", "--home", v.home, "--log_no_color")
	return err
}

func (n *network) log(name string) string { return filepath.Join(n.home.Logs(), name+".log") }

// startValidators starts all and waits until all have made blocks.
func (n *network) startValidators(ctx context.Context) error {
	var addresses []nodes.Address
	for _, v := range n.validators {
		addresses = append(addresses, nodes.Address{Name: v.spec.Name, GRPC: at(v.ports.grpc), RPC: at(v.ports.rpc), REST: at(v.ports.rest)})
		if err := n.launch(v); err != nil {
			return err
		}
	}
	var err error
	if n.nodes, err = nodes.Dial(addresses); err != nil {
		return err
	}
	for {
		up := 0
		for _, h := range n.nodes.Heads(ctx) {
			if h.Err == nil && h.Height >= 1 {
				up++
			}
		}
		if up == len(n.validators) {
			return nil
		}
		if err := n.crashed(); err != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("%d of %d validators have made a block: %w", up, len(n.validators), err)
		}
	}
}
