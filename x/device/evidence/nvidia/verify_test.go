package nvidia

import (
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

func keyHash(spki []byte) x509chain.KeyHash { return sha256.Sum256(spki) }

func TestVerify(t *testing.T) {
	p := newPlan(t)
	chain := p.chain(t)
	id, report, err := Verify(p.policy(t), chain, p.nonce, p.report(t), forgeTime.Unix())
	require.NoError(t, err)
	require.Equal(t, "GH100", id.Family)
	require.Equal(t, "NVIDIA:GH100:48B02D0000000001", id.Name)
	require.Equal(t, p.firmware, id.Firmware)
	require.Equal(t, p.templates[0].NotAfter.Unix(), id.NotAfter, "the earliest of the five")
	require.Equal(t, Fields{
		Driver: "590.12", VBIOS: "96.00.A5.00.01", Board: 0x201, ChipSKU: "885", Firmware: p.firmware, HasFirmware: true,
		ProtectedPCIe: 0x55, Version: 1, Features: FeatureProtectedPCIe, HasFeatures: true,
	}, report.Fields)
	for i := range ChainLength {
		require.Equal(t, keyHash(p.spki(t, i)), id.KeyHashes[i])
	}
	require.NoError(t, id.Check(p.policy(t), forgeTime.Unix()))
}

// TestHighS: chips sign with s in either half; both hold, so a signature identifies nothing.
func TestHighS(t *testing.T) {
	p := newPlan(t)
	id, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
	require.NoError(t, err)
	for _, high := range []bool{false, true} {
		_, err := VerifyReport(id, p.nonce, p.sign(t, p.body(), high))
		require.NoError(t, err, "high s: %t", high)
	}
}

func TestDriverWithoutFirmwareField(t *testing.T) {
	p := newPlan(t)
	p.opaque = opaqueField(fieldDriver, []byte("535.86.09\x00"))
	id, report, err := Verify(p.policy(t), p.chain(t), p.nonce, p.report(t), forgeTime.Unix())
	require.NoError(t, err)
	require.False(t, report.Fields.HasFirmware)
	require.Equal(t, p.firmware, id.Firmware, "the certificate says it")
}

// TestChipID: the id follows the ROM's key, not what the chip's firmware or the chip itself says of it.
func TestChipID(t *testing.T) {
	p := newPlan(t)
	first, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
	require.NoError(t, err)
	p.keys[0], p.firmware, p.extension = newKey(t, elliptic.P384()), [DigestSize]byte{1}, nil
	p.san = sanName(oidChipName, "NVIDIA:GH100:48B02D0000000002")
	second, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
	require.NoError(t, err)
	require.NotEqual(t, first.Name, second.Name)
	require.Equal(t, first.ChipID, second.ChipID, "new firmware and another name are still one chip")
	other, err := VerifyChain(samePolicyForTwo(t, p, newPlan(t)))
	require.NoError(t, err)
	require.NotEqual(t, first.ChipID, other.ChipID)
}

func samePolicyForTwo(t *testing.T, a, b *plan) (Policy, [][]byte, int64) {
	t.Helper()
	policy := a.policy(t)
	policy.Roots = append(policy.Roots, b.policy(t).Roots...)
	return policy, b.chain(t), forgeTime.Unix()
}

func TestVerifyChainRefuses(t *testing.T) {
	unknown := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}
	for name, c := range map[string]struct {
		change func(*plan)
		want   error
	}{
		"wrong curve in the leaf":      {func(p *plan) { p.keys[0] = newKey(t, elliptic.P256()) }, x509chain.ErrKey},
		"wrong curve in an authority":  {func(p *plan) { p.keys[2] = newKey(t, elliptic.P256()); p.signers[1] = p.keys[2] }, x509chain.ErrKey},
		"curve that is not supported":  {func(p *plan) { p.keys[0] = newKey(t, elliptic.P521()) }, x509chain.ErrKey},
		"unknown critical, leaf":       {func(p *plan) { p.templates[0].ExtraExtensions = []pkix.Extension{unknown} }, x509chain.ErrCritical},
		"unknown critical, authority":  {func(p *plan) { p.templates[3].ExtraExtensions = []pkix.Extension{unknown} }, x509chain.ErrCritical},
		"unknown critical, root":       {func(p *plan) { p.templates[4].ExtraExtensions = []pkix.Extension{unknown} }, x509chain.ErrCritical},
		"expired leaf":                 {func(p *plan) { p.templates[0].NotAfter = forgeTime.AddDate(0, 0, -1) }, x509chain.ErrExpired},
		"expired authority":            {func(p *plan) { p.templates[3].NotAfter = forgeTime.AddDate(0, 0, -1) }, x509chain.ErrExpired},
		"expired root":                 {func(p *plan) { p.templates[4].NotAfter = forgeTime.AddDate(0, 0, -1) }, x509chain.ErrExpired},
		"not yet valid":                {func(p *plan) { p.templates[1].NotBefore = forgeTime.AddDate(0, 0, 1) }, x509chain.ErrNotYetValid},
		"leaf signed by a stranger":    {func(p *plan) { p.signers[0] = newKey(t, elliptic.P384()) }, x509chain.ErrSignature},
		"ROM key signed by a stranger": {func(p *plan) { p.signers[1] = newKey(t, elliptic.P384()) }, x509chain.ErrSignature},
		"root signed by a stranger":    {func(p *plan) { p.signers[4] = newKey(t, elliptic.P384()) }, x509chain.ErrSignature},
		"leaf is an authority":         {func(p *plan) { p.templates[0].IsCA, p.templates[0].BasicConstraintsValid = true, true }, x509chain.ErrPurpose},
		"leaf may not sign":            {func(p *plan) { p.templates[0].KeyUsage = x509.KeyUsageKeyAgreement }, x509chain.ErrPurpose},
		"issuer is no authority":       {func(p *plan) { p.templates[2].IsCA = false }, x509chain.ErrAuthority},
		"issuer may not certify":       {func(p *plan) { p.templates[2].KeyUsage = x509.KeyUsageCRLSign }, x509chain.ErrAuthority},
		"path length":                  {func(p *plan) { p.templates[3].MaxPathLen = 1 }, x509chain.ErrAuthority},
		"a switch, not a GPU":          {func(p *plan) { p.san = sanName(oidChipName, "NVIDIA:LS_10:48B02D0000000001") }, ErrChip},
		"no name":                      {func(p *plan) { p.san = nil }, ErrChip},
		"name of another type":         {func(p *plan) { p.san = sanName("\x2a\x03", "NVIDIA:GH100:48B02D0000000001") }, ErrChip},
		"short serial":                 {func(p *plan) { p.san = sanName(oidChipName, "NVIDIA:GH100:48B02D") }, ErrChip},
		"serial in lower case":         {func(p *plan) { p.san = sanName(oidChipName, "NVIDIA:GH100:48b02d0000000001") }, ErrChip},
		"another maker":                {func(p *plan) { p.san = sanName(oidChipName, "AMD:GH100:48B02D0000000001") }, ErrChip},
		"name with bytes after it":     {func(p *plan) { p.san = append(p.san, 5, 0) }, ErrChip},
		"no firmware id":               {func(p *plan) { p.extensionOID = asn1.ObjectIdentifier{1, 2, 4} }, ErrChip},
		"firmware id of another parent": {func(p *plan) {
			p.extension = tlv(0x30, tlv(2, []byte{1}), p.spki(t, 2), digestElement(oidSHA384, p.firmware[:]))
		}, ErrChip},
		"firmware id by another hash": {func(p *plan) {
			p.extension = tlv(0x30, tlv(2, []byte{1}), p.spki(t, 1), digestElement("\x60\x86\x48\x01\x65\x03\x04\x02\x01", p.firmware[:32]))
		}, ErrChip},
		"firmware id with bytes after it": {func(p *plan) {
			p.extension = tlv(0x30, tlv(2, []byte{1}), p.spki(t, 1), digestElement(oidSHA384, p.firmware[:]), tlv(5))
		}, ErrChip},
		"firmware id version": {func(p *plan) {
			p.extension = tlv(0x30, tlv(2, []byte{2}), p.spki(t, 1), digestElement(oidSHA384, p.firmware[:]))
		}, ErrChip},
		"two firmware ids": {func(p *plan) {
			p.templates[0].ExtraExtensions = []pkix.Extension{{Id: tcbOID, Value: tcbInfo(p, nil)}}
		}, ErrChip},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlan(t)
			c.change(p)
			_, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
			require.ErrorIs(t, err, c.want)
			t.Log(err)
		})
	}
}

