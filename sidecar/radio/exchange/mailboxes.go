package exchange

import (
	"context"
	"sync"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// MaxKept bounds the receipts that a relay holds, some 40 MB of memory.
	MaxKept = 1 << 18
	// MaxPerRadio bounds those of one radio in an epoch: a gateway that hears more than one beacon in ten seconds for
	// hours.
	MaxPerRadio = 1024
	// keptEpochs: receipts are wanted in the epoch after their own at the latest.
	keptEpochs = 2
)

// Keys looks up radios on chain; *directory.Directory is the real one.
type Keys interface {
	// Signer is the device and key behind a radio's number; false where there is none. An error means that it cannot be
	// told now.
	Signer(ctx context.Context, number uint32) (proof.Signer, bool, error)
}

// genuine tells whether a radio's device signed the letter's receipt.
func genuine(chainID string, epoch uint64, l Letter, signer proof.Signer) bool {
	message := proof.ReceiptSignBytes(chainID, epoch, l.Hash, signer.Device, l.Receipt.Readings)
	return proof.Statement{Key: signer.Key, Message: message, Signature: l.Receipt.Signature}.Verify()
}

// mailboxes are a relay's memory. Losing it in a crash costs nothing that clients do not send again.
type mailboxes struct {
	chainID string
	keys    Keys

	mu     sync.Mutex
	newest uint64 // the newest epoch that the chain has begun
	epochs map[uint64]*postbag
	kept   int
}

// postbag is an epoch's mail.
type postbag struct {
	boxes map[[proof.HashSize]byte][]proof.Receipt
	per   map[uint32]int
}

func newMailboxes(chainID string, keys Keys) *mailboxes {
	return &mailboxes{chainID: chainID, keys: keys, epochs: map[uint64]*postbag{}}
}

// begin tells of a new epoch; mail of epochs that are over goes.
func (m *mailboxes) begin(epoch uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch <= m.newest {
		return
	}
	m.newest = epoch
	for e, bag := range m.epochs {
		if e+keptEpochs <= epoch {
			for _, box := range bag.boxes {
				m.kept -= len(box)
			}
			delete(m.epochs, e)
		}
	}
}

// admit says whether a letter has a place, before its signature costs anything. stored tells that it is there already.
func (m *mailboxes) admit(epoch uint64, l Letter) (code Code, stored bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.place(epoch, l)
}

// place is admit with the lock held.
func (m *mailboxes) place(epoch uint64, l Letter) (code Code, stored bool) {
	if epoch+keptEpochs <= m.newest {
		return CodeOld, false
	}
	if epoch > m.newest {
		return CodeEarly, false
	}
	bag := m.epochs[epoch]
	if bag == nil {
		bag = &postbag{boxes: map[[proof.HashSize]byte][]proof.Receipt{}, per: map[uint32]int{}}
		m.epochs[epoch] = bag
	}
	for _, r := range bag.boxes[l.Hash] {
		if r == l.Receipt {
			return CodeStored, true
		}
		if r.Number == l.Receipt.Number {
			return CodeFull, false // a radio has one receipt for a beacon, the first that holds
		}
	}
	if len(bag.boxes[l.Hash]) >= MaxMailbox || bag.per[l.Receipt.Number] >= MaxPerRadio || m.kept >= MaxKept {
		return CodeFull, false
	}
	return CodeStored, false
}

// put judges one letter and keeps it if it holds.
func (m *mailboxes) put(ctx context.Context, epoch uint64, l Letter) Code {
	code, stored := m.admit(epoch, l)
	if code != CodeStored || stored {
		return code
	}
	signer, known, err := m.keys.Signer(ctx, l.Receipt.Number)
	switch {
	case err != nil:
		return CodeBusy
	case !known:
		return CodeUnknown
	}
	if !genuine(m.chainID, epoch, l, signer) {
		return CodeForged
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if code, stored := m.place(epoch, l); code != CodeStored || stored { // others may have come meanwhile
		return code
	}
	bag := m.epochs[epoch]
	bag.boxes[l.Hash] = append(bag.boxes[l.Hash], l.Receipt)
	bag.per[l.Receipt.Number]++
	m.kept++
	return CodeStored
}

// box is a copy of a mailbox.
func (m *mailboxes) box(epoch uint64, hash [proof.HashSize]byte) []proof.Receipt {
	m.mu.Lock()
	defer m.mu.Unlock()
	if bag := m.epochs[epoch]; bag != nil {
		return append([]proof.Receipt(nil), bag.boxes[hash]...)
	}
	return nil
}
