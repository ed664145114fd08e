package radio

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// signer is a device of the tests: its key follows from its name.
type signer struct {
	ed   ed25519.PrivateKey
	p256 *ecdsa.PrivateKey
	id   DeviceID
}

func newSigner(t testing.TB, name string, keyType KeyType) signer {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	s := signer{}
	if keyType == KeySecp256r1 {
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
		require.NoError(t, err)
		s.p256 = key
	} else {
		s.ed = ed25519.NewKeyFromSeed(seed[:])
	}
	digest := sha256.Sum256(s.key().Bytes)
	copy(s.id[:], digest[:])
	return s
}

func (s signer) key() PublicKey {
	if s.p256 != nil {
		uncompressed, err := s.p256.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		return PublicKey{KeySecp256r1, append([]byte{2 | uncompressed[64]&1}, uncompressed[1:33]...)}
	}
	return PublicKey{KeyEd25519, s.ed.Public().(ed25519.PublicKey)}
}

func (s signer) sign(t testing.TB, message []byte) (out [SignatureSize]byte) {
	t.Helper()
	if s.p256 == nil {
		copy(out[:], ed25519.Sign(s.ed, message))
		return out
	}
	digest := sha256.Sum256(message)
	r, x, err := ecdsa.Sign(rand.Reader, s.p256, digest[:])
	require.NoError(t, err)
	if x.Cmp(halfP256Order) > 0 {
		x = new(big.Int).Sub(elliptic.P256().Params().N, x)
	}
	r.FillBytes(out[:32])
	x.FillBytes(out[32:])
	return out
}

// scene is a beaconer on a hill with witnesses 2 to 10 km north, each honest, of its own owner and in its own cell.
type scene struct {
	params    Params
	challenge Challenge
	source    Source
	beaconer  signer
	devices   []signer
	beacon    Beacon
	evidence  Evidence
	signers   []Signer
	facts     BeaconFacts
	witnesses []WitnessFacts
}

const (
	testEpoch     = 1007
	testLastEpoch = 1100
	testSlotOpen  = 600_000
)

// testCells are cells of resolution 9 under one of resolution 5, each in another one of resolution 8.
func testCells(t testing.TB) (cells []Cell) {
	t.Helper()
	level := []Cell{cell(t, "85283473fffffff")}
	for range 3 {
		var next []Cell
		for _, c := range level {
			children, err := c.Children()
			require.NoError(t, err)
			next = append(next, children...)
		}
		level = next
	}
	for _, c := range level {
		children, err := c.Children()
		require.NoError(t, err)
		cells = append(cells, children[3])
	}
	return cells
}

func newScene(t testing.TB, keyTypes ...KeyType) *scene {
	t.Helper()
	s := &scene{params: DefaultParams(), beaconer: newSigner(t, "beaconer", KeyEd25519)}
	secret := Preimage(sha256.Sum256([]byte("secret")))
	device := s.beaconer.id
	anchor, err := ChainValue(device, testLastEpoch, secret, testEpoch-7)
	require.NoError(t, err)
	s.challenge = Challenge{ChainID: "joule-test-1", Epoch: testEpoch, Mix: sha256.Sum256([]byte("mix")), Device: device}
	s.source = Source{Key: s.beaconer.key(), Region: RegionEU868, Anchor: Anchor{testEpoch - 7, anchor}}
	s.evidence.Preimage, err = ChainValue(device, testLastEpoch, secret, testEpoch)
	require.NoError(t, err)
	s.beacon, err = DeriveBeacon(s.challenge, RegionEU868, s.params.MaxBackoff, s.evidence.Preimage)
	require.NoError(t, err)
	s.evidence.Signature = s.beaconer.sign(t, BeaconSignBytes(s.challenge.ChainID, testEpoch, device, s.beacon.PayloadHash()))

	cells := testCells(t)
	s.facts = BeaconFacts{
		Radio: Radio{
			Known: true, Active: true, Asserted: true, Device: device, Owner: "beaconer's owner", Region: RegionEU868,
			Position: Position{462_000_000, 61_500_000}, Cell: cells[40], Gain: 30, QuietSeconds: 3600,
		},
		SlotOpenMillis: testSlotOpen, DrawSeed: sha256.Sum256([]byte("later mix")), Crowds: make([]Crowd, len(s.params.Density)),
	}
	for i, keyType := range keyTypes {
		d := newSigner(t, fmt.Sprintf("witness %d", i), keyType)
		s.devices = append(s.devices, d)
		s.signers = append(s.signers, Signer{d.id, d.key()})
		radio := s.facts.Radio
		radio.Device, radio.Owner, radio.Cell = d.id, fmt.Sprintf("owner %d", i), cells[i]
		radio.Position.LatitudeE7 += int32(180_000 + 50_000*i)
		s.witnesses = append(s.witnesses, WitnessFacts{Number: uint32(10 * (i + 1)), Radio: radio})
		s.evidence.Receipts = append(s.evidence.Receipts, Receipt{})
		s.hear(t, i, Readings{Attenuation: 110, SNR: -20, Channel: s.beacon.Channel, Offset: 3, Millis: testSlotOpen + 5_000})
	}
	return s
}

// hear gives witness i honestly signed readings.
func (s *scene) hear(t testing.TB, i int, r Readings) {
	t.Helper()
	message := ReceiptSignBytes(s.challenge.ChainID, testEpoch, s.beacon.PayloadHash(), s.devices[i].id, r)
	s.evidence.Receipts[i] = Receipt{s.witnesses[i].Number, r, s.devices[i].sign(t, message)}
}

func (s *scene) verify() (Verified, error) {
	return Verify(s.params, s.challenge, s.source, s.evidence, s.signers)
}

func (s *scene) judge(t testing.TB) Judgement {
	t.Helper()
	v, err := s.verify()
	require.NoError(t, err)
	j, err := Judge(s.params, s.evidence.Receipts, v, s.facts, s.witnesses)
	require.NoError(t, err)
	return j
}

func (j Judgement) reasons() []Reason {
	out := make([]Reason, len(j.Witnesses))
	for i, w := range j.Witnesses {
		out[i] = w.Reason
	}
	return out
}

// edKeys are n ed25519 witnesses.
func edKeys(n int) []KeyType {
	keys := make([]KeyType, n)
	for i := range keys {
		keys[i] = KeyEd25519
	}
	return keys
}
