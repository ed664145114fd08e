package nvidia

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

const (
	// ChainLength is how many certificates a GPU has: firmware key (leaf), chip's ROM key, provisioning authority,
	// family's authority, root.
	ChainLength = 5
	// MaxFamilies and MaxRevokedFirmware bound a policy's lists.
	MaxFamilies        = 16
	MaxRevokedFirmware = 256

	chipDomain = "joule/device/evidence/nvidia/chip/v1"
)

// DeviceIdentityRoot is the SHA-256 of the public key of "NVIDIA Device Identity CA" (valid from 2021-11-05), the root
// of Hopper and Blackwell GPUs.
var DeviceIdentityRoot = x509chain.KeyHash{
	0xa9, 0x0c, 0x4e, 0xb5, 0xac, 0xfd, 0x3e, 0x3d, 0x03, 0xa2, 0x5d, 0xb6, 0xa2, 0x6b, 0x84, 0xf7,
	0x20, 0xad, 0x05, 0x03, 0x19, 0x6c, 0x62, 0x7c, 0x21, 0xdd, 0xd4, 0x8d, 0xd8, 0x5b, 0x06, 0xa4,
}

// Policy says which GPUs are accepted. Governance sets it.
type Policy struct {
	// Roots are the pinned roots, Revoked keys that are no longer trusted: of a firmware (leaf), of a chip (ROM key) or
	// of an authority.
	Roots, Revoked []x509chain.KeyHash
	// Families are the chip families, 1…MaxFamilies, like GH100. The same root also certifies NVSwitches (LS_10), which
	// compute nothing.
	Families []string
	// RevokedFirmware are firmware ids that are known to be broken, at most MaxRevokedFirmware.
	RevokedFirmware [][DigestSize]byte
}

// Validate is ErrPolicy, or x509chain.ErrPolicy, where a list is empty or too long.
func (p Policy) Validate() error {
	if len(p.Families) == 0 || len(p.Families) > MaxFamilies {
		return fmt.Errorf("%w: %d families, want 1…%d", ErrPolicy, len(p.Families), MaxFamilies)
	}
	if len(p.RevokedFirmware) > MaxRevokedFirmware {
		return fmt.Errorf("%w: %d revoked firmware ids, at most %d", ErrPolicy, len(p.RevokedFirmware), MaxRevokedFirmware)
	}
	return p.chain().Validate()
}

func (p Policy) chain() x509chain.Policy {
	return x509chain.Policy{
		Roots: p.Roots, Revoked: p.Revoked, MinLength: ChainLength, MaxLength: ChainLength,
		Kinds: []x509chain.KeyKind{x509chain.KeyP384}, Usage: x509chain.UsageDigitalSignature,
		Understood: []string{oidCompositeID, oidTCBInfo},
	}
}

// Identity is what a verified chain says of a chip. Stored, it lets VerifyReport check renewals without the chain.
type Identity struct {
	// ChipID is SHA-256(domain ‖ public key of the chip's ROM): one per chip, the same whatever firmware runs. The name
	// that the leaf carries is not used: it is signed by the chip's own key, so one extracted key could invent any
	// number of names; NVIDIA's serial of the leaf changes with the firmware.
	ChipID [32]byte
	// Family and Name are the leaf's, like GH100 and NVIDIA:GH100:48B0….
	Family, Name string
	// Key is the uncompressed P-384 point that signs reports.
	Key [97]byte
	// Firmware is the firmware id for which the chip's ROM made that key.
	Firmware [DigestSize]byte
	// NotAfter is the last unix second of the chain's validity.
	NotAfter int64
	// KeyHashes are the chain's keys, leaf first; a later revocation of any of them revokes the identity.
	KeyHashes [ChainLength]x509chain.KeyHash
}

// ChipID is the id of the chip whose ROM has this key (SubjectPublicKeyInfo in DER).
func ChipID(romKey []byte) [32]byte {
	return sha256.Sum256(append([]byte(chipDomain), romKey...))
}

