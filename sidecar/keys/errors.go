package keys

import "errors"

var (
	// ErrLooseMode means that others may read the key file.
	ErrLooseMode = errors.New("key file is readable by others")
	// ErrNotAKey means that the file is no key file of this program or is damaged.
	ErrNotAKey = errors.New("not a key file")
	// ErrPassphraseNeeded means that the file is encrypted and no passphrase was given.
	ErrPassphraseNeeded = errors.New("key file is encrypted")
	// ErrWrongPassphrase means that the passphrase does not open the file, or the file was changed.
	ErrWrongPassphrase = errors.New("wrong passphrase, or the key file was changed")
	// ErrWrongKind means that an account key stands where a device key should, or the other way round.
	ErrWrongKind = errors.New("wrong kind of key")
	// ErrExists means that a key file is already there; it is never replaced.
	ErrExists = errors.New("key file already exists")
)