// tcbInfo is Blackwell's form, with optional flags.
func tcbInfo(p *plan, flags []byte) []byte {
	fields := [][]byte{
		tlv(0x80, []byte("NVIDIA")), tlv(0x83, []byte{1}),
		tlv(0xa6, digestElement(oidSHA384, p.firmware[:]), digestElement(oidSHA384, make([]byte, DigestSize))),
	}
	if flags != nil {
		fields = append(fields, tlv(0x87, flags))
	}
	return tlv(0x30, fields...)
}

func TestBlackwellFirmwareID(t *testing.T) {
	p := newPlan(t)
	list := tlv(0xa6, digestElement(oidSHA384, p.firmware[:]))
	for name, c := range map[string]struct {
		extension []byte
		want      error
	}{
		"plain":                       {tcbInfo(p, nil), nil},
		"not configured, as released": {tcbInfo(p, []byte{0, 0x80, 0, 0, 0}), nil},
		"not secure":                  {tcbInfo(p, []byte{0, 0x40, 0, 0, 0}), ErrChip},
		"debug":                       {tcbInfo(p, []byte{0, 0x10, 0, 0, 0}), ErrChip},
		"flags twice":                 {tlv(0x30, list, tlv(0x87, []byte{0, 0}), tlv(0x87, []byte{0, 0})), ErrChip},
		"flags before the list":       {tlv(0x30, tlv(0x87, []byte{0, 0}), list), ErrChip},
		"no firmware id":              {tlv(0x30, tlv(0x80, []byte("NVIDIA"))), ErrChip},
		"empty list":                  {tlv(0x30, tlv(0xa6)), ErrChip},
		"universal tag":               {tlv(0x30, tlv(2, []byte{1})), ErrChip},
		"list that is too long":       {tlv(0x30, tlv(0xa6, slices.Repeat(digestElement(oidSHA384, p.firmware[:]), maxFirmwareIDs+1))), ErrChip},
	} {
		t.Run(name, func(t *testing.T) {
			p.extensionOID, p.extension = tcbOID, c.extension
			id, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, p.firmware, id.Firmware)
			}
		})
	}
}

