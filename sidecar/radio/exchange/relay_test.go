package exchange

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

func TestARelayTakesWhatHolds(t *testing.T) {
	keys := &radios{}
	_, base := startRelay(t, keys)
	c := dial(base)
	forged, swapped, stranger := letter(5, 2, 1), letter(5, 3, 1), letter(5, 4, 1)
	forged.Receipt.Readings.Attenuation--
	swapped.Hash = letter(5, 3, 2).Hash
	stranger.Receipt.Number = 5000
	other := letter(5, 1, 1)
	other.Receipt.Readings.Millis++
	for name, tc := range map[string]struct {
		epoch uint64
		l     Letter
		want  Code
	}{
		"genuine": {5, letter(5, 1, 1), CodeStored}, "epoch before": {4, letter(4, 1, 1), CodeStored},
		"forged": {5, forged, CodeForged}, "another payload": {5, swapped, CodeForged}, "another epoch's": {5, letter(4, 6, 1), CodeForged},
		"stranger": {5, stranger, CodeUnknown}, "old": {3, letter(3, 1, 1), CodeOld}, "early": {6, letter(6, 1, 1), CodeEarly},
	} {
		codes, err := c.send(t.Context(), tc.epoch, []Letter{tc.l})
		require.NoError(t, err, name)
		require.Equal(t, tc.want, Code(codes[0]), name)
	}
	asked := keys.asked
	codes, err := c.send(t.Context(), 5, []Letter{letter(5, 1, 1), other})
	require.NoError(t, err)
	require.Equal(t, []byte{byte(CodeStored), byte(CodeFull)}, codes, "once more is no harm; a radio has one receipt for a beacon")
	require.Equal(t, asked, keys.asked, "a replay costs no look-up and no signature")

	list, err := c.fetch(t.Context(), mailbox{5, letter(5, 1, 1).Hash})
	require.NoError(t, err)
	require.Equal(t, []proof.Receipt{letter(5, 1, 1).Receipt}, list)
	list, err = c.fetch(t.Context(), mailbox{5, [32]byte{1}})
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestARelayThatCannotAskTakesItLater(t *testing.T) {
	keys := &radios{down: true}
	_, base := startRelay(t, keys)
	codes, err := dial(base).send(t.Context(), 5, []Letter{letter(5, 1, 1)})
	require.NoError(t, err)
	require.Equal(t, CodeBusy, Code(codes[0]))
	require.False(t, CodeBusy.Final())
	keys.down = false
	codes, err = dial(base).send(t.Context(), 5, []Letter{letter(5, 1, 1)})
	require.NoError(t, err)
	require.Equal(t, CodeStored, Code(codes[0]))
}

func TestMailboxesAreBounded(t *testing.T) {
	m := newMailboxes(chainID, &radios{})
	m.begin(5)
	for n := uint32(1); n <= MaxMailbox; n++ {
		require.Equal(t, CodeStored, m.put(t.Context(), 5, letter(5, n, 1)))
	}
	require.Equal(t, CodeFull, m.put(t.Context(), 5, letter(5, 999, 1)))
	require.Equal(t, MaxMailbox, m.kept)
	m.epochs[5].per[7] = MaxPerRadio
	require.Equal(t, CodeFull, m.put(t.Context(), 5, letter(5, 7, 2)), "one radio cannot fill a relay")
	m.kept = MaxKept
	require.Equal(t, CodeFull, m.put(t.Context(), 5, letter(5, 8, 2)))
	m.kept = MaxMailbox
	m.begin(6)
	require.Len(t, m.box(5, letter(5, 1, 1).Hash), MaxMailbox, "still wanted: beacons are opened in the next epoch")
	m.begin(7)
	require.Zero(t, m.kept)
	require.Empty(t, m.epochs)
	m.begin(6)
	require.EqualValues(t, 7, m.newest)
}

func TestMalformedRequests(t *testing.T) {
	_, base := startRelay(t, &radios{})
	good := encodeBatch(5, []Letter{letter(5, 1, 1)})
	version := bytes.Clone(good)
	version[0] = 9
	for name, body := range map[string][]byte{
		"empty": {}, "no receipt": good[:9], "truncated": good[:len(good)-1], "padded": append(bytes.Clone(good), 0), "version": version,
		"oversized": make([]byte, maxBody+letterBytes),
	} {
		resp, err := http.Post(base+PostPath, contentType, bytes.NewReader(body))
		require.NoError(t, err, name)
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.GreaterOrEqual(t, resp.StatusCode, 400, name)
		require.Less(t, resp.StatusCode, 500, name)
		require.Contains(t, string(text), ErrWire.Error(), name)
	}
	for _, path := range []string{"/x/" + strings.Repeat("0", 64), "/5/zz", "/5/" + strings.Repeat("0", 63), "/-1/" + strings.Repeat("0", 64), "/99999999999999999999/00"} {
		resp, err := http.Get(base + PostPath + path)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, path)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodGet} {
		req, err := http.NewRequestWithContext(t.Context(), method, base+PostPath, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, method)
	}
}

