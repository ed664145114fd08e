package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/trace"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	metaBucket      = []byte("meta")
	statementBucket = []byte("statements")
	workBucket      = []byte("work")
	ledgerBucket    = []byte("ledger")
	highBucket      = []byte("highest")
	floorBucket     = []byte("floor")

	idKey       = []byte("id")
	chainKey    = []byte("chain_id")
	unknownKey  = []byte("floor_unknown")
	allBuckets  = [][]byte{metaBucket, statementBucket, workBucket, ledgerBucket, highBucket, floorBucket}
	lockTimeout = time.Second
)

// Options say where a spool is and how it behaves.
type Options struct {
	// Dir holds the database and the marker; it is created with mode 0700.
	Dir string
	// ChainID is the chain that the statements are for.
	ChainID string
	// MinFree is how many bytes must be free before new work is recorded.
	MinFree uint64
	// Fresh says that the device keys are new, so that a spool that does not exist has lost nothing.
	Fresh bool
	// Observer is told of each step; nil means none.
	Observer trace.Observer
	// Now is the clock for records' times; nil means the machine's.
	Now func() time.Time
	// Free tells the disk's free bytes; nil means the file system's answer.
	Free func(dir string) (uint64, error)
}

// Spool is safe for concurrent use; one process at a time may hold it.
type Spool struct {
	opts   Options
	db     *bolt.DB
	notice string

	mu      sync.Mutex // guards marker and orders signatures
	marker  marker
	unknown bool // floor must be set before anything new is recorded
}

// Notice tells, in words, what was wrong with the spool when it was opened; empty when all was well.
func (s *Spool) Notice() string { return s.notice }

// Close releases the database.
func (s *Spool) Close() error { return s.db.Close() }

// NeedsFloor tells that records may have been lost and that SetFloor must be called before new work is recorded.
func (s *Spool) NeedsFloor() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unknown
}

// SetFloor declares, for each class, that every window up to and including this one may have been signed: none of them
// is signed anew. Called with the newest windows that can have been open when the spool is not known to be whole; later
// ones cannot have been signed. Windows of classes that are not named are not restricted.
func (s *Spool) SetFloor(windows map[devicetypes.WorkClass]uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.db.Update(func(tx *bolt.Tx) error {
		for class, window := range windows {
			if err := raise(tx.Bucket(floorBucket), classFloorKey(class), window); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Delete(unknownKey)
	})
	if err != nil {
		return named(err)
	}
	s.unknown = false
	return nil
}

// classFloorKey is where a class's floor lies beside those of single devices, whose keys have another length. Windows
// of different classes are numbered differently, so their floors do not compare.
func classFloorKey(class devicetypes.WorkClass) []byte {
	return fmt.Appendf(nil, "class/%d", class)
}

// CheckRoom refuses new work when the disk is nearly full, before anything is computed or signed.
func (s *Spool) CheckRoom() error {
	free, err := s.opts.Free(s.opts.Dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", s.opts.Dir, err)
	}
	if free < s.opts.MinFree {
		return fmt.Errorf("%w: %s has %d MiB, spool.min_free_mib asks for %d: free some space; work goes on by itself",
			ErrLowSpace, s.opts.Dir, free>>20, s.opts.MinFree>>20)
	}
	return nil
}

// Record makes an unsigned statement durable, with the worker's state that its opening will need (nil keeps what is
// there). The same statement again is no error and changes nothing; another one is ErrConflict and returns the one that
// stands.
func (s *Spool) Record(st Statement, work []byte) (Statement, error) {
	key, err := st.Key()
	if err != nil {
		return Statement{}, err
	}
	if st.ChainID != s.opts.ChainID {
		return Statement{}, fmt.Errorf("%w: statement for %q, spool for %q", ErrOtherChain, st.ChainID, s.opts.ChainID)
	}
	if err := s.CheckRoom(); err != nil {
		return Statement{}, err
	}
	st.State, st.Signature, st.Updated = Prepared, nil, s.opts.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	var stands Statement
	err = s.db.Update(func(tx *bolt.Tx) error {
		stands, err = s.record(tx, key, st, work)
		return err
	})
	if err != nil {
		return stands, named(err)
	}
	s.opts.Observer.Reached(trace.Recorded, st.Device, st.Window, st.Phase)
	return stands, nil
}

func (s *Spool) record(tx *bolt.Tx, key Key, st Statement, work []byte) (Statement, error) {
	old, err := get(tx, key)
	switch {
	case err == nil && old.same(st):
		return old, nil
	case err == nil:
		return old, fmt.Errorf("%w: %s", ErrConflict, key)
	case !errors.Is(err, ErrNotRecorded):
		return Statement{}, err
	}
	if err := s.mayRecord(tx, key, st.Class); err != nil {
		return Statement{}, err
	}
	if work != nil {
		wk := key.workKey()
		if err := tx.Bucket(workBucket).Put(wk, wrap(wk, work)); err != nil {
			return Statement{}, err
		}
	}
	if err := raise(tx.Bucket(highBucket), key.Device[:], key.Window); err != nil {
		return Statement{}, err
	}
	return st, put(tx, st)
}

// MayRecord tells before any work whether a first statement of a window could be recorded; ErrMaybeSigned says why not.
func (s *Spool) MayRecord(key Key, class devicetypes.WorkClass) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.View(func(tx *bolt.Tx) error { return s.mayRecord(tx, key, class) })
}

