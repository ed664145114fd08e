package spool

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/trace"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

const dbName = "spool.db"

// Path is the database's file in a spool folder.
func Path(dir string) string { return filepath.Join(dir, dbName) }

// Open opens or creates the spool. A damaged database is moved aside and what can be read is kept; Notice then says so.
// Errors: ErrLocked, ErrOtherChain, durable.ErrDiskFull, and those of the file system.
func Open(opts Options) (*Spool, error) {
	if opts.Observer == nil {
		opts.Observer = trace.None{}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Free == nil {
		opts.Free = durable.Free
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, named(err)
	}
	db, found, notices, err := openOrReplace(opts)
	if err != nil {
		return nil, err
	}
	s := &Spool{opts: opts, db: db}
	if err := s.settle(found, &notices); err != nil {
		db.Close()
		return nil, named(err)
	}
	s.notice = strings.Join(notices, "; ")
	return s, nil
}

// found is what an existing database told before it was settled.
type found struct {
	existed bool // there was a database file
	damaged bool // it was moved aside
	kept    contents
}

// contents are records that could be read.
type contents struct {
	chainID    string
	statements []Statement
	work       map[string][]byte // by work key
	ledger     []Entry
	floors     map[string]uint64
}

func openOrReplace(opts Options) (*bolt.DB, found, []string, error) {
	path := Path(opts.Dir)
	_, err := os.Stat(path)
	f := found{existed: err == nil}
	db, err := openDB(path)
	if err == nil && f.existed {
		f.kept, err = readAll(db)
		if err == nil {
			err = sameChain(f.kept.chainID, opts.ChainID)
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			db.Close()
			return nil, f, nil, err
		}
	}
	if err == nil {
		return db, f, nil, nil
	}
	if !errors.Is(err, ErrDamaged) {
		return nil, f, nil, named(err)
	}
	if db != nil {
		_ = closeDB(db)
	}
	if err := sameChain(f.kept.chainID, opts.ChainID); err != nil {
		return nil, f, nil, err
	}
	return replace(opts, f, err)
}

// replace moves a damaged database aside and starts a new one.
func replace(opts Options, f found, cause error) (*bolt.DB, found, []string, error) {
	path := Path(opts.Dir)
	aside := fmt.Sprintf("%s.damaged-%s", path, opts.Now().UTC().Format("20060102T150405.000000000"))
	if err := os.Rename(path, aside); err != nil {
		return nil, f, nil, err
	}
	if err := durable.SyncDir(opts.Dir); err != nil {
		return nil, f, nil, err
	}
	db, err := openDB(path)
	if err != nil {
		return nil, f, nil, named(err)
	}
	f.damaged = true
	notice := fmt.Sprintf("the spool was damaged (%v) and is now %s; %d statements could be kept; windows that may have been signed are not signed again",
		cause, aside, len(f.kept.statements))
	return db, f, []string{notice}, nil
}

func sameChain(have, want string) error {
	if have != "" && have != want {
		return fmt.Errorf("%w: it holds statements for %q and chain.chain_id is %q: use another spool.dir", ErrOtherChain, have, want)
	}
	return nil
}

// openDB opens the file; a panic or fault inside the database is damage.
func openDB(path string) (db *bolt.DB, err error) {
	defer guard(&err)()
	db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, FreelistType: bolt.FreelistMapType})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s: stop it first, or use another spool.dir", ErrLocked, path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch),
		strings.Contains(err.Error(), "file size too small"):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil, err
}

func closeDB(db *bolt.DB) (err error) {
	defer guard(&err)()
	return db.Close()
}

// guard turns a panic, and a fault in mapped memory (a truncated file), into ErrDamaged.
func guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			*err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}
}

// settle writes what every spool has, puts kept records into a new database and decides which windows may be signed.
func (s *Spool) settle(f found, notices *[]string) error {
	m, markerErr := readMarker(s.opts.Dir)
	if markerErr != nil && !errors.Is(markerErr, ErrDamaged) {
		return markerErr
	}
	if m != nil {
		if err := sameChain(m.ChainID, s.opts.ChainID); err != nil {
			return fmt.Errorf("%s: %w", markerPath(s.opts.Dir), err)
		}
	}
	fresh := s.opts.Fresh && !f.existed && m == nil && markerErr == nil
	id, err := newID()
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range allBuckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		if have := meta.Get(idKey); have != nil {
			id = string(have)
		}
		if err := meta.Put(idKey, []byte(id)); err != nil {
			return err
		}
		if err := meta.Put(chainKey, []byte(s.opts.ChainID)); err != nil {
			return err
		}
		if f.damaged {
			if err := restore(tx, f.kept); err != nil {
				return err
			}
		}
		return s.decideFloors(tx, f, m, id, fresh, notices)
	})
	if err != nil {
		return err
	}
	return s.adoptMarker(m, id)
}

// decideFloors compares the database with the marker. An intact pair needs no floor.
func (s *Spool) decideFloors(tx *bolt.Tx, f found, m *marker, id string, fresh bool, notices *[]string) error {
	meta := tx.Bucket(metaBucket)
	if m == nil {
		if !fresh && meta.Get(unknownKey) == nil {
			*notices = append(*notices, "the file "+markerPath(s.opts.Dir)+" is missing or damaged: only windows that open from now on are signed")
			if err := meta.Put(unknownKey, []byte{1}); err != nil {
				return err
			}
		}
		s.unknown = meta.Get(unknownKey) != nil
		return nil
	}
	behind := false
	for text, high := range m.Highest {
		device, err := devicetypes.ParseDeviceID(text)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", markerPath(s.opts.Dir), ErrDamaged, err)
		}
		if m.SpoolID == id && read64(tx.Bucket(highBucket), device) >= high {
			continue
		}
		behind = true
		if err := raise(tx.Bucket(floorBucket), device, high); err != nil {
			return err
		}
	}
	if behind && !f.damaged {
		*notices = append(*notices, "the spool is older than "+markerPath(s.opts.Dir)+" (a copy was put back?): windows up to the marker are not signed again")
	}
	s.unknown = meta.Get(unknownKey) != nil
	return nil
}

// adoptMarker writes the marker for this database, keeping the highest windows known.
func (s *Spool) adoptMarker(m *marker, id string) error {
	next := marker{Version: recordVersion, SpoolID: id, ChainID: s.opts.ChainID, Highest: map[string]uint64{}}
	if m != nil {
		next.Highest = m.Highest
	}
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(highBucket).ForEach(func(k, v []byte) error {
			text := devicetypes.FormatDeviceID(k)
			if text != "" && read64(tx.Bucket(highBucket), k) > next.Highest[text] {
				next.Highest[text] = read64(tx.Bucket(highBucket), k)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	s.marker = next
	return next.write(s.opts.Dir)
}

func newID() (string, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}
