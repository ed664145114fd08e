package exchange

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

func startClient(t *testing.T, b book, relays ...string) *Client {
	t.Helper()
	c, err := NewClient(ClientOptions{ChainID: chainID, Keys: &radios{}, Relays: relays, Book: b, Every: 10 * time.Millisecond})
	require.NoError(t, err)
	c.Begin(5)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return c
}

// patience is ample for a few requests on a loaded machine.
const patience = 20 * time.Second

func TestReceiptsReachTheBeaconer(t *testing.T) {
	_, one := startRelay(t, &radios{})
	_, two := startRelay(t, &radios{})
	a, b := letter(5, 1, 1), letter(5, 2, 1)
	startClient(t, book{5: heard(a)}, one, "http://127.0.0.1:1") // the other relay is down
	startClient(t, book{5: heard(b, letter(5, 2, 9))}, two)
	beaconer := startClient(t, book{}, "http://127.0.0.1:1", one, two)
	require.Empty(t, beaconer.Found(5, a.Hash))
	beaconer.Seek(5, a.Hash)
	require.Eventually(t, func() bool { return len(beaconer.Found(5, a.Hash)) == 2 }, patience, 5*time.Millisecond)
	require.Equal(t, []proof.Receipt{a.Receipt, b.Receipt}, beaconer.Found(5, a.Hash))
	beaconer.Begin(7)
	require.Empty(t, beaconer.Found(5, a.Hash))
}

// A relay loses everything in a crash, a witness nothing: a client that starts anew posts again what is still wanted,
// the epoch before included.
func TestPostedAgainAfterARestart(t *testing.T) {
	_, base := startRelay(t, &radios{})
	c := startClient(t, book{4: heard(letter(4, 1, 1)), 5: heard(letter(5, 1, 2))}, base)
	c.Seek(4, letter(4, 1, 1).Hash)
	c.Seek(5, letter(5, 1, 2).Hash)
	require.Eventually(t, func() bool {
		return len(c.Found(4, letter(4, 1, 1).Hash)) == 1 && len(c.Found(5, letter(5, 1, 2).Hash)) == 1
	}, patience, 5*time.Millisecond)
}

func TestManyReceiptsGoInBatches(t *testing.T) {
	_, base := startRelay(t, &radios{})
	var list []receipts.Heard
	for i := range MaxBatch + 10 {
		list = append(list, heard(Letter{Hash: [32]byte{byte(i), byte(i >> 8)}, Receipt: proof.Receipt{Number: 1}})...)
	}
	r := dial(base)
	require.NoError(t, r.post(t.Context(), 5, list))
	require.Len(t, r.sent[5], len(list))
	for _, d := range r.sent[5] {
		require.True(t, d.done, "forged ones are not sent again")
	}
	require.EqualValues(t, len(list), r.report().Refused)
	r.forget(7)
	require.Empty(t, r.sent)
}

// A relay that is behind the chain takes a receipt later.
func TestEarlyReceiptsAreSentAgain(t *testing.T) {
	relay, base := startRelay(t, &radios{})
	r := dial(base)
	require.NoError(t, r.post(t.Context(), 6, heard(letter(6, 1, 1))))
	require.False(t, r.sent[6][letter(6, 1, 1).Hash].done)
	relay.Begin(6)
	require.NoError(t, r.post(t.Context(), 6, heard(letter(6, 1, 1))))
	require.True(t, r.sent[6][letter(6, 1, 1).Hash].done)
}

// What a relay says is bounded and is no more than a claim.
func TestRelaysThatLie(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
		"torn":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 77)) },
		"broken":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"few answers": func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			c, err := NewClient(ClientOptions{ChainID: chainID, Keys: &radios{}, Relays: []string{server.URL}, Book: book{5: heard(letter(5, 1, 1))}})
			require.NoError(t, err)
			c.Begin(5)
			c.Seek(5, [32]byte{1})
			require.Error(t, c.visit(t.Context(), c.posts[0]))
			require.Empty(t, c.Found(5, [32]byte{1}))
			require.Empty(t, c.posts[0].sent[5], "nothing is taken for delivered")
		})
	}
}

// A service that returns before its end is a failure of the whole sidecar.
func TestWithoutRelaysItRunsToo(t *testing.T) {
	c, err := NewClient(ClientOptions{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	select {
	case err := <-ended:
		require.Fail(t, "it ended by itself", "%v", err)
	case <-time.After(50 * time.Millisecond):
	}
	cancel()
	require.NoError(t, <-ended)
}

func TestClientsOptions(t *testing.T) {
	_, err := NewClient(ClientOptions{Relays: make([]string, address.MaxRelays+1)})
	require.ErrorIs(t, err, ErrRelay)
	_, err = NewClient(ClientOptions{})
	require.NoError(t, err, "without relays there are late receipts")
}