// VerifyChain checks the five certificates of a GPU, DER, leaf first, at block time now (unix seconds). It costs
// ChainCost.
func VerifyChain(p Policy, chain [][]byte, now int64) (Identity, error) {
	var id Identity
	if err := p.Validate(); err != nil {
		return id, err
	}
	certificates, err := x509chain.Verify(chain, p.chain(), now)
	if err != nil {
		return id, err
	}
	leaf, rom := certificates[0], certificates[1]
	if id.Family, id.Name, err = chipName(leaf); err != nil {
		return Identity{}, err
	}
	if !slices.Contains(p.Families, id.Family) {
		return Identity{}, fmt.Errorf("%w: family %q, accepted are %q", ErrChip, id.Family, p.Families)
	}
	if id.Firmware, err = firmwareID(leaf, rom); err != nil {
		return Identity{}, err
	}
	if slices.Contains(p.RevokedFirmware, id.Firmware) {
		return Identity{}, fmt.Errorf("%w: %x is revoked", ErrFirmware, id.Firmware[:8])
	}
	id.ChipID = ChipID(rom.SPKI)
	id.Key = [97]byte(leaf.Key.Bytes())
	id.NotAfter = certificates.NotAfter()
	id.KeyHashes = [ChainLength]x509chain.KeyHash(certificates.KeyHashes())
	return id, nil
}

// VerifyReport checks a report of a known chip: structure, nonce, firmware id (where the driver sends it), signature,
// in that order. The caller checks a stored identity's NotAfter, KeyHashes and Firmware against the present time and
// policy (Identity.Check). It costs ReportCost.
func VerifyReport(id Identity, nonce [NonceSize]byte, raw []byte) (*Report, error) {
	report, err := ParseReport(raw)
	if err != nil {
		return nil, err
	}
	if report.Nonce != nonce {
		return nil, fmt.Errorf("%w: %x…, want %x…", ErrNonce, report.Nonce[:8], nonce[:8])
	}
	if report.Fields.HasFirmware && report.Fields.Firmware != id.Firmware {
		return nil, fmt.Errorf("%w: report says %x…, certificate %x…", ErrFirmware, report.Fields.Firmware[:8], id.Firmware[:8])
	}
	key, err := x509chain.NewECKey(x509chain.KeyP384, id.Key[:])
	if err != nil {
		return nil, err
	}
	r, s := report.Signature[:SignatureSize/2], report.Signature[SignatureSize/2:]
	if !key.VerifyRaw(x509chain.SHA384, report.Signed, r, s) {
		return nil, fmt.Errorf("%w: it does not hold under the leaf's key", ErrSignature)
	}
	return report, nil
}

// Check tells whether an identity that was verified earlier still holds under the present policy at block time now:
// x509chain.ErrExpired, x509chain.ErrRevoked, x509chain.ErrRoot, ErrFirmware or ErrChip. It is cheap: no signatures.
func (id Identity) Check(p Policy, now int64) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if now > id.NotAfter {
		return fmt.Errorf("%w: block time %d, valid until %d", x509chain.ErrExpired, now, id.NotAfter)
	}
	for i, hash := range id.KeyHashes {
		if slices.Contains(p.Revoked, hash) {
			return fmt.Errorf("certificate %d: %w: public key %x", i, x509chain.ErrRevoked, hash[:8])
		}
	}
	switch {
	case !slices.Contains(p.Roots, id.KeyHashes[ChainLength-1]):
		return fmt.Errorf("%w: it was when the chain was verified", x509chain.ErrRoot)
	case slices.Contains(p.RevokedFirmware, id.Firmware):
		return fmt.Errorf("%w: %x is revoked", ErrFirmware, id.Firmware[:8])
	case !slices.Contains(p.Families, id.Family):
		return fmt.Errorf("%w: family %q, accepted are %q", ErrChip, id.Family, p.Families)
	}
	return nil
}

// Verify checks chain and report together. The report's structure comes before the chain's signatures, its signature
// after them.
func Verify(p Policy, chain [][]byte, nonce [NonceSize]byte, report []byte, now int64) (Identity, *Report, error) {
	if err := p.Validate(); err != nil {
		return Identity{}, nil, err
	}
	parsed, err := ParseReport(report)
	if err != nil {
		return Identity{}, nil, err
	}
	if parsed.Nonce != nonce {
		return Identity{}, nil, fmt.Errorf("%w: %x…, want %x…", ErrNonce, parsed.Nonce[:8], nonce[:8])
	}
	id, err := VerifyChain(p, chain, now)
	if err != nil {
		return Identity{}, nil, err
	}
	if parsed, err = VerifyReport(id, nonce, report); err != nil {
		return Identity{}, nil, err
	}
	return id, parsed, nil
}
