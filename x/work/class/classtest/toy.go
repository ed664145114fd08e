// Package classtest has a work class that is as small as one can be. No chain registers it; tests add it to a keeper,
// so that the steps of CONTRIBUTING.md's "Adding a work class" stay true.
package classtest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

const (
	// WorkClass is the toy's number, above those of all real classes.
	WorkClass devicetypes.WorkClass = 99
	// WindowBlocks is how long a window lives; every WindowBlocks-th height opens one.
	WindowBlocks = 10
	// Units are what one proof earns.
	Units = 7

	payloadSize = 8
	costUs      = 1
)

// provenPrefix is the toy's part of the module's store.
var provenPrefix = collections.NewPrefix(200)

// Toy pays for a number whose hash under the window's mix and the device's id begins with a zero byte.
type Toy struct {
	rules
	ledger class.Ledger
	// Proven is the newest window that a device has proven in.
	Proven collections.Map[[]byte, uint64]
}

var _ class.Class = (*Toy)(nil)

// New builds the class.
func New(env class.Env) class.Class {
	return &Toy{
		ledger: env.Ledger(WorkClass),
		Proven: collections.NewMap(env.Schema, provenPrefix, "toy_proven", collections.BytesKey, collections.Uint64Value),
	}
}

// WorkClass implements class.Class.
func (*Toy) WorkClass() devicetypes.WorkClass { return WorkClass }

// Check implements class.Class.
func (t *Toy) Check(ctx sdk.Context, it *class.Item) error {
	if !it.Device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices prove", it.Device.Text(), it.Device.State)
	}
	if err := it.Window.CheckProve(it.Height); err != nil {
		return err
	}
	last, err := class.OrZero(t.Proven.Get(ctx, it.Device.Id))
	if err != nil {
		return err
	}
	if last >= it.Window.Id {
		return types.ErrAlreadyProven.Wrapf("device %s has proven in window %d", it.Device.Text(), last)
	}
	return nil
}

// NotLive implements class.Class.
func (*Toy) NotLive(_ sdk.Context, it *class.Item) error {
	return types.ErrUnknownWindow.Wrapf("window %d is not live", it.Evidence.Window)
}

// Proof implements class.Class.
func (*Toy) Proof(_ sdk.Context, it *class.Item) (class.Arithmetic, error) {
	challenge := append([]byte(nil), it.Window.SeedMix...)
	id, payload := append([]byte(nil), it.Evidence.DeviceId...), append([]byte(nil), it.Evidence.Payload...)
	return class.Arithmetic{
		Run: func() error {
			if sum := Hash(challenge, id, binary.BigEndian.Uint64(payload)); sum[0] != 0 {
				return fmt.Errorf("the hash begins with %d; want 0", sum[0])
			}
			return nil
		},
		Challenge: challenge, Cost: costUs,
	}, nil
}

// Apply implements class.Class.
func (t *Toy) Apply(ctx sdk.Context, it *class.Item) (uint64, error) {
	if err := it.Record.Credit(it.Window.Epoch, Units); err != nil {
		return 0, err
	}
	return Units, t.Proven.Set(ctx, it.Device.Id, it.Window.Id)
}

// MoveWindow implements class.Class.
func (*Toy) MoveWindow(sdk.Context, types.Window, []byte) error { return nil }

// OpenWindows implements class.Class.
func (t *Toy) OpenWindows(ctx sdk.Context, mix []byte) error {
	height := ctx.BlockHeight()
	if height%WindowBlocks != 0 {
		return nil
	}
	epoch, err := t.ledger.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	w := types.Window{
		Id: uint64(height), WorkClass: WorkClass, Epoch: epoch.Number, OpenHeight: height + 1, CloseHeight: height + WindowBlocks,
		DeadlineHeight: height + WindowBlocks, SeedMix: mix,
	}
	if err := t.ledger.SetWindow(ctx, w); err != nil {
		return err
	}
	return class.EmitOpened(ctx, w)
}

// InitGenesis implements class.Class. A real class has a field of its own in types.GenesisState.
func (*Toy) InitGenesis(sdk.Context, types.GenesisState) error { return nil }

// ExportGenesis implements class.Class.
func (*Toy) ExportGenesis(sdk.Context, *types.GenesisState) error { return nil }

// Hash is what a proof is judged by.
func Hash(mix, device []byte, number uint64) [sha256.Size]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(append(append([]byte(nil), mix...), device...), number))
}

// rules are the toy's rules without state; a real class has them in x/work/types.
type rules struct{}

// ValidatePayload implements types.Rules.
func (rules) ValidatePayload(phase types.Phase, payload []byte) error {
	if phase != types.PHASE_PROVE {
		return types.ErrWrongPhase.Wrapf("phase is %d; a toy's evidence is a proof (%d)", phase, types.PHASE_PROVE)
	}
	if len(payload) != payloadSize {
		return types.ErrPayloadSize.Wrapf("payload has %d bytes; want %d", len(payload), payloadSize)
	}
	return nil
}

// ProofCost implements types.Rules.
func (rules) ProofCost(types.Phase, []byte, types.Params) uint64 { return costUs }

// Item implements types.Rules.
func (rules) Item(types.Phase, []byte) uint32 { return 0 }

// Serves implements types.Rules.
func (rules) Serves(types.Window, []byte) bool { return true }

// Lot implements types.Rules.
func (rules) Lot([]byte) uint16 { return 0 }

// ValidateWindow implements types.Rules.
func (rules) ValidateWindow(types.Window) error { return nil }
