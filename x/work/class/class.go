// Package class is the seam of a work class: what its evidence must be in the state, what there is to compute, what it
// changes, when its windows open, and which part of the genesis is its own. A class is one folder beside this file and
// one entry of x/work/class/all; this package knows none of them.
package class

import (
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"cosmossdk.io/collections"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// Item is one piece of evidence with the state that judging it needs.
type Item struct {
	// Index is the item's place in its batch.
	Index    int
	Evidence types.Evidence
	Device   devicetypes.Device
	Window   types.Window
	Record   types.DeviceWork
	// Height is where the item would execute.
	Height int64
	// Found is what the class's Check found and its Apply needs; nobody else reads it.
	Found any
	// Stale is why the state skips the item; nil for a live one. A stale item's window and record may be missing.
	Stale error
}

// Arithmetic is the pure part of judging an item.
type Arithmetic struct {
	// Run computes the verdict from copied bytes, in any goroutine.
	Run func() error
	// Challenge are the bytes that decide the verdict beyond the evidence and the device's key: the verifier's version,
	// the parameters, what was asked. Never empty unless Run always succeeds.
	Challenge []byte
	// Cost bounds Run, in microseconds on the reference machine.
	Cost uint64
}

// Class judges and credits one class's evidence, and keeps what only that class stores. A proof without a commitment
// (PHASE_PROVE) is judged and credited by the same three calls; windows of cohorts are windows with ids of their own.
type Class interface {
	// WorkClass names the class.
	WorkClass() devicetypes.WorkClass
	// Rules are what can be said of the class's evidence without state.
	types.Rules

	// Check judges an item by the state alone; its errors are state errors.
	Check(ctx sdk.Context, it *Item) error
	// NotLive says why an item's window is not among the live ones, as far as the state still knows that window; a
	// state error, never nil.
	NotLive(ctx sdk.Context, it *Item) error
	// Proof returns the arithmetic of an item that Check has passed.
	Proof(ctx sdk.Context, it *Item) (Arithmetic, error)
	// Apply changes the record of an item that was checked and verified in this call, and returns the units it earned
	// for the window's epoch. On an error the record is as it was. The caller stores the record. What other devices
	// earn by the item, and their records, the class stores itself: then its errors fail the batch.
	Apply(ctx sdk.Context, it *Item) (units uint64, err error)

	// MoveWindow hands the block's mix to a live window and stores the window if that changed it. Windows past their
	// deadline are dropped without asking.
	MoveWindow(ctx sdk.Context, w types.Window, mix []byte) error
	// OpenWindows opens the windows that the block's height or mix calls for, when all live windows have moved.
	OpenWindows(ctx sdk.Context, mix []byte) error

	// InitGenesis sets what the class alone stores; parameters, windows, records and tallies are set before it.
	InitGenesis(ctx sdk.Context, g types.GenesisState) error
	// ExportGenesis gets it.
	ExportGenesis(ctx sdk.Context, g *types.GenesisState) error
}

// Env is what a class is built from: the codec and the schema of the module's store, in which it makes collections of
// its own, and the framework's accounts for the class that it names.
type Env struct {
	Codec  codec.BinaryCodec
	Schema *collections.SchemaBuilder
	Ledger func(devicetypes.WorkClass) Ledger
}

// New builds a class.
type New func(Env) Class
