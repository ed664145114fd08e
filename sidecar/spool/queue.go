package spool

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/joulechain/joule/sidecar/trace"
)

// Pending lists the statements that are not final, by device, window and phase.
func (s *Spool) Pending() ([]Statement, error) {
	return s.list(func(st Statement) bool { return !st.State.Final() })
}

// All lists every statement that is kept.
func (s *Spool) All() ([]Statement, error) { return s.list(func(Statement) bool { return true }) }

func (s *Spool) list(keep func(Statement) bool) (out []Statement, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(statementBucket).ForEach(func(k, v []byte) error {
			st, err := decodeStatement(k, v)
			if err != nil {
				return err
			}
			if keep(st) {
				out = append(out, st)
			}
			return nil
		})
	})
	return out, err
}

// Submitted notes that a transaction carries these statements.
func (s *Spool) Submitted(keys []Key, txHash string) error {
	return s.change(keys, trace.Submitted, func(st *Statement) error {
		st.TxHash = txHash
		st.Attempts++
		return nil
	})
}

// Annotate notes why a statement is not through yet.
func (s *Spool) Annotate(key Key, note string) error {
	return s.change([]Key{key}, "", func(st *Statement) error {
		st.Note = note
		return nil
	})
}

// Finish closes a statement: Accepted, Expired or Rejected, with the reason. A closed statement stays closed.
func (s *Spool) Finish(key Key, state State, note string) error {
	if !state.Final() {
		return fmt.Errorf("state %s is not final", state)
	}
	return s.change([]Key{key}, trace.Finished, func(st *Statement) error {
		if st.State.Final() {
			return nil
		}
		if state == Accepted && len(st.Signature) == 0 {
			return fmt.Errorf("%s has no signature and cannot be accepted", key)
		}
		st.State, st.Note = state, note
		return nil
	})
}

// DropWork forgets the worker's state of a window, once no opening can follow.
func (s *Spool) DropWork(key Key) error {
	err := s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(workBucket).Delete(key.workKey()) })
	return named(err)
}

func (s *Spool) change(keys []Key, step trace.Step, apply func(*Statement) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, key := range keys {
			st, err := get(tx, key)
			if err != nil {
				return err
			}
			if err := apply(&st); err != nil {
				return err
			}
			st.Updated = s.opts.Now().Unix()
			if err := put(tx, st); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return named(err)
	}
	for _, key := range keys {
		if step != "" {
			s.opts.Observer.Reached(step, key.Device[:], key.Window, key.Phase)
		}
	}
	return nil
}

// Prune forgets final statements whose last change is before t. Their windows can never be signed again: the floor
// rises to them.
func (s *Spool) Prune(t time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	err := s.db.Update(func(tx *bolt.Tx) error {
		n = 0
		var old []Key
		err := tx.Bucket(statementBucket).ForEach(func(k, v []byte) error {
			st, err := decodeStatement(k, v)
			if err != nil || !st.State.Final() || st.Updated >= t.Unix() {
				return err
			}
			key, err := parseKey(k)
			old = append(old, key)
			return err
		})
		if err != nil {
			return err
		}
		for _, key := range old {
			if err := raise(tx.Bucket(floorBucket), key.Device[:], key.Window); err != nil {
				return err
			}
			if err := tx.Bucket(workBucket).Delete(key.workKey()); err != nil {
				return err
			}
			if err := tx.Bucket(statementBucket).Delete(key.bytes()); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, named(err)
}
