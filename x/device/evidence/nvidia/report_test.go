package nvidia

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// Offsets in a report of 64 measurements.
const (
	recordAt    = RequestSize + headerSize
	gpuNonceAt  = recordAt + 64*blockSize
	opaqueAt    = gpuNonceAt + NonceSize + 2
	responseAt  = RequestSize
	blockCount  = RequestSize + 4
	recordBytes = RequestSize + 5
)

// TestReportRefuses changes a report and signs it again: a chip that signs nonsense is refused as well.
func TestReportRefuses(t *testing.T) {
	p := newPlan(t)
	id, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
	require.NoError(t, err)
	set := func(at int, b ...byte) func([]byte) []byte {
		return func(body []byte) []byte { copy(body[at:], b); return body }
	}
	opaque := func(fields ...[]byte) func([]byte) []byte {
		return func(body []byte) []byte {
			all := slices.Concat(fields...)
			body = binary.LittleEndian.AppendUint16(body[:opaqueAt-2], uint16(len(all)))
			return append(body, all...)
		}
	}
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"SPDM 1.2":                    {set(0, 0x12), ErrRequest},
		"another request":             {set(1, 0xe1), ErrRequest},
		"unsigned response asked":     {set(2, 0), ErrRequest},
		"one measurement asked":       {set(3, 1), ErrRequest},
		"another slot":                {set(36, 1), ErrRequest},
		"another nonce":               {set(4, 0xff), ErrNonce},
		"response of SPDM 1.0":        {set(responseAt, 0x10), ErrResponse},
		"an error response":           {set(responseAt+1, 0x7f), ErrResponse},
		"response parameter 1":        {set(responseAt+2, 1), ErrResponse},
		"response parameter 2":        {set(responseAt+3, 1), ErrResponse},
		"no blocks":                   {set(blockCount, 0), ErrMeasurement},
		"too many blocks":             {set(blockCount, MaxMeasurements+1), ErrMeasurement},
		"one block fewer":             {set(blockCount, 63), ErrMeasurement},
		"record length":               {set(recordBytes, 0xc1), ErrMeasurement},
		"record length, high byte":    {set(recordBytes+2, 1), ErrMeasurement},
		"block 1 has index 2":         {set(recordAt, 2), ErrMeasurement},
		"block 64 has index 63":       {set(recordAt+63*blockSize, 63), ErrMeasurement},
		"another specification":       {set(recordAt+1, 2), ErrMeasurement},
		"block size":                  {set(recordAt+2, 50), ErrMeasurement},
		"value size":                  {set(recordAt+5, 32), ErrMeasurement},
		"opaque length beyond":        {set(opaqueAt-1, 0xff), ErrTruncated},
		"opaque length short":         {set(opaqueAt-2, 12), ErrTrailing},
		"opaque field cut":            {opaque([]byte{3, 0, 9}), ErrTruncated},
		"opaque value beyond":         {opaque([]byte{3, 0, 9, 0, 1}), ErrTruncated},
		"field twice":                 {opaque(opaqueField(fieldBoard, make([]byte, 4)), opaqueField(fieldBoard, make([]byte, 4))), ErrOpaque},
		"unknown field twice":         {opaque(opaqueField(77, nil), opaqueField(77, nil)), ErrOpaque},
		"type above a byte":           {opaque(opaqueField(256, nil)), ErrOpaque},
		"VBIOS of 4 bytes":            {opaque(opaqueField(fieldVBIOS, make([]byte, 4))), ErrOpaque},
		"board of 5 bytes":            {opaque(opaqueField(fieldBoard, make([]byte, 5))), ErrOpaque},
		"firmware id of SHA-256":      {opaque(opaqueField(fieldFirmware, make([]byte, 32))), ErrOpaque},
		"PCIe status of 2 bytes":      {opaque(opaqueField(fieldPCIe, make([]byte, 2))), ErrOpaque},
		"version of 1 byte":           {opaque(opaqueField(fieldVersion, make([]byte, 1))), ErrOpaque},
		"feature of 4 bytes":          {opaque(opaqueField(fieldFeature, make([]byte, 4))), ErrOpaque},
		"driver that is too long":     {opaque(opaqueField(fieldDriver, bytes.Repeat([]byte{'1'}, maxText+1))), ErrOpaque},
		"driver with a control":       {opaque(opaqueField(fieldDriver, []byte("5\n5"))), ErrOpaque},
		"driver with a zero in it":    {opaque(opaqueField(fieldDriver, []byte("5\x005"))), ErrOpaque},
		"firmware id of another chip": {opaque(opaqueField(fieldFirmware, make([]byte, DigestSize))), ErrFirmware},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := VerifyReport(id, p.nonce, p.sign(t, c.change(p.body()), false))
			require.ErrorIs(t, err, c.want)
		})
	}
	var many [][]byte
	for kind := uint16(100); kind < 100+maxFields+1; kind++ {
		many = append(many, opaqueField(kind, nil))
	}
	_, err = VerifyReport(id, p.nonce, p.sign(t, opaque(many...)(p.body()), false))
	require.ErrorIs(t, err, ErrOpaque)
	_, err = VerifyReport(id, p.nonce, p.sign(t, opaque(many[:maxFields]...)(p.body()), false))
	require.NoError(t, err)
}

// TestReportLengths cuts a report at every length and pads it.
func TestReportLengths(t *testing.T) {
	p := newPlan(t)
	report := p.report(t)
	for n := range report {
		_, err := ParseReport(report[:n])
		require.ErrorIs(t, err, ErrTruncated, "%d of %d bytes", n, len(report))
	}
	_, err := ParseReport(append(slices.Clone(report), 0))
	require.ErrorIs(t, err, ErrTrailing)
	_, err = ParseReport(make([]byte, MaxReportSize+1))
	require.ErrorIs(t, err, ErrSize)
}

func TestReportSignature(t *testing.T) {
	p := newPlan(t)
	id, err := VerifyChain(p.policy(t), p.chain(t), forgeTime.Unix())
	require.NoError(t, err)
	body := p.body()
	order := p.keys[0].Params().N.Bytes()
	zero, good := make([]byte, 48), p.sign(t, body, false)[len(body):]
	for name, signature := range map[string][]byte{
		"zeros": make([]byte, SignatureSize), "r = 0": slices.Concat(zero, good[48:]), "s = 0": slices.Concat(good[:48], zero),
		"r = n": slices.Concat(order, good[48:]), "s = n": slices.Concat(good[:48], order),
		"all ones": bytes.Repeat([]byte{0xff}, SignatureSize), "r and s swapped": slices.Concat(good[48:], good[:48]),
	} {
		_, err := VerifyReport(id, p.nonce, slices.Concat(body, signature))
		require.ErrorIs(t, err, ErrSignature, name)
	}
	other := newPlan(t)
	_, err = VerifyReport(id, p.nonce, other.sign(t, body, false))
	require.ErrorIs(t, err, ErrSignature, "another chip's key")
	id.Key[5] ^= 1
	_, err = VerifyReport(id, p.nonce, slices.Concat(body, good))
	require.ErrorIs(t, err, x509chain.ErrKey, "a stored key that is no point")
}
