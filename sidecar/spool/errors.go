package spool

import "errors"

var (
	// ErrLocked means that another process uses the spool.
	ErrLocked = errors.New("the spool is in use by another joule-sidecar")
	// ErrConflict means that another statement for the same (device, window, phase) is recorded already.
	ErrConflict = errors.New("another statement is recorded for this device, window and phase")
	// ErrMaybeSigned means that a record of this window may have been lost, so that signing could make a second
	// statement.
	ErrMaybeSigned = errors.New("the spool's record of this window may be lost; signing could make a second statement")
	// ErrNotRecorded means that a statement was to be signed or changed that the spool does not hold.
	ErrNotRecorded = errors.New("no such statement in the spool")
	// ErrDamaged means that a stored record does not decode.
	ErrDamaged = errors.New("damaged spool record")
	// ErrOtherChain means that the spool belongs to another chain.
	ErrOtherChain = errors.New("the spool belongs to another chain")
	// ErrLowSpace means that the disk has less room than spool.min_free_mib.
	ErrLowSpace = errors.New("too little free disk space for the spool")
)
