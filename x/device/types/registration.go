package types

import (
	"encoding/binary"
	"errors"
)

// registrationDomain separates a registration's signature from every other statement of a device.
const registrationDomain = "joule/device/registration/v1"

// RegistrationSignBytes are the bytes that the device signs: every field of the registration but the signature, and the
// chain id. Texts are covered as they stand in the message (an empty beneficiary is an empty text), variable parts by a
// length of four bytes big-endian, so that no two registrations have the same bytes. The README's "The signed bytes"
// lists them byte by byte.
func RegistrationSignBytes(chainID string, r Registration) []byte {
	buf := appendBytes(make([]byte, 0, 320), []byte(registrationDomain))
	buf = appendBytes(buf, []byte(chainID))
	buf = appendBytes(buf, []byte(r.Owner))
	buf = appendUint32(buf, uint32(r.PublicKey.Type))
	buf = appendBytes(buf, r.PublicKey.Key)
	buf = appendUint32(buf, uint32(r.WorkClass))
	kind, body := r.Capability.signBytes()
	buf = append(buf, kind)
	buf = appendBytes(buf, body)
	buf = appendBytes(buf, []byte(r.Beneficiary))
	buf = appendBytes(buf, []byte(r.Bond.Denom))
	buf = appendBytes(buf, []byte(r.amountText()))
	buf = appendBytes(buf, []byte(r.BondPayer))
	buf = binary.BigEndian.AppendUint64(buf, r.Generation)
	return binary.BigEndian.AppendUint64(buf, uint64(r.ExpiryHeight))
}

// VerifySignature checks the device's signature over the registration for the chain. Errors are ErrInvalidPublicKey and
// ErrInvalidSignature, which names the chain id because signing for another chain is the usual mistake.
func (r Registration) VerifySignature(chainID string) error {
	if err := VerifySignature(r.PublicKey, RegistrationSignBytes(chainID, r), r.Signature); err != nil {
		if errors.Is(err, ErrInvalidPublicKey) {
			return err
		}
		return ErrInvalidSignature.Wrapf("registration for chain %q, generation %d, expiry %d: %s", chainID, r.Generation, r.ExpiryHeight, err)
	}
	return nil
}

// ValidateBasic checks everything about a registration that needs neither state nor an address codec nor the signature.
// Errors are named after the field they refuse.
func (r Registration) ValidateBasic() error {
	if r.Owner == "" {
		return ErrInvalidRegistration.Wrap("owner is empty")
	}
	if err := r.PublicKey.Validate(); err != nil {
		return err
	}
	if err := r.Capability.ValidateFor(r.WorkClass); err != nil {
		return err
	}
	if err := validateBondCoin(r.Bond); err != nil {
		return err
	}
	if r.Generation == 0 {
		return ErrWrongGeneration.Wrap("generation is 0, the first is 1")
	}
	if r.ExpiryHeight <= 0 {
		return ErrRegistrationExpired.Wrapf("expiry_height is %d, it must be positive", r.ExpiryHeight)
	}
	if len(r.Signature) != SignatureSize {
		return ErrInvalidSignature.Wrapf("signature has %d bytes, want %d", len(r.Signature), SignatureSize)
	}
	return nil
}

// EffectiveBeneficiary is who is paid: the beneficiary, or the owner when it is empty.
func (r Registration) EffectiveBeneficiary() string {
	if r.Beneficiary == "" {
		return r.Owner
	}
	return r.Beneficiary
}

// EffectiveBondPayer is who pays the bond: the bond payer, or the owner when it is empty.
func (r Registration) EffectiveBondPayer() string {
	if r.BondPayer == "" {
		return r.Owner
	}
	return r.BondPayer
}

// amountText is the bond's amount in decimal; an amount that was never set is empty, which no number is.
func (r Registration) amountText() string {
	if r.Bond.Amount.IsNil() {
		return ""
	}
	return r.Bond.Amount.String()
}

func appendUint32(buf []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(buf, v) }

func appendBytes(buf, b []byte) []byte { return append(appendUint32(buf, uint32(len(b))), b...) }
