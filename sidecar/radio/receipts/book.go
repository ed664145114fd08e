package receipts

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/quiet"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// keptEpochs is how many epochs of receipts are kept: one in which they are signed, one in which they are brought to
// the chain, and some for people.
const keptEpochs = 4

// maxWaiting bounds the frames that wait for their epoch: of two blocks or so.
const maxWaiting = 256

// ErrFull means that an epoch holds proof.MaxCommitted receipts: a commitment takes no more.
var ErrFull = errors.New("the epoch's receipts are full")

// Signer signs for the radio's device.
type Signer interface {
	DeviceID() []byte
	Sign(message []byte) ([]byte, error)
}

// Epoch is what receipts of an epoch need.
type Epoch struct {
	Number uint64
	// Start is the header time of the epoch's first block; receipts count from it. From is when its first slot opens:
	// what is heard before belongs to the epoch before.
	Start, From time.Time
	// Until is when its last slot closes: what is heard later waits for the next epoch's Begin, which tells what it
	// belongs to. Zero: no end is known.
	Until  time.Time
	Region proof.Region
	// Radio is this radio's number.
	Radio uint32
}

// Heard is a frame that this radio heard and signed a receipt for. Whose beacon it is shows only when it is opened.
type Heard struct {
	Hash    [proof.HashSize]byte
	Receipt proof.Receipt
	At      time.Time
}

// Event is what the book counts.
type Event string

// The events.
const (
	EventSigned    Event = "signed"
	EventOwn       Event = "own"             // this radio's beacon, heard by its own gateway
	EventAgain     Event = "again"           // a payload that is signed already
	EventWaits     Event = "waits"           // heard before its epoch is known; signed at the epoch's Begin
	EventNoEpoch   Event = "no_epoch"        // heard before the chain was followed, or more than maxWaiting
	EventUnusable  Event = "unusable"        // ErrReading
	EventFull      Event = "full"            // ErrFull
	EventUnwritten Event = "not_written"     // the disk refused it; nobody has seen the receipt
	EventForeign   Event = "foreign_gateway" // of a gateway that is not this radio's
)

// Options configure a book. Those without a remark must be set.
type Options struct {
	ChainID string
	Signer  Signer
	// Folder keeps the receipts; it is made with mode 0700.
	Folder string
	// Gateway is the radio's gateway; packets of others are not this radio's.
	Gateway gwmp.EUI
	// Meter, if set, counts events; it must not block.
	Meter func(Event)
	Log   *slog.Logger // nil: none
}

// Book holds a radio's receipts. Its methods may be called from anywhere.
type Book struct {
	opts   Options
	device proof.DeviceID
	quiet  *quiet.Logger

	mu     sync.Mutex
	epochs []Epoch // ascending, at most keptEpochs
	heard  map[uint64][]Heard
	own    map[[proof.HashSize]byte]bool
	// waiting are frames heard after the newest epoch's last slot, or before any epoch, in the order of hearing.
	waiting []waiting
}

// waiting is a frame whose epoch is not known yet.
type waiting struct {
	packet gwmp.RXPacket
	hash   [proof.HashSize]byte
	at     time.Time
}

// Open makes or opens a book.
func Open(o Options) (*Book, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = func(Event) {}
	}
	id := o.Signer.DeviceID()
	if len(id) != proof.DeviceIDSize {
		return nil, fmt.Errorf("device id has %d bytes, want %d", len(id), proof.DeviceIDSize)
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, err
	}
	return &Book{opts: o, device: proof.DeviceID(id), quiet: quiet.New(o.Log, nil), heard: map[uint64][]Heard{}, own: map[[proof.HashSize]byte]bool{}}, nil
}

// Begin tells of an epoch; frames that are heard from its From on belong to it. Telling again changes nothing.
func (b *Book) Begin(e Epoch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.epochs, func(known Epoch) bool { return known.Number >= e.Number }) {
		return
	}
	if _, err := b.load(e.Number); err != nil {
		b.opts.Log.Error("receipts of an epoch cannot be read: none is signed in it", "epoch", e.Number, "error", err)
		return
	}
	b.epochs = append(b.epochs, e)
	if len(b.epochs) > keptEpochs {
		delete(b.heard, b.epochs[0].Number)
		b.epochs = b.epochs[1:]
	}
	if e.Number >= keptEpochs {
		b.forget(e.Number - keptEpochs + 1)
	}
	held := b.waiting
	b.waiting = nil
	for _, f := range held {
		event, err := b.hear(&f.packet, f.hash, f.at)
		b.count(event, err)
	}
}

