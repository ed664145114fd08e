package spool

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// readAll decodes every record. Damage is ErrDamaged; what could be read comes back with it.
func readAll(db *bolt.DB) (contents, error) {
	c := contents{work: map[string][]byte{}, floors: map[string]uint64{}}
	var damage error
	note := func(err error) {
		if err != nil && damage == nil {
			damage = err
		}
	}
	err := guarded(func() error {
		return db.View(func(tx *bolt.Tx) error {
			note(guarded(func() error { return c.readMeta(tx) }))
			note(guarded(func() error {
				return each(tx, statementBucket, note, func(k, v []byte) error {
					st, err := decodeStatement(k, v)
					if err == nil {
						c.statements = append(c.statements, st)
					}
					return err
				})
			}))
			note(guarded(func() error {
				return each(tx, workBucket, note, func(k, v []byte) error {
					body, err := unwrap(k, v)
					if err == nil {
						c.work[string(k)] = bytes.Clone(body)
					}
					return err
				})
			}))
			note(guarded(func() error {
				return each(tx, ledgerBucket, note, func(k, v []byte) error {
					e, err := decodeEntry(k, v)
					if err == nil {
						c.ledger = append(c.ledger, e)
					}
					return err
				})
			}))
			return nil
		})
	})
	return c, errors.Join(err, damage)
}

func (c *contents) readMeta(tx *bolt.Tx) error {
	b := tx.Bucket(metaBucket)
	if b == nil { // a crash between the file's creation and its first transaction
		return nil
	}
	c.chainID = string(b.Get(chainKey))
	if b.Get(idKey) == nil {
		return ErrDamaged
	}
	for _, name := range allBuckets {
		if tx.Bucket(name) == nil {
			return ErrDamaged
		}
	}
	return tx.Bucket(floorBucket).ForEach(func(k, _ []byte) error {
		c.floors[string(k)] = read64(tx.Bucket(floorBucket), k)
		return nil
	})
}

// each visits a bucket's records; one that does not decode is noted and passed over.
func each(tx *bolt.Tx, name []byte, note func(error), visit func(k, v []byte) error) error {
	b := tx.Bucket(name)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		note(visit(k, v))
		return nil
	})
}

func guarded(f func() error) (err error) {
	defer guard(&err)()
	return f()
}

// restore puts kept records into a new database.
func restore(tx *bolt.Tx, c contents) error {
	for _, st := range c.statements {
		if err := put(tx, st); err != nil {
			return err
		}
		if err := raise(tx.Bucket(highBucket), st.Device, st.Window); err != nil {
			return err
		}
	}
	for k, v := range c.work {
		if err := tx.Bucket(workBucket).Put([]byte(k), wrap([]byte(k), v)); err != nil {
			return err
		}
	}
	for _, e := range c.ledger {
		if err := putEntry(tx, e); err != nil {
			return err
		}
	}
	for k, v := range c.floors {
		if err := raise(tx.Bucket(floorBucket), []byte(k), v); err != nil {
			return err
		}
	}
	return nil
}
