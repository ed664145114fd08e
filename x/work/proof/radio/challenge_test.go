package radio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChainValues(t *testing.T) {
	device, secret := DeviceID{1}, Preimage{2}
	anchor := Anchor{Epoch: 50}
	var err error
	anchor.Value, err = ChainValue(device, 100, secret, 50)
	require.NoError(t, err)
	for epoch := uint64(51); epoch <= 100; epoch++ {
		value, err := ChainValue(device, 100, secret, epoch)
		require.NoError(t, err)
		require.NoError(t, VerifyPreimage(device, anchor, epoch, value, 50))
		// Only in its own epoch, for its own device, as it is.
		require.ErrorIs(t, VerifyPreimage(device, anchor, epoch+1, value, 60), ErrChain)
		require.ErrorIs(t, VerifyPreimage(device, anchor, epoch-1, value, 60), ErrChain)
		require.ErrorIs(t, VerifyPreimage(DeviceID{2}, anchor, epoch, value, 60), ErrChain)
		value[31] ^= 1
		require.ErrorIs(t, VerifyPreimage(device, anchor, epoch, value, 60), ErrChain)
		value[31] ^= 1
		// A revealed value is as good an anchor as the registered one.
		if epoch < 100 {
			require.NoError(t, VerifyPreimage(device, Anchor{epoch, value}, 100, secret, 50))
		}
	}
}

func TestChainBounds(t *testing.T) {
	device, secret := DeviceID{1}, Preimage{2}
	value, err := ChainValue(device, MaxChainSteps+5, secret, 5)
	require.NoError(t, err)
	anchor := Anchor{5, value}
	require.NoError(t, VerifyPreimage(device, anchor, MaxChainSteps+5, secret, MaxChainSteps))
	require.ErrorIs(t, VerifyPreimage(device, anchor, MaxChainSteps+5, secret, MaxChainSteps-1), ErrChain)
	require.ErrorIs(t, VerifyPreimage(device, anchor, 5, value, MaxChainSteps), ErrChain, "the anchor itself is public")
	require.ErrorIs(t, VerifyPreimage(device, anchor, 0, value, MaxChainSteps), ErrChain)
	require.ErrorIs(t, VerifyPreimage(device, anchor, 1<<64-1, value, 1<<32-1), ErrChain, "refused before hashing")
	_, err = ChainValue(device, MaxChainSteps+5, secret, 4)
	require.ErrorIs(t, err, ErrChain)
	_, err = ChainValue(device, 5, secret, 6)
	require.ErrorIs(t, err, ErrChain)
}

// TestBeaconDependsOnEverything: any other input gives another payload.
func TestBeaconDependsOnEverything(t *testing.T) {
	base := Challenge{ChainID: "joule-1", Epoch: 7, Mix: Mix{1}, Device: DeviceID{2}}
	preimage := Preimage{3}
	beacon, err := DeriveBeacon(base, RegionUS915, 6, preimage)
	require.NoError(t, err)
	slot := SlotOf(base, MaxSlots)
	for name, change := range map[string]func(*Challenge, *Preimage){
		"chain":    func(c *Challenge, _ *Preimage) { c.ChainID = "joule-2" },
		"epoch":    func(c *Challenge, _ *Preimage) { c.Epoch++ },
		"mix":      func(c *Challenge, _ *Preimage) { c.Mix[31] ^= 1 },
		"device":   func(c *Challenge, _ *Preimage) { c.Device[19] ^= 1 },
		"preimage": func(_ *Challenge, p *Preimage) { p[31] ^= 1 },
	} {
		c, p := base, preimage
		change(&c, &p)
		other, err := DeriveBeacon(c, RegionUS915, 6, p)
		require.NoError(t, err)
		require.NotEqual(t, beacon.Payload, other.Payload, name)
		require.NotEqual(t, beacon.PayloadHash(), other.PayloadHash(), name)
		require.Equal(t, name == "preimage", slot == SlotOf(c, MaxSlots), "the slot is public: %s", name)
	}
	_, err = DeriveBeacon(base, 0, 6, preimage)
	require.ErrorIs(t, err, ErrRegion)
	frame := beacon.Frame()
	require.EqualValues(t, 0xe0, frame[0])
	require.Equal(t, beacon.Payload[:], frame[1:])
}