// Own tells of a beacon of this radio, which its own gateway may hear.
func (b *Book) Own(hash [proof.HashSize]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.own) >= 4*keptEpochs {
		clear(b.own)
	}
	b.own[hash] = true
}

// Of lists an epoch's receipts in the order of hearing; none for an epoch that is not known any more.
func (b *Book) Of(epoch uint64) ([]Heard, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, err := b.load(epoch)
	return slices.Clone(list), err
}

// load reads an epoch's file once; the lock is held.
func (b *Book) load(epoch uint64) ([]Heard, error) {
	if list, ok := b.heard[epoch]; ok {
		return list, nil
	}
	list, err := b.read(epoch)
	if err != nil {
		return nil, err
	}
	if len(b.heard) > 2*keptEpochs {
		clear(b.heard)
	}
	b.heard[epoch] = list
	return list, nil
}

// Deliver implements gwmp.Handler.
func (b *Book) Deliver(d gwmp.Delivery) {
	if d.Err != nil {
		return
	}
	for i := range d.Uplink.Packets {
		p := &d.Uplink.Packets[i]
		hash, ok := hashOf(p)
		if !ok {
			continue // ordinary traffic
		}
		if d.Datagram.Gateway != b.opts.Gateway {
			b.opts.Meter(EventForeign)
			continue
		}
		b.mu.Lock()
		event, err := b.hear(p, hash, heardAt(p, d.Arrival))
		b.mu.Unlock()
		b.count(event, err)
	}
}

func (b *Book) count(event Event, err error) {
	b.opts.Meter(event)
	if err != nil {
		b.quiet.Warn(string(event), "a beacon was heard and not signed", "error", err)
	}
}

// hold keeps a frame until the chain tells of its epoch.
func (b *Book) hold(p *gwmp.RXPacket, hash [proof.HashSize]byte, at time.Time) Event {
	switch {
	case slices.ContainsFunc(b.waiting, func(f waiting) bool { return f.hash == hash }):
		return EventAgain
	case len(b.waiting) >= maxWaiting:
		return EventNoEpoch
	}
	b.waiting = append(b.waiting, waiting{*p, hash, at})
	return EventWaits
}

// hear signs a receipt and makes it durable; the lock is held.
func (b *Book) hear(p *gwmp.RXPacket, hash [proof.HashSize]byte, at time.Time) (Event, error) {
	if b.own[hash] {
		return EventOwn, nil
	}
	i := len(b.epochs) - 1
	for i >= 0 && at.Before(b.epochs[i].From) {
		i--
	}
	if len(b.epochs) == 0 {
		return b.hold(p, hash, at), nil
	}
	if i < 0 {
		return EventNoEpoch, nil
	}
	e := b.epochs[i]
	if !e.Until.IsZero() && at.After(e.Until) {
		if i == len(b.epochs)-1 {
			return b.hold(p, hash, at), nil
		}
		return EventNoEpoch, nil // between two epochs: no slot was open
	}
	list, err := b.load(e.Number)
	if err != nil {
		return EventUnwritten, err
	}
	if slices.ContainsFunc(list, func(h Heard) bool { return h.Hash == hash }) {
		return EventAgain, nil
	}
	if len(list) >= proof.MaxCommitted {
		return EventFull, fmt.Errorf("%w: %d", ErrFull, len(list))
	}
	readings, err := readingsOf(p, e.Region, at.Sub(e.Start))
	if err != nil {
		return EventUnusable, err
	}
	signature, err := b.opts.Signer.Sign(proof.ReceiptSignBytes(b.opts.ChainID, e.Number, hash, b.device, readings))
	if err != nil || len(signature) != proof.SignatureSize {
		return EventUnwritten, fmt.Errorf("signing: %w", err)
	}
	h := Heard{Hash: hash, At: at, Receipt: proof.Receipt{Number: e.Radio, Readings: readings, Signature: [proof.SignatureSize]byte(signature)}}
	if err := b.append(e.Number, h); err != nil {
		return EventUnwritten, err
	}
	b.heard[e.Number] = append(list, h)
	return EventSigned, nil
}
