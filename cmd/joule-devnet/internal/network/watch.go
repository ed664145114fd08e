package network

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	beacontypes "github.com/joulechain/joule/x/beacon/types"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/ledger"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/table"
)

// claimEvery is how many paid epochs lie between claims in a run without an end.
const claimEvery = 5

// maxMissed is how many epochs in a row may leave a device unpaid although it had a window.
const maxMissed = 3

// ErrUnpaid means that a device went unpaid too often.
var ErrUnpaid = errors.New("a device was not paid although it had windows")

// ErrBroken means that the accounting does not hold.
var ErrBroken = errors.New("invariants are broken")

// watch follows the devnet until the wanted epochs are paid, something breaks or the context ends.
func (n *network) watch(ctx context.Context) (*Result, error) {
	claimed := 0
	for {
		if err := n.look(ctx); err != nil {
			return n.known(ctx), n.explain(ctx, n.whereabouts(ctx), err)
		}
		paid := n.ledger.Count(ledger.Paid)
		switch {
		case n.opts.Epochs > 0 && uint64(paid) >= n.opts.Epochs && n.fault.over():
			return n.conclude(ctx)
		case n.opts.Epochs == 0 && paid >= claimed+claimEvery:
			claimed = paid
			if err := n.claimAll(ctx); err != nil {
				n.opts.Screen.Say(err.Error())
			}
		}
		if err := pause(ctx); err != nil {
			return n.known(ctx), n.explain(ctx, n.whereabouts(ctx), err)
		}
	}
}

// whereabouts says how far a run came and what was wrong with its last look.
func (n *network) whereabouts(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	text := fmt.Sprintf("at height %d, %s", n.head(ctx), n.settledText())
	if n.trouble != nil {
		text += fmt.Sprintf(" (the last look failed: %s)", n.trouble)
	}
	return text
}

// look takes one look: crashes, the planned fault, settled epochs, the table. Only what is final ends the run: a node
// that does not answer now will, or the time runs out.
func (n *network) look(ctx context.Context) error {
	if err := n.crashed(); err != nil {
		return err
	}
	heads := n.nodes.Heads(ctx)
	epoch, err := n.nodes.Epoch(ctx)
	if n.trouble = err; err != nil {
		return ctx.Err()
	}
	height := top(heads)
	done := uint64(max(0, height-epoch.StartHeight+1))
	if err := n.stepFault(epoch.Number, 2*done >= epoch.Blocks, heads); err != nil {
		return err
	}
	if err := n.settle(ctx, 0); err != nil {
		n.trouble = err
		if errors.Is(err, ErrUnpaid) || errors.Is(err, ErrBroken) {
			return err
		}
		return ctx.Err()
	}
	n.show(ctx, heads, epoch, done)
	return nil
}

// head is the greatest height of any node.
func (n *network) head(ctx context.Context) int64 { return top(n.nodes.Heads(ctx)) }

// show draws the table; what cannot be asked now keeps its zero value.
func (n *network) show(ctx context.Context, heads []nodes.Head, epoch beacontypes.Epoch, done uint64) {
	height := top(heads)
	v := table.View{
		ChainID: n.opts.Spec.ChainID, Height: height, Epoch: epoch.Number, Block: min(done, epoch.Blocks), Blocks: epoch.Blocks,
		Settled: n.settledText(), Invariants: "invariants not checked yet",
	}
	if n.checked > 0 {
		v.Invariants = fmt.Sprintf("invariants hold at height %d", n.checked)
	}
	if m, err := n.nodes.Mix(ctx); err == nil {
		v.Mix = hex.EncodeToString(m.Mix)
	}
	if w, err := n.nodes.Windows(ctx, 0); err == nil {
		v.Window = windowText(w, height)
	}
	for i, h := range heads {
		v.Validators = append(v.Validators, table.Validator{Name: h.Name, Height: h.Height, Peers: h.Peers, State: n.stateText(i, h)})
	}
	for _, s := range n.sidecars {
		var now sidecarStatus // fresh: what a page leaves out must not stay from the page before
		trouble := s.ask(ctx, "status", &now)
		if trouble == nil {
			s.status = now
		}
		for _, d := range s.devices {
			w, err := n.nodes.DeviceWork(ctx, d.id, 0)
			if err != nil {
				continue
			}
			row := table.Device{Name: d.name, ID: d.id, Units: w.TotalUnits, Accrued: w.Credited(), Claimed: w.Claimed()}
			row.Doing = s.doing(d, epoch.Number)
			if trouble != nil {
				row.Doing = "its sidecar does not answer"
			}
			v.Devices = append(v.Devices, row)
		}
	}
	n.opts.Screen.Show(v)
}

func (n *network) settledText() string {
	text := fmt.Sprintf("%d epochs paid", n.ledger.Count(ledger.Paid))
	if n.opts.Epochs > 0 {
		text = fmt.Sprintf("%d of %d epochs paid", n.ledger.Count(ledger.Paid), n.opts.Epochs)
	}
	if idle := n.ledger.Count(ledger.Idle); idle > 0 {
		text += fmt.Sprintf(", %d idle", idle)
	}
	if missed := n.ledger.Count(ledger.Missed); missed > 0 {
		text += fmt.Sprintf(", %d missed", missed)
	}
	return text
}

func (n *network) stateText(i int, h nodes.Head) string {
	switch {
	case n.fault.plan != nil && n.fault.plan.Validator == i && n.fault.stage == faultDown:
		return "killed"
	case h.Err != nil:
		return "no answer"
	case h.Syncing:
		return "catching up"
	}
	return "running"
}
