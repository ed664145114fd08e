package keyfile

import (
	"errors"
	"sync"

	"github.com/joulechain/joule/x/beacon/vrf"
)

// Source signs with a key file and reads it again when the chain expects a key that it does not hold yet. A rotation
// therefore needs no restart: a key that was added to the file is found when it becomes active.
type Source struct {
	path string

	mu   sync.Mutex
	ring vrf.KeyRing
}

var _ vrf.Signer = (*Source)(nil)

// Open loads a key file. Its errors are Load's.
func Open(path string) (*Source, error) {
	ring, err := Load(path)
	if err != nil {
		return nil, err
	}
	return &Source{path: path, ring: ring}, nil
}

// PublicKeys implements vrf.Signer with the keys that were read last.
func (s *Source) PublicKeys() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring.PublicKeys()
}

// Prove implements vrf.Signer. An unreadable file leaves the keys that are known in use.
func (s *Source) Prove(publicKey, input []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	proof, err := s.ring.Prove(publicKey, input)
	if err == nil {
		return proof, nil
	}
	ring, loadErr := Load(s.path)
	if loadErr != nil {
		return nil, errors.Join(err, loadErr)
	}
	s.ring = ring
	return s.ring.Prove(publicKey, input)
}
