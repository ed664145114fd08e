// Package keyfile keeps a validator's beacon keys in a file beside the node key.
package keyfile

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/joulechain/joule/x/beacon/vrf"
)

const (
	// Version is the format's version; a file of another one is refused.
	Version = 1
	// Mode is the file's permission: its owner alone reads and writes.
	Mode = 0o600
	// MaxKeys bounds a file: the active key, the next one, and a few retired ones.
	MaxKeys = 16

	maxFileBytes = 16 << 10
)

// file is the JSON form. The public half is written for people and checked at loading.
type file struct {
	Version int        `json:"version"`
	Keys    []fileItem `json:"keys"`
}

type fileItem struct {
	Public string `json:"public_key"`
	Seed   string `json:"secret_seed"`
}

// Generate makes a file with one new key and returns it. An existing file is never overwritten.
func Generate(path string) (vrf.SecretKey, error) {
	if _, err := os.Lstat(path); err == nil {
		return vrf.SecretKey{}, fmt.Errorf("beacon key file %s exists: it may hold the key that the chain expects; use another path, or add a key for a rotation", path)
	} else if !errors.Is(err, os.ErrNotExist) {
		return vrf.SecretKey{}, fmt.Errorf("beacon key file %s: %w", path, err)
	}
	return appendKey(path, nil)
}

// Add appends a new key to a file and returns it: the node reveals with the old one until the rotation takes effect.
func Add(path string) (vrf.SecretKey, error) {
	ring, err := Load(path)
	if err != nil {
		return vrf.SecretKey{}, err
	}
	if len(ring) >= MaxKeys {
		return vrf.SecretKey{}, fmt.Errorf("beacon key file %s holds %d keys, the most allowed; remove those that were replaced long ago", path, len(ring))
	}
	return appendKey(path, ring)
}

func appendKey(path string, ring vrf.KeyRing) (vrf.SecretKey, error) {
	key, err := vrf.GenerateSecretKey(rand.Reader)
	if err != nil {
		return vrf.SecretKey{}, err
	}
	return key, Write(path, append(ring, key))
}

// Write stores the keys with mode 0600, whole or not at all: a temporary file beside it, synced, then renamed.
func Write(path string, ring vrf.KeyRing) error {
	out := file{Version: Version}
	for _, k := range ring {
		out.Keys = append(out.Keys, fileItem{Public: hex.EncodeToString(k.PublicKey()), Seed: hex.EncodeToString(k.Seed())})
	}
	bz, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return errors.New("beacon key file: cannot encode the keys")
	}
	// CreateTemp makes the file with mode 0600.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".beacon_key_*")
	if err != nil {
		return fmt.Errorf("beacon key file %s: %w", path, err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(append(bz, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("beacon key file %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("beacon key file %s: %w", path, err)
	}
	return nil
}

// Load reads a file. It refuses one that others can read or write; no error text holds secret bytes.
// A missing file gives an error that satisfies errors.Is(err, os.ErrNotExist).
func Load(path string) (vrf.KeyRing, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("beacon key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("beacon key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("beacon key file %s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("beacon key file %s has mode %04o, others can use it; want %04o (chmod 600 %s)", path, perm, Mode, path)
	}
	bz, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("beacon key file %s: %w", path, err)
	}
	if len(bz) > maxFileBytes {
		return nil, fmt.Errorf("beacon key file %s is longer than %d bytes", path, maxFileBytes)
	}
	ring, err := decode(bz)
	if err != nil {
		return nil, fmt.Errorf("beacon key file %s: %w", path, err)
	}
	return ring, nil
}

// decode parses the JSON form. The decoder's own errors may quote the input, so they are not passed on.
func decode(bz []byte) (vrf.KeyRing, error) {
	var in file
	dec := json.NewDecoder(strings.NewReader(string(bz)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&in)
	if _, end := dec.Token(); err != nil || !errors.Is(end, io.EOF) {
		return nil, errors.New("not valid JSON of the form {version, keys: [{public_key, secret_seed}]}")
	}
	if in.Version != Version {
		return nil, fmt.Errorf("version %d; want %d", in.Version, Version)
	}
	if len(in.Keys) == 0 || len(in.Keys) > MaxKeys {
		return nil, fmt.Errorf("%d keys; want 1 to %d", len(in.Keys), MaxKeys)
	}
	ring := make(vrf.KeyRing, 0, len(in.Keys))
	for i, item := range in.Keys {
		seed, err := hex.DecodeString(item.Seed)
		if err != nil || len(seed) != vrf.SeedSize {
			return nil, fmt.Errorf("key %d: secret_seed must be %d bytes in hex", i, vrf.SeedSize)
		}
		key, err := vrf.NewSecretKey(seed)
		if err != nil {
			return nil, fmt.Errorf("key %d: unusable seed", i)
		}
		if item.Public != hex.EncodeToString(key.PublicKey()) {
			return nil, fmt.Errorf("key %d: public_key does not belong to secret_seed: the file is damaged", i)
		}
		ring = append(ring, key)
	}
	return ring, nil
}
