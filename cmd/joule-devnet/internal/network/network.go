package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/field"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/home"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/proc"
	"github.com/joulechain/joule/sidecar/attest/akca"
	"github.com/joulechain/joule/sidecar/attest/swtpm"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// grace is how long processes may take to end by themselves.
	grace = 20 * time.Second
	// tick is how often the devnet looks at itself.
	tick = 500 * time.Millisecond
)

// network is a running devnet.
type network struct {
	opts       Options
	home       *home.Home
	group      *proc.Group
	validators []*validator
	sidecars   []*sidecar
	nodes      *nodes.Client
	faucet     *faucetServer
	ledger     *ledger.Ledger
	work       worktypes.Params
	authority  *akca.Authority // of TPMs' attestation keys; nil without --tpm
	tpms       []*swtpm.TPM    // one for each sidecar, with --tpm
	fault      fault
	field      *field.Field // nil without radios
	fieldLog   *os.File
	relay      string // where receipts are exchanged
	started    time.Time
	firstSeen  int64    // height at which all sidecars worked
	checked    int64    // height of the last invariants' check
	broken     []string // what it found
	trouble    error    // why the last look failed; nil if it did not
}

// Run runs a devnet in the folder until its epochs are settled or the context ends, and leaves no process behind. The
// result is nil only if nothing was started; after a failure it tells what was known.
func Run(ctx context.Context, h *home.Home, opts Options) (*Result, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if err := childEnvironment(h.Temp()); err != nil {
		return nil, err
	}
	n := &network{opts: opts, home: h, group: proc.NewGroup(), ledger: ledger.New(), started: time.Now(), fault: fault{plan: opts.Kill}}
	defer n.stop()
	result, err := n.run(ctx)
	if result == nil {
		result = n.bare()
	}
	result.finish(n, err)
	return result, err
}

// childEnvironment clears variables that would override the children's flags and files, and moves their temporary
// files.
func childEnvironment(temp string) error {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "JOULED_") || strings.HasPrefix(name, "JOULE_SIDECAR_") {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	return os.Setenv("TMPDIR", temp)
}

func (n *network) run(ctx context.Context) (*Result, error) {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"making TPMs", n.makeTPMs},
		{"making genesis", n.makeGenesis},
		{"starting validators", n.startValidators},
		{"starting the faucet", n.startFaucet},
		{"starting sidecars", n.startSidecars},
	} {
		if !n.opts.TPM && step.name == "making TPMs" {
			continue
		}
		n.opts.Screen.Say(step.name)
		if err := step.do(ctx); err != nil {
			return nil, n.explain(ctx, step.name, err)
		}
	}
	if err := n.announce(); err != nil {
		return nil, err
	}
	return n.watch(ctx)
}

// explain prefers the reason of a crash over what the crash led to.
func (n *network) explain(ctx context.Context, step string, err error) error {
	if crash := n.crashed(); crash != nil {
		return fmt.Errorf("%s: %w", step, crash)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", step, context.Cause(ctx))
	}
	return fmt.Errorf("%s: %w", step, err)
}

// crashed returns why a process ended that should not have.
func (n *network) crashed() error {
	var errs []error
	for _, v := range n.validators {
		if v.process != nil {
			errs = append(errs, v.process.Unexpected())
		}
	}
	for _, s := range n.sidecars {
		if s.process != nil {
			errs = append(errs, s.process.Unexpected())
		}
	}
	return errors.Join(errs...)
}

// stop ends everything; sidecars first, for they need the validators to send what they have signed.
func (n *network) stop() {
	if n.faucet != nil {
		n.faucet.close()
	}
	if n.nodes != nil {
		_ = n.nodes.Close()
	}
	n.group.StopAll(grace)
	n.stopField()
	http.DefaultClient.CloseIdleConnections()
}

// pause waits a tick.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(tick):
		return nil
	}
}

// readyFile is in the devnet's folder while it runs.
const readyFile = "network.json"

// announce writes where the devnet can be reached and tells the caller.
func (n *network) announce() error {
	r := Ready{Event: "ready", ChainID: n.opts.Spec.ChainID, Home: n.home.Root(), Keyring: n.validators[0].home, Faucet: n.faucet.url()}
	for _, v := range n.validators {
		r.Nodes = append(r.Nodes, v.node())
	}
	for _, s := range n.sidecars {
		told := Sidecar{Name: s.name, Home: s.home, Server: s.address}
		for _, d := range s.devices {
			told.Devices = append(told.Devices, Device{Name: d.name, Class: d.class, DeviceID: d.id})
		}
		r.Sidecars = append(r.Sidecars, told)
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	draft := n.home.Path(readyFile + ".new") // renamed, so that nobody reads half of it
	if err := os.WriteFile(draft, append(data, '\n'), 0o600); err != nil {
		return err
	}
	if err := os.Rename(draft, n.home.Path(readyFile)); err != nil {
		return err
	}
	if n.opts.Ready != nil {
		n.opts.Ready(r)
	}
	return nil
}
