package spool

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Entry is one accepted opening or proof: what a window earned. Entries are kept for ever; they are what `export`
// reads.
type Entry struct {
	Device []byte                `json:"device"`
	Class  devicetypes.WorkClass `json:"class"`
	Window uint64                `json:"window"`
	Epoch  uint64                `json:"epoch"`
	// Rounds counts the work in the class's own way.
	Rounds uint64 `json:"rounds"`
	Units  uint64 `json:"units"`
	TxHash string `json:"tx_hash"`
	// Time is when the sidecar saw it confirmed, in Unix seconds.
	Time int64 `json:"time"`
}

// key names the window that earned; a device has one class, so the phase in it only keeps the form of all keys.
func (e Entry) key() ([]byte, error) {
	k, err := NewKey(e.Device, e.Window, worktypes.PHASE_OPEN)
	return k.bytes(), err
}

func putEntry(tx *bolt.Tx, e Entry) error {
	k, err := e.key()
	if err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tx.Bucket(ledgerBucket).Put(k, wrap(k, body))
}

func decodeEntry(key, value []byte) (Entry, error) {
	body, err := unwrap(key, value)
	if err != nil {
		return Entry{}, err
	}
	var e Entry
	if err := decodeJSON(body, &e); err != nil {
		return Entry{}, err
	}
	if own, err := e.key(); err != nil || string(own) != string(key) {
		return Entry{}, fmt.Errorf("%w: the ledger entry belongs to another key", ErrDamaged)
	}
	return e, nil
}

// Earn enters an accepted opening or proof in the ledger; entering it twice changes nothing.
func (s *Spool) Earn(e Entry) error {
	e.Time = s.opts.Now().Unix()
	return named(s.db.Update(func(tx *bolt.Tx) error {
		k, err := e.key()
		if err != nil || tx.Bucket(ledgerBucket).Get(k) != nil {
			return err
		}
		return putEntry(tx, e)
	}))
}

// Ledger lists the entries by device and window.
func (s *Spool) Ledger() (out []Entry, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(ledgerBucket).ForEach(func(k, v []byte) error {
			e, err := decodeEntry(k, v)
			out = append(out, e)
			return err
		})
	})
	return out, err
}
