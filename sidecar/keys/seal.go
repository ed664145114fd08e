package keys

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// The cost of a guess: RFC 9106's second recommendation (64 MiB, three passes, four lanes), about a tenth of a second
// on a small board.
const (
	kdfName      = "argon2id"
	kdfTime      = 3
	kdfMemoryKiB = 64 << 10
	kdfLanes     = 4
	saltBytes    = 16
	// The bounds of what a file may ask for, so that a planted file cannot exhaust the machine.
	maxKDFTime      = 16
	maxKDFMemoryKiB = 1 << 20
)

// sealed is an encrypted secret with its key derivation.
type sealed struct {
	KDF        string `json:"kdf"`
	Time       uint32 `json:"time"`
	MemoryKiB  uint32 `json:"memory_kib"`
	Lanes      uint8  `json:"lanes"`
	Salt       []byte `json:"salt"`
	Nonce      []byte `json:"nonce"`
	Ciphertext []byte `json:"ciphertext"`
}

func (s sealed) check() error {
	switch {
	case s.KDF != kdfName:
		return fmt.Errorf("%w: kdf must be %q", ErrNotAKey, kdfName)
	case s.Time < 1 || s.Time > maxKDFTime:
		return fmt.Errorf("%w: kdf time %d is outside 1..%d", ErrNotAKey, s.Time, maxKDFTime)
	case s.MemoryKiB < 8*1024 || s.MemoryKiB > maxKDFMemoryKiB:
		return fmt.Errorf("%w: kdf memory %d KiB is outside 8192..%d", ErrNotAKey, s.MemoryKiB, maxKDFMemoryKiB)
	case s.Lanes < 1:
		return fmt.Errorf("%w: kdf lanes must be at least 1", ErrNotAKey)
	case len(s.Salt) != saltBytes || len(s.Nonce) != chacha20poly1305.NonceSizeX:
		return fmt.Errorf("%w: salt must have %d bytes and nonce %d", ErrNotAKey, saltBytes, chacha20poly1305.NonceSizeX)
	}
	return nil
}

func (s sealed) derive(passphrase []byte) []byte {
	return argon2.IDKey(passphrase, s.Salt, s.Time, s.MemoryKiB, s.Lanes, chacha20poly1305.KeySize)
}

// seal encrypts a secret; header is authenticated with it.
func seal(secret, passphrase, header []byte) (*sealed, error) {
	s := sealed{
		KDF: kdfName, Time: kdfTime, MemoryKiB: kdfMemoryKiB, Lanes: kdfLanes,
		Salt: make([]byte, saltBytes), Nonce: make([]byte, chacha20poly1305.NonceSizeX),
	}
	if _, err := rand.Read(s.Salt); err != nil {
		return nil, err
	}
	if _, err := rand.Read(s.Nonce); err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(s.derive(passphrase))
	if err != nil {
		return nil, err
	}
	s.Ciphertext = aead.Seal(nil, s.Nonce, secret, header)
	return &s, nil
}

func unseal(s sealed, passphrase, header []byte) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(s.derive(passphrase))
	if err != nil {
		return nil, err
	}
	secret, err := aead.Open(nil, s.Nonce, s.Ciphertext, header)
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return secret, nil
}