func TestChannelsBackoffsAndSlotsAreEven(t *testing.T) {
	channels, backoffs, slots := make([]int, 7), make([]int, 7), make([]int, 10)
	c := Challenge{ChainID: "joule-1"}
	for c.Epoch = range 7000 {
		b, err := DeriveBeacon(c, RegionKR920, 6, Preimage{1})
		require.NoError(t, err)
		channels[b.Channel]++
		backoffs[b.Backoff]++
		slots[SlotOf(c, 10)]++
	}
	for i := range 7 {
		require.InDelta(t, 1000, channels[i], 150)
		require.InDelta(t, 1000, backoffs[i], 150)
	}
	for i := range slots {
		require.InDelta(t, 700, slots[i], 130)
	}
	require.Zero(t, SlotOf(c, 0))
	b, err := DeriveBeacon(c, RegionKR920, 0, Preimage{1})
	require.NoError(t, err)
	require.Zero(t, b.Backoff)
}

// vectors are golden values of every step; SPEC.md 12 explains the fields.
type vectors struct {
	ChainValue   string `json:"chain_value_at_epoch_1007"`
	Slot         uint32 `json:"slot_of_500"`
	Payload      string `json:"payload"`
	Channel      uint8  `json:"channel"`
	Backoff      uint32 `json:"backoff"`
	PayloadHash  string `json:"payload_hash"`
	BeaconSign   string `json:"beacon_sign_bytes"`
	ReceiptSign  string `json:"receipt_sign_bytes"`
	Commitment   string `json:"receipt_commitment"`
	Draw         []int  `json:"draw"`
	Evidence     string `json:"evidence_two_witnesses"`
	Coefficients string `json:"batch_stream_sha256"`
	Units        uint64 `json:"beaconer_units"`
}

func TestGoldenVectors(t *testing.T) {
	s := newScene(t, edKeys(2)...)
	hash, r := s.beacon.PayloadHash(), s.evidence.Receipts[0]
	evidence, err := s.evidence.Marshal()
	require.NoError(t, err)
	drawn, err := Draw(s.facts.DrawSeed, hash, []DeviceID{{1}, {2}, {3}, {4}, {5}}, 3)
	require.NoError(t, err)
	stream := make([]byte, 100)
	_, err = coefficients([]Statement{{s.signers[0].Key, []byte("message"), r.Signature}}).Read(stream)
	require.NoError(t, err)
	digest, commitment := sha256.Sum256(stream), ReceiptCommitment("joule-test-1", testEpoch, s.devices[0].id, r)
	got := vectors{
		ChainValue: hex.EncodeToString(s.evidence.Preimage[:]), Slot: SlotOf(s.challenge, 500),
		Payload: hex.EncodeToString(s.beacon.Payload[:]), Channel: s.beacon.Channel, Backoff: s.beacon.Backoff, PayloadHash: hex.EncodeToString(hash[:]),
		BeaconSign:  hex.EncodeToString(BeaconSignBytes("joule-test-1", testEpoch, s.beaconer.id, hash)),
		ReceiptSign: hex.EncodeToString(ReceiptSignBytes("joule-test-1", testEpoch, hash, s.devices[0].id, r.Readings)),
		Commitment:  hex.EncodeToString(commitment[:]), Draw: drawn, Evidence: hex.EncodeToString(evidence),
		Coefficients: hex.EncodeToString(digest[:]), Units: s.judge(t).Units,
	}
	const file = "testdata/vectors.json"
	if *update {
		data, err := json.MarshalIndent(got, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, append(data, '\n'), 0o644))
	}
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var want vectors
	require.NoError(t, json.Unmarshal(data, &want))
	require.Equal(t, want, got)
}
