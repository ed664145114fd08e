package tpm

import (
	"crypto/aes"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"math/big"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// digest is a hash as the TPM's key derivations use it.
type digest struct {
	size int
	make func() hash.Hash
}

func (d digest) bits() uint32 { return uint32(8 * d.size) }

func (d digest) sum(parts ...[]byte) []byte {
	h := d.make()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// profile is what the TCG's default EK template of a key kind fixes.
type profile struct {
	hash          digest
	symmetricBits uint32
	curve         ecdh.Curve // nil for RSA
}

func profileOf(ek x509chain.PublicKey) (profile, error) {
	sha2, sha3 := digest{sha256.Size, sha256.New}, digest{sha512.Size384, sha512.New384}
	switch ek.Kind {
	case x509chain.KeyRSA2048:
		return profile{sha2, 128, nil}, nil
	case x509chain.KeyP256:
		return profile{sha2, 128, ecdh.P256()}, nil
	case x509chain.KeyP384:
		return profile{sha3, 256, ecdh.P384()}, nil
	default:
		return profile{}, fmt.Errorf("%w: %s, want RSA-2048, P-256 or P-384", ErrEndorsement, ek.Kind)
	}
}

// sealLabel is the label of credentials, its closing zero included.
const sealLabel = "IDENTITY\x00"

// sealSeed makes a seed and its encryption to the EK.
func (p profile) sealSeed(ek x509chain.PublicKey, derive func(label string) []byte) (seed, sealed []byte, err error) {
	if p.curve == nil {
		seed = derive("seed")
		return seed, oaep(p.hash, ek.Bytes(), seed, derive("padding")), nil
	}
	public, err := p.curve.NewPublicKey(ek.Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: point is not on its curve", ErrEndorsement)
	}
	ephemeral, err := p.ephemeral(derive)
	if err != nil {
		return nil, nil, err
	}
	z, err := ephemeral.ECDH(public)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: no shared point", ErrEndorsement)
	}
	point, size := ephemeral.PublicKey().Bytes(), len(z)
	x, y := point[1:1+size], point[1+size:]
	seed = p.hash.sum([]byte{0, 0, 0, 1}, z, []byte(sealLabel), x, ek.Bytes()[1:1+size]) // KDFe, one block
	return seed, appendSized(appendSized(nil, x), y), nil
}

// ephemeral derives a scalar of 1…n−1, trying again where a hash is out of range (2^−32 for P-256).
func (p profile) ephemeral(derive func(label string) []byte) (*ecdh.PrivateKey, error) {
	for attempt := range 8 {
		if key, err := p.curve.NewPrivateKey(derive(fmt.Sprintf("scalar %d", attempt))); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%w: no scalar in eight attempts", ErrEndorsement)
}

// oaep is RSAES-OAEP (RFC 8017 7.1.1) with a given seed and the label of credentials. message has the hash's size.
func oaep(h digest, modulus, message, seed []byte) []byte {
	k := len(modulus)
	block := make([]byte, k)
	data := block[1+h.size:]
	copy(data, h.sum([]byte(sealLabel)))
	data[len(data)-len(message)-1] = 1
	copy(data[len(data)-len(message):], message)
	mask(h, data, seed)
	copy(block[1:], seed)
	mask(h, block[1:1+h.size], data)
	n := new(big.Int).SetBytes(modulus)
	c := new(big.Int).Exp(new(big.Int).SetBytes(block), big.NewInt(65537), n)
	return c.FillBytes(make([]byte, k))
}

// mask adds MGF1(seed) to data.
func mask(h digest, data, seed []byte) {
	for i := 0; i*h.size < len(data); i++ {
		block := h.sum(seed, binary.BigEndian.AppendUint32(nil, uint32(i)))
		for j := 0; j < h.size && i*h.size+j < len(data); j++ {
			data[i*h.size+j] ^= block[j]
		}
	}
}

// kdfA is KDFa (TPM 2.0 part 1, 11.4.10.2) for at most one block of the hash.
func kdfA(h digest, key []byte, label string, context []byte, bits uint32) []byte {
	message := append([]byte{0, 0, 0, 1}, label...)
	message = append(append(message, 0), context...)
	return mac(h, key, binary.BigEndian.AppendUint32(message, bits))[:bits/8]
}

func mac(h digest, key, message []byte) []byte {
	m := hmac.New(h.make, key)
	m.Write(message)
	return m.Sum(nil)
}

// cfb encrypts with AES in CFB mode and a zero initialisation vector: the key serves once. key has 16 or 32 bytes.
func cfb(key, plain []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	out, feedback := make([]byte, len(plain)), make([]byte, aes.BlockSize)
	for i := 0; i < len(plain); i += aes.BlockSize {
		block.Encrypt(feedback, feedback)
		n := min(aes.BlockSize, len(plain)-i)
		for j := range n {
			out[i+j] = plain[i+j] ^ feedback[j]
		}
		copy(feedback, out[i:i+n])
	}
	return out
}
