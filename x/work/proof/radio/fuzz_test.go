package radio

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzUnmarshalEvidence: no bytes panic, and what decodes encodes to the same bytes.
func FuzzUnmarshalEvidence(f *testing.F) {
	for _, n := range []int{0, 1, MaxWitnesses} {
		data, err := newScene(f, edKeys(n)...).evidence.Marshal()
		require.NoError(f, err)
		f.Add(data)
		f.Add(data[:len(data)-1])
		f.Add(append(data, 0))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := UnmarshalEvidence(data)
		if err != nil {
			require.ErrorIs(t, err, ErrEvidence)
			return
		}
		again, err := e.Marshal()
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

// FuzzVerifyEvidence: only the honest bytes get every receipt counted.
func FuzzVerifyEvidence(f *testing.F) {
	s := newScene(f, edKeys(2)...)
	honest, err := s.evidence.Marshal()
	require.NoError(f, err)
	f.Add(honest)
	f.Add(honest[:174])
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := UnmarshalEvidence(data)
		if err != nil || len(e.Receipts) != 2 {
			return
		}
		v, err := Verify(s.params, s.challenge, s.source, e, s.signers)
		if err != nil {
			return
		}
		j, err := Judge(s.params, e.Receipts, v, s.facts, s.witnesses)
		require.Equal(t, bytes.Equal(honest, data), err == nil && j.Paid == 2)
	})
}

// FuzzJudge: whatever readings and facts, no panic, never more pay than the curve, and the reason stands in the rules'
// order.
func FuzzJudge(f *testing.F) {
	f.Add(uint8(110), int8(-20), uint8(3), int8(0), uint32(605_000), int32(462_180_000), int32(61_500_000), int32(30), uint64(3600), uint8(0xff))
	f.Add(uint8(0), int8(-128), uint8(255), int8(-128), uint32(0), int32(-850_000_000), int32(1_800_000_000), int32(-100), Never, uint8(0))
	f.Add(uint8(255), int8(127), uint8(0), int8(127), uint32(1<<32-1), int32(900_000_000), int32(-1_800_000_000), int32(1000), uint64(0), uint8(7))
	s := newScene(f, edKeys(1)...)
	f.Fuzz(func(t *testing.T, rssi uint8, snr int8, channel uint8, offset int8, millis uint32, lat, lng, gain int32, quiet uint64, flags uint8) {
		receipts := []Receipt{{Number: 10, Readings: Readings{rssi, snr, channel, offset, millis}}}
		w := s.witnesses[0]
		w.Position, w.Gain, w.QuietSeconds = Position{lat, lng}, gain, quiet
		w.Known, w.Active, w.Asserted = flags&1 != 0, flags&2 != 0, flags&4 != 0
		w.Denied, w.EdgeDenied = flags&8 == 0, flags&16 == 0
		v := Verified{Beacon: s.beacon, Heard: []bool{flags&32 != 0}}
		j, err := Judge(s.params, receipts, v, s.facts, []WitnessFacts{w})
		if err != nil {
			require.ErrorIs(t, err, ErrFacts)
			return
		}
		require.LessOrEqual(t, j.Witnesses[0].Reason, ReasonLast)
		require.NotEqual(t, ReasonBeacon, j.Witnesses[0].Reason)
		require.LessOrEqual(t, j.Units, uint64(250_000))
		require.LessOrEqual(t, j.Witnesses[0].Units, uint64(RewardUnit))
		if j.Witnesses[0].Reason == ReasonPaid {
			require.EqualValues(t, 0xff, flags|0xc0, "every flag is needed")
			require.GreaterOrEqual(t, j.Witnesses[0].Millimetres, uint64(300_000))
		}
	})
}

func FuzzUnmarshalReceipt(f *testing.F) {
	f.Add(make([]byte, ReceiptSize))
	f.Add(bytes.Repeat([]byte{0xff}, ReceiptSize))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := UnmarshalReceipt(data)
		if err != nil {
			require.ErrorIs(t, err, ErrReceipt)
			return
		}
		require.Equal(t, data, r.Marshal())
	})
}

// FuzzBatch: the batch's verdict on each statement is the verdict alone.
func FuzzBatch(f *testing.F) {
	a, b := statement(f, "a", KeyEd25519), statement(f, "b", KeyEd25519)
	f.Add(a.Key.Bytes, a.Message, a.Signature[:], uint8(1))
	p := statement(f, "p", KeySecp256r1)
	f.Add(p.Key.Bytes, p.Message, p.Signature[:], uint8(2))
	f.Add(make([]byte, 32), []byte{}, make([]byte, 64), uint8(1))
	f.Fuzz(func(t *testing.T, key, message, signature []byte, keyType uint8) {
		s := Statement{Key: PublicKey{KeyType(keyType), key}, Message: message}
		copy(s.Signature[:], signature)
		got, err := VerifyBatch([]Statement{b, s, a})
		require.NoError(t, err)
		require.Equal(t, []bool{true, s.Verify(), true}, got)
	})
}
