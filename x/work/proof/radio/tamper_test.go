package radio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEvidenceSizes(t *testing.T) {
	require.Equal(t, 76, ReceiptSize)
	require.Equal(t, 1162, MaxEvidenceSize)
	require.LessOrEqual(t, MaxEvidenceSize+DeviceIDSize+8, 1200, "with id and epoch: 1.2 KB")
	for _, n := range []int{0, 4, MaxWitnesses} {
		s := newScene(t, edKeys(n)...)
		data, err := s.evidence.Marshal()
		require.NoError(t, err)
		require.Len(t, data, 98+76*n)
		back, err := UnmarshalEvidence(data)
		require.NoError(t, err)
		again, err := back.Marshal()
		require.NoError(t, err)
		require.Equal(t, data, again)
	}
}

// TestEveryFlippedByteIsNoticed: whatever single byte of evidence changes, it does not decode, does not verify, or
// costs exactly the receipt that was touched its place.
func TestEveryFlippedByteIsNoticed(t *testing.T) {
	s := newScene(t, edKeys(3)...)
	data, err := s.evidence.Marshal()
	require.NoError(t, err)
	for at := range data {
		forged := append([]byte(nil), data...)
		forged[at] ^= 0x10
		e, err := UnmarshalEvidence(forged)
		if err != nil {
			require.ErrorIs(t, err, ErrEvidence)
			continue
		}
		v, err := Verify(s.params, s.challenge, s.source, e, s.signers)
		if at < evidenceHeader {
			require.Error(t, err, "byte %d", at)
			continue
		}
		require.NoError(t, err)
		receipt := (at - evidenceHeader) / ReceiptSize
		// The number is not signed: the id that the chain finds under it is. Here the chain would find another radio,
		// and Judge notices.
		if e.Receipts[receipt].Number != s.evidence.Receipts[receipt].Number {
			_, err = Judge(s.params, e.Receipts, v, s.facts, s.witnesses)
			require.ErrorIs(t, err, ErrFacts)
			continue
		}
		for i, heard := range v.Heard {
			require.Equal(t, i != receipt, heard, "byte %d, receipt %d", at, i)
		}
	}
}

func TestMalformedEvidence(t *testing.T) {
	s := newScene(t, edKeys(2)...)
	data, err := s.evidence.Marshal()
	require.NoError(t, err)
	cut := func(n int) []byte { return data[:n] }
	with := func(at int, b byte) []byte {
		out := append([]byte(nil), data...)
		out[at] = b
		return out
	}
	twice := append(append(append([]byte(nil), data[:98]...), data[98:174]...), data[98:174]...)
	swapped := append(append(append([]byte(nil), data[:98]...), data[174:]...), data[98:174]...)
	for name, bad := range map[string][]byte{
		"empty":         nil,
		"header short":  cut(97),
		"receipt short": cut(len(data) - 1),
		"trailing":      append(append([]byte(nil), data...), 0),
		"version":       with(0, 2),
		"count low":     with(97, 1),
		"count high":    with(97, 3),
		"count absurd":  with(97, 255),
		"huge":          make([]byte, 1<<20),
		"one too many":  make([]byte, MaxEvidenceSize+ReceiptSize),
		"twice":         twice,
		"out of order":  swapped,
	} {
		_, err := UnmarshalEvidence(bad)
		require.ErrorIs(t, err, ErrEvidence, name)
	}
	_, err = UnmarshalReceipt(data[98:173])
	require.ErrorIs(t, err, ErrReceipt)
	s.evidence.Receipts = make([]Receipt, MaxWitnesses+1)
	_, err = s.evidence.Marshal()
	require.ErrorIs(t, err, ErrEvidence)
	_, err = s.verify()
	require.ErrorIs(t, err, ErrEvidence)
}

// TestOtherContextIsRefused: evidence holds for one chain, epoch, mix, device, region and key.
func TestOtherContextIsRefused(t *testing.T) {
	for name, change := range map[string]func(*scene){
		"chain":          func(s *scene) { s.challenge.ChainID = "joule-1" },
		"epoch":          func(s *scene) { s.challenge.Epoch++ },
		"mix":            func(s *scene) { s.challenge.Mix[0]++ },
		"device":         func(s *scene) { s.challenge.Device[0]++ },
		"key":            func(s *scene) { s.source.Key = s.signers[0].Key },
		"key type":       func(s *scene) { s.source.Key.Type = 3 },
		"anchor epoch":   func(s *scene) { s.source.Anchor.Epoch++ },
		"anchor value":   func(s *scene) { s.source.Anchor.Value[0]++ },
		"region":         func(s *scene) { s.source.Region = 0 },
		"already public": func(s *scene) { s.source.Anchor = Anchor{testEpoch, s.evidence.Preimage} },
		"signers":        func(s *scene) { s.signers = s.signers[:1] },
		"params":         func(s *scene) { s.params.ChainSteps = 0 },
		"steps":          func(s *scene) { s.params.ChainSteps = 6 },
	} {
		s := newScene(t, edKeys(2)...)
		_, err := s.verify()
		require.NoError(t, err)
		change(s)
		_, err = s.verify()
		require.Error(t, err, name)
	}
}

// TestStolenReceipts: receipts that another key, another beacon or another witness signed do not count, wherever they
// are put.
func TestStolenReceipts(t *testing.T) {
	for name, change := range map[string]func(*scene){
		"another witness's":  func(s *scene) { s.evidence.Receipts[0].Signature = s.evidence.Receipts[1].Signature },
		"swapped key":        func(s *scene) { s.signers[0].Key = s.signers[1].Key },
		"unknown number":     func(s *scene) { s.signers[0] = Signer{} },
		"key of other kind":  func(s *scene) { s.signers[0].Key = newSigner(t, "witness 0", KeySecp256r1).key() },
		"better reading":     func(s *scene) { s.evidence.Receipts[0].Readings.SNR++ },
		"another timestamp":  func(s *scene) { s.evidence.Receipts[0].Readings.Millis++ },
		"unsigned":           func(s *scene) { s.evidence.Receipts[0].Signature = [SignatureSize]byte{} },
		"other epoch":        func(s *scene) { s.resign(t, testEpoch-1, s.beacon, s.devices[0].id) },
		"other beacon":       func(s *scene) { s.resign(t, testEpoch, Beacon{}, s.devices[0].id) },
		"for another's name": func(s *scene) { s.resign(t, testEpoch, s.beacon, s.devices[1].id) },
	} {
		s := newScene(t, edKeys(3)...)
		change(s)
		require.Equal(t, []Reason{ReasonPayload, ReasonPaid, ReasonPaid}, s.judge(t).reasons(), name)
	}
}

func (s *scene) resign(t testing.TB, epoch uint64, b Beacon, witness DeviceID) {
	r := &s.evidence.Receipts[0]
	r.Signature = s.devices[0].sign(t, ReceiptSignBytes(s.challenge.ChainID, epoch, b.PayloadHash(), witness, r.Readings))
}

func TestCommitmentsDiffer(t *testing.T) {
	s := newScene(t, edKeys(1)...)
	r, id := s.evidence.Receipts[0], s.devices[0].id
	base := ReceiptCommitment("a", 1, id, r)
	other := r
	other.Signature[63] ^= 1
	for _, c := range [][HashSize]byte{
		ReceiptCommitment("b", 1, id, r), ReceiptCommitment("a", 2, id, r), ReceiptCommitment("a", 1, DeviceID{}, r), ReceiptCommitment("a", 1, id, other),
	} {
		require.NotEqual(t, base, c)
	}
}