func TestFloodsAreHeldBack(t *testing.T) {
	keys := &radios{}
	_, base := startRelay(t, keys)
	limited := 0
	for range 3 * RequestBurst {
		resp, err := http.Get(base + PostPath + "/5/" + strings.Repeat("0", 64))
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			limited++
			require.NotEmpty(t, resp.Header.Get("Retry-After"))
		}
	}
	require.Positive(t, limited)

	keys = &radios{}
	_, base = startRelay(t, keys)
	batch := make([]Letter, MaxBatch)
	for i := range batch {
		batch[i] = Letter{Hash: [32]byte{byte(i)}, Receipt: proof.Receipt{Number: uint32(i)}}
	}
	var err error
	for i := 0; i < 12 && err == nil; i++ {
		_, err = dial(base).send(t.Context(), 5, batch)
	}
	require.ErrorContains(t, err, "receipts a second")
	require.Less(t, keys.asked, 12*MaxBatch)
}

// Connections that never finish a request hold a place each, for headerTimeout at most, and nobody else up.
func TestSlowClientsDoNotHoldARelay(t *testing.T) {
	r, base := startRelay(t, &radios{})
	for range 20 {
		conn, err := net.Dial("tcp", r.Address())
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 117\r\n", PostPath)
		require.NoError(t, err)
	}
	codes, err := dial(base).send(t.Context(), 5, []Letter{letter(5, 1, 1)})
	require.NoError(t, err)
	require.Equal(t, CodeStored, Code(codes[0]))
}

func TestPublicRelaysNeedTLS(t *testing.T) {
	_, err := NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "0.0.0.0:0"})
	require.ErrorIs(t, err, ErrPublicPlain)
	r, err := NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "0.0.0.0:0", AllowPlain: true})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "127.0.0.1:0", CertFile: "/nowhere"})
	require.ErrorContains(t, err, "exchange.cert")
	_, err = NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "nowhere"})
	require.ErrorContains(t, err, "exchange.listen")
}

func FuzzDecodeBatch(f *testing.F) {
	f.Add(encodeBatch(5, []Letter{letter(5, 1, 1), letter(5, 2, 1)}))
	f.Add([]byte{1})
	f.Add(make([]byte, headerBytes+letterBytes))
	f.Fuzz(func(t *testing.T, body []byte) {
		epoch, letters, err := decodeBatch(body)
		if err != nil {
			require.ErrorIs(t, err, ErrWire)
			return
		}
		require.Equal(t, body, encodeBatch(epoch, letters))
		m := newMailboxes(chainID, &radios{})
		m.begin(epoch)
		for _, l := range letters {
			m.put(context.Background(), epoch, l)
		}
	})
}

func FuzzDecodeMailbox(f *testing.F) {
	f.Add(encodeMailbox([]proof.Receipt{letter(5, 1, 1).Receipt}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := decodeMailbox(body)
		if err != nil {
			require.ErrorIs(t, err, ErrWire)
			return
		}
		require.True(t, bytes.Equal(body, encodeMailbox(list)))
	})
}
