package x509chain

// Object identifiers as the content bytes of their encoding.
const (
	oidECPublicKey   = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	oidP256          = "\x2a\x86\x48\xce\x3d\x03\x01\x07"     // 1.2.840.10045.3.1.7
	oidP384          = "\x2b\x81\x04\x00\x22"                 // 1.3.132.0.34
	oidRSAEncryption = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	oidRSASHA256     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" // 1.2.840.113549.1.1.11
	oidRSASHA384     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c" // 1.2.840.113549.1.1.12
	oidRSASHA512     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d" // 1.2.840.113549.1.1.13
	oidECDSASHA256   = "\x2a\x86\x48\xce\x3d\x04\x03\x02"     // 1.2.840.10045.4.3.2
	oidECDSASHA384   = "\x2a\x86\x48\xce\x3d\x04\x03\x03"     // 1.2.840.10045.4.3.3
	oidECDSASHA512   = "\x2a\x86\x48\xce\x3d\x04\x03\x04"     // 1.2.840.10045.4.3.4
	oidSubjectKeyID  = "\x55\x1d\x0e"                         // 2.5.29.14
	oidKeyUsage      = "\x55\x1d\x0f"                         // 2.5.29.15
	oidBasic         = "\x55\x1d\x13"                         // 2.5.29.19
	oidAuthorityKey  = "\x55\x1d\x23"                         // 2.5.29.35
	oidExtKeyUsage   = "\x55\x1d\x25"                         // 2.5.29.37
	oidAnyPurpose    = "\x55\x1d\x25\x00"                     // 2.5.29.37.0

	// OIDSubjectAltName is 2.5.29.17. Its value is kept raw: a chip's name, which authorises nothing here.
	OIDSubjectAltName = "\x55\x1d\x11"
	// OIDEndorsementKey is tcg-kp-EKCertificate, 2.23.133.8.1.
	OIDEndorsementKey = "\x67\x81\x05\x08\x01"
	// OIDAttestationKey is tcg-kp-AIKCertificate, 2.23.133.8.3.
	OIDAttestationKey = "\x67\x81\x05\x08\x03"
)

// Bits of the key usage extension (RFC 5280 4.2.1.3).
const (
	UsageDigitalSignature uint32 = 1 << 0
	UsageKeyEncipherment  uint32 = 1 << 2
	UsageKeyAgreement     uint32 = 1 << 4
	usageCertSign         uint32 = 1 << 5
)
