package nvidia

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// FuzzParseReport: no panic, and what was parsed adds up to the input.
func FuzzParseReport(f *testing.F) {
	own, _ := ownSample(f)
	f.Add(own.report)
	f.Add(own.report[:RequestSize+8])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseReport(raw)
		if err != nil {
			return
		}
		require.Equal(t, raw, append(bytes.Clone(r.Signed), r.Signature[:]...))
		require.NotEmpty(t, r.Measurements)
		require.LessOrEqual(t, len(r.Fields.Driver), maxText)
		require.GreaterOrEqual(t, ReportCost(MaxReportSize), ReportCost(len(raw)))
	})
}

// FuzzVerifyReport: no panic, and nothing but the chip's own statement passes.
func FuzzVerifyReport(f *testing.F) {
	own, policy := ownSample(f)
	id, err := VerifyChain(policy, own.chain, sampleTime)
	require.NoError(f, err)
	f.Add(own.report)
	f.Add(append(bytes.Clone(own.report), 0))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := VerifyReport(id, own.nonce, raw)
		if err == nil {
			require.Equal(t, own.report[:len(own.report)-SignatureSize], r.Signed)
		}
	})
}

// FuzzFirmwareID: no panic on any extension, in both forms.
func FuzzFirmwareID(f *testing.F) {
	p := newPlan(f)
	spki := p.spki(f, 1)
	f.Add(tlv(0x30, tlv(2, []byte{1}), spki, digestElement(oidSHA384, p.firmware[:])), true)
	f.Add(tcbInfo(p, []byte{0, 0x80, 0, 0, 0}), false)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, value []byte, composite bool) {
		read := readTCBInfo
		if composite {
			read = func(value []byte) ([DigestSize]byte, error) { return readComposite(value, spki) }
		}
		if id, err := read(value); err == nil {
			require.True(t, bytes.Contains(value, id[:]))
		}
	})
}

// FuzzChipName: no panic, and a name that is accepted is in the bytes.
func FuzzChipName(f *testing.F) {
	f.Add(sanName(oidChipName, "NVIDIA:GH100:48B02D0000000001"))
	f.Add(sanName(oidChipName, "NVIDIA::"))
	f.Fuzz(func(t *testing.T, value []byte) {
		leaf := &x509chain.Certificate{Extensions: []x509chain.Extension{{OID: x509chain.OIDSubjectAltName, Value: value}}}
		if family, name, err := chipName(leaf); err == nil {
			require.True(t, bytes.Contains(value, []byte(name)))
			require.NotEmpty(t, family)
		}
	})
}