func TestChainShape(t *testing.T) {
	p := newPlan(t)
	chain := p.chain(t)
	reversed := slices.Clone(chain)
	slices.Reverse(reversed)
	swapped := slices.Clone(chain)
	swapped[1], swapped[2] = swapped[2], swapped[1]
	for name, c := range map[string]struct {
		chain [][]byte
		want  error
	}{
		"nothing":        {nil, x509chain.ErrCount},
		"without root":   {chain[:4], x509chain.ErrCount},
		"leaf twice":     {append([][]byte{chain[0]}, chain...), x509chain.ErrCount},
		"root first":     {reversed, x509chain.ErrRoot},
		"two swapped":    {swapped, x509chain.ErrOrder},
		"root repeated":  {[][]byte{chain[0], chain[1], chain[2], chain[4], chain[4]}, x509chain.ErrOrder},
		"empty element":  {[][]byte{chain[0], chain[1], {}, chain[3], chain[4]}, x509chain.ErrMalformed},
		"trailing bytes": {[][]byte{append(slices.Clone(chain[0]), 0), chain[1], chain[2], chain[3], chain[4]}, x509chain.ErrMalformed},
		"too large":      {[][]byte{make([]byte, x509chain.MaxCertificateSize+1), chain[1], chain[2], chain[3], chain[4]}, x509chain.ErrSize},
	} {
		_, err := VerifyChain(p.policy(t), c.chain, forgeTime.Unix())
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := VerifyChain(samplePolicy(), chain, forgeTime.Unix())
	require.ErrorIs(t, err, x509chain.ErrRoot, "another root than NVIDIA's")
}

func TestRevocation(t *testing.T) {
	p := newPlan(t)
	chain := p.chain(t)
	id, err := VerifyChain(p.policy(t), chain, forgeTime.Unix())
	require.NoError(t, err)
	for i := range ChainLength {
		policy := p.policy(t)
		policy.Revoked = []x509chain.KeyHash{{1}, keyHash(p.spki(t, i))}
		_, err := VerifyChain(policy, chain, forgeTime.Unix())
		require.ErrorIs(t, err, x509chain.ErrRevoked, "certificate %d", i)
		require.ErrorIs(t, id.Check(policy, forgeTime.Unix()), x509chain.ErrRevoked, "stored, certificate %d", i)
	}
	policy := p.policy(t)
	policy.RevokedFirmware = [][DigestSize]byte{p.firmware}
	_, err = VerifyChain(policy, chain, forgeTime.Unix())
	require.ErrorIs(t, err, ErrFirmware)
	require.ErrorIs(t, id.Check(policy, forgeTime.Unix()), ErrFirmware)

	require.ErrorIs(t, id.Check(p.policy(t), id.NotAfter+1), x509chain.ErrExpired)
	require.NoError(t, id.Check(p.policy(t), id.NotAfter))
	require.ErrorIs(t, id.Check(samplePolicy(), forgeTime.Unix()), x509chain.ErrRoot)
	policy = p.policy(t)
	policy.Families = []string{"GB100"}
	require.ErrorIs(t, id.Check(policy, forgeTime.Unix()), ErrChip)
}

func TestPolicyBounds(t *testing.T) {
	good := samplePolicy()
	require.NoError(t, good.Validate())
	for name, c := range map[string]struct {
		change func(*Policy)
		want   error
	}{
		"no family":             {func(p *Policy) { p.Families = nil }, ErrPolicy},
		"too many families":     {func(p *Policy) { p.Families = make([]string, MaxFamilies+1) }, ErrPolicy},
		"too many firmware ids": {func(p *Policy) { p.RevokedFirmware = make([][DigestSize]byte, MaxRevokedFirmware+1) }, ErrPolicy},
		"no root":               {func(p *Policy) { p.Roots = nil }, x509chain.ErrPolicy},
		"too many roots":        {func(p *Policy) { p.Roots = make([]x509chain.KeyHash, x509chain.MaxRoots+1) }, x509chain.ErrPolicy},
		"too many keys revoked": {func(p *Policy) { p.Revoked = make([]x509chain.KeyHash, x509chain.MaxRevoked+1) }, x509chain.ErrPolicy},
	} {
		p := samplePolicy()
		c.change(&p)
		require.ErrorIs(t, p.Validate(), c.want, name)
		_, _, err := Verify(p, nil, [NonceSize]byte{}, nil, 0)
		require.ErrorIs(t, err, c.want, name)
		_, err = VerifyChain(p, nil, 0)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorIs(t, Identity{}.Check(p, 0), c.want, name)
	}
}
