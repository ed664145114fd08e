package exchange

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const chainID = "joule-test-1"

// radios are the chain's, numbers 1 to 1,000; asked counts look-ups.
type radios struct {
	mu    sync.Mutex
	asked int
	down  bool
}

func keyOf(number uint32) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint32(seed, number)
	return ed25519.NewKeyFromSeed(seed)
}

func idOf(number uint32) (id proof.DeviceID) {
	binary.BigEndian.PutUint32(id[:], number)
	return id
}

func (r *radios) Signer(_ context.Context, number uint32) (proof.Signer, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.down {
		return proof.Signer{}, false, errors.New("no node answers")
	}
	if number == 0 || number > 1000 {
		return proof.Signer{}, false, nil
	}
	return proof.Signer{Device: idOf(number), Key: proof.PublicKey{Type: proof.KeyEd25519, Bytes: keyOf(number).Public().(ed25519.PublicKey)}}, true, nil
}

// letter is a genuine receipt of a radio for a payload.
func letter(epoch uint64, number uint32, payload byte) Letter {
	hash := proof.Beacon{Payload: [proof.PayloadSize]byte{payload}}.PayloadHash()
	r := proof.Receipt{Number: number, Readings: proof.Readings{Attenuation: 100, Millis: 1234}}
	copy(r.Signature[:], ed25519.Sign(keyOf(number), proof.ReceiptSignBytes(chainID, epoch, hash, idOf(number), r.Readings)))
	return Letter{Hash: hash, Receipt: r}
}

// startRelay serves a relay that is in epoch 5.
func startRelay(t *testing.T, keys Keys) (*Relay, string) {
	t.Helper()
	r, err := NewRelay(RelayOptions{ChainID: chainID, Keys: keys, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	r.Begin(5)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return r, "http://" + r.Address()
}

func dial(base string) *relayClient {
	return &relayClient{
		base: base, http: &http.Client{Timeout: 5 * time.Second}, clock: clock.Real{}, sent: map[uint64]map[[proof.HashSize]byte]delivery{},
	}
}

// book is a radio's receipts.
type book map[uint64][]receipts.Heard

func (b book) Of(epoch uint64) ([]receipts.Heard, error) { return b[epoch], nil }

func heard(letters ...Letter) (out []receipts.Heard) {
	for _, l := range letters {
		out = append(out, receipts.Heard{Hash: l.Hash, Receipt: l.Receipt})
	}
	return out
}
