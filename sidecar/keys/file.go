package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/durable"
)

const (
	fileVersion = 1
	// maxFileBytes bounds what is read as a key file; a real one is below 1 KiB.
	maxFileBytes = 64 << 10
)

// Kind tells what a key is for.
type Kind string

const (
	// KindDevice keys sign evidence and registrations.
	KindDevice Kind = "device"
	// KindAccount keys sign transactions.
	KindAccount Kind = "account"
)

// record is a key file's content; exactly one of Secret, Sealed and TPM is set.
type record struct {
	Version   int      `json:"version"`
	Kind      Kind     `json:"kind"`
	Type      string   `json:"type"`
	PublicKey []byte   `json:"public_key"`
	Secret    []byte   `json:"secret,omitempty"`
	Sealed    *sealed  `json:"sealed,omitempty"`
	TPM       *tpmPart `json:"tpm,omitempty"`
}

// header is what the encryption authenticates beside the secret.
func (r record) header() []byte {
	return fmt.Appendf(nil, "joule/sidecar/key/v%d/%s/%s/%x", r.Version, r.Kind, r.Type, r.PublicKey)
}

func parse(data []byte) (record, error) {
	var r record
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		// The decoder's text may quote the file, so it is not passed on.
		return record{}, fmt.Errorf("%w: it is not the JSON that `joule-sidecar keys add` writes", ErrNotAKey)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return record{}, fmt.Errorf("%w: something follows the key", ErrNotAKey)
	}
	switch {
	case r.Version != fileVersion:
		return record{}, fmt.Errorf("%w: version %d, this program knows version %d", ErrNotAKey, r.Version, fileVersion)
	case r.Kind != KindDevice && r.Kind != KindAccount:
		return record{}, fmt.Errorf("%w: kind must be %q or %q", ErrNotAKey, KindDevice, KindAccount)
	case r.holds() != 1:
		return record{}, fmt.Errorf("%w: it must hold one of a secret, a sealed secret and the place of a TPM", ErrNotAKey)
	}
	return r, nil
}

// holds counts the places where the secret is.
func (r record) holds() (places int) {
	for _, there := range []bool{len(r.Secret) != 0, r.Sealed != nil, r.TPM != nil} {
		if there {
			places++
		}
	}
	return places
}

// read loads and parses path after checking who may read it.
func read(path string) (record, error) {
	f, err := os.Open(path)
	if err != nil {
		return record{}, err
	}
	defer f.Close()
	if err := checkMode(f, path); err != nil {
		return record{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return record{}, err
	}
	if len(data) > maxFileBytes {
		return record{}, fmt.Errorf("%s: %w: larger than %d bytes", path, ErrNotAKey, maxFileBytes)
	}
	r, err := parse(data)
	if err != nil {
		return record{}, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// CheckMode refuses a key file that anyone but its owner may read or write.
func CheckMode(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return checkMode(f, path)
}

func checkMode(f *os.File, path string) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: it is not a regular file", path, ErrNotAKey)
	}
	if perm := st.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%s: %w: mode is %04o and must be 0600: run chmod 600 %s", path, ErrLooseMode, perm, path)
	}
	return nil
}

// write creates path with the record; it never replaces a key.
func write(path string, r record) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	err = durable.CreateFile(path, append(data, '\n'), 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w: keys are never replaced; choose another name or move the file away", path, ErrExists)
	}
	return err
}

// build turns a secret into a record, sealed if there is a passphrase.
func build(kind Kind, typ string, public, secret, passphrase []byte) (record, error) {
	r := record{Version: fileVersion, Kind: kind, Type: typ, PublicKey: public}
	if len(passphrase) == 0 {
		r.Secret = secret
		return r, nil
	}
	s, err := seal(secret, passphrase, r.header())
	if err != nil {
		return record{}, err
	}
	r.Sealed = s
	return r, nil
}

// open returns the secret, asking for a passphrase only if the file is sealed.
func (r record) open(path string, ask Passphrase) ([]byte, error) {
	if r.Sealed == nil {
		return r.Secret, nil
	}
	if ask == nil {
		return nil, fmt.Errorf("%s: %w: give its passphrase by %s or a passphrase file", path, ErrPassphraseNeeded, PassphraseEnv)
	}
	pass, err := ask(path)
	if err != nil {
		return nil, err
	}
	secret, err := unseal(*r.Sealed, pass, r.header())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}