// mayRecord refuses windows whose record may be lost.
func (s *Spool) mayRecord(tx *bolt.Tx, key Key, class devicetypes.WorkClass) error {
	if s.unknown {
		return fmt.Errorf("%w: %s: waiting for the chain's height", ErrMaybeSigned, key)
	}
	floors := tx.Bucket(floorBucket)
	floor := max(read64(floors, key.Device[:]), read64(floors, classFloorKey(class)), read64(floors, unknownKey))
	// An opening of a window whose commitment is here is safe: its record would be here too.
	commit := key
	commit.Phase, commit.Item = worktypes.PHASE_COMMIT, 0
	if key.Window <= floor && tx.Bucket(statementBucket).Get(commit.bytes()) == nil {
		return fmt.Errorf("%w: %s: only windows after %d are signed", ErrMaybeSigned, key, floor)
	}
	return nil
}

// Sign signs a recorded statement: it writes the marker, calls sign and makes the signature durable. A statement that
// has a signature keeps it and sign is not called.
func (s *Spool) Sign(key Key, sign func(Statement) ([]byte, error)) (Statement, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.Get(key)
	if err != nil {
		return Statement{}, err
	}
	if st.State != Prepared {
		return st, nil
	}
	if err := s.mark(key); err != nil {
		return Statement{}, err
	}
	s.opts.Observer.Reached(trace.Marked, st.Device, st.Window, st.Phase)
	if st.Signature, err = sign(st); err != nil {
		return Statement{}, fmt.Errorf("signing %s: %w", key, err)
	}
	st.State, st.Updated = Signed, s.opts.Now().Unix()
	if err := s.db.Update(func(tx *bolt.Tx) error { return put(tx, st) }); err != nil {
		return Statement{}, named(err)
	}
	s.opts.Observer.Reached(trace.Signed, st.Device, st.Window, st.Phase)
	return st, nil
}

// mark raises the marker file to the key's window.
func (s *Spool) mark(key Key) error {
	id := devicetypes.FormatDeviceID(key.Device[:])
	if s.marker.Highest[id] >= key.Window && key.Window != 0 {
		return nil
	}
	next := s.marker
	next.Highest = maps.Clone(s.marker.Highest)
	next.Highest[id] = key.Window
	if err := next.write(s.opts.Dir); err != nil {
		return err
	}
	s.marker = next
	return nil
}

// Get returns a statement; ErrNotRecorded if there is none.
func (s *Spool) Get(key Key) (st Statement, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		st, err = get(tx, key)
		return err
	})
	return st, err
}

// Work returns the worker's state of a window, as it was recorded with the commitment.
func (s *Spool) Work(device []byte, window uint64) (work []byte, err error) {
	key, err := NewKey(device, window, worktypes.PHASE_COMMIT)
	if err != nil {
		return nil, err
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		v := tx.Bucket(workBucket).Get(key.workKey())
		if v == nil {
			return fmt.Errorf("%w: no work state of window %d", ErrNotRecorded, window)
		}
		body, err := unwrap(key.workKey(), v)
		work = bytes.Clone(body) // bbolt's memory ends with the transaction
		return err
	})
	return work, err
}

// workKey is the key of the worker's state: device and window.
func (k Key) workKey() []byte { return k.bytes()[:keyBytes-1] }

func get(tx *bolt.Tx, key Key) (Statement, error) {
	v := tx.Bucket(statementBucket).Get(key.bytes())
	if v == nil {
		return Statement{}, fmt.Errorf("%w: %s", ErrNotRecorded, key)
	}
	return decodeStatement(key.bytes(), v)
}

func put(tx *bolt.Tx, st Statement) error {
	key, value, err := encodeStatement(st)
	if err != nil {
		return err
	}
	return tx.Bucket(statementBucket).Put(key, value)
}

func read64(b *bolt.Bucket, key []byte) uint64 {
	v := b.Get(key)
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

// raise sets a stored number to at least n.
func raise(b *bolt.Bucket, key []byte, n uint64) error {
	if b.Get(key) != nil && read64(b, key) >= n {
		return nil
	}
	return b.Put(bytes.Clone(key), binary.BigEndian.AppendUint64(nil, n))
}

// named gives a full disk its name.
func named(err error) error {
	if durable.IsFull(err) && !errors.Is(err, durable.ErrDiskFull) {
		return fmt.Errorf("%w: nothing was recorded or signed: %w", durable.ErrDiskFull, err)
	}
	return err
}
