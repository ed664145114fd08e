package exchange

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// A relay that makes up receipts, new ones at each visit and before honest ones, takes no place and is asked about few
// radios; an honest relay's get through.
func TestMadeUpReceiptsKeepNobodyOut(t *testing.T) {
	_, honest := startRelay(t, &radios{})
	good := letter(5, 7, 1)
	var number atomic.Uint32
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			_, _ = w.Write([]byte{byte(CodeStored)}) // and throws it away
			return
		}
		list := make([]proof.Receipt, MaxMailbox)
		for i := range list {
			list[i] = proof.Receipt{Number: number.Add(1)%2000 + 1} // half of them radios that exist
		}
		_, _ = w.Write(encodeMailbox(list))
	}))
	defer liar.Close()
	startClient(t, book{5: heard(good)}, liar.URL, honest)
	keys := &radios{}
	c, err := NewClient(ClientOptions{ChainID: chainID, Keys: keys, Relays: []string{liar.URL, honest}, Book: book{}})
	require.NoError(t, err)
	c.Begin(5)
	c.Seek(5, good.Hash)
	for range 20 {
		require.ErrorIs(t, c.visit(t.Context(), c.posts[0]), ErrFalse)
	}
	require.Empty(t, c.Found(5, good.Hash))
	require.Equal(t, 20*maxFalse, keys.asked)
	require.Eventually(t, func() bool {
		require.NoError(t, c.visit(t.Context(), c.posts[1]))
		return len(c.Found(5, good.Hash)) == 1
	}, patience, 5*time.Millisecond)
	require.Equal(t, good.Receipt, c.Found(5, good.Hash)[0])
}

// A receipt for another beacon, of another epoch or with changed readings does not pass for one of this beacon.
func TestWrongReceiptsFromARelay(t *testing.T) {
	good, changed := letter(5, 7, 1), letter(5, 8, 1)
	changed.Receipt.Readings.Attenuation++
	for name, r := range map[string]proof.Receipt{
		"another payload": letter(5, 7, 2).Receipt, "another epoch": letter(4, 7, 1).Receipt, "changed": changed.Receipt,
		"another radio's": func() proof.Receipt { r := good.Receipt; r.Number = 9; return r }(), "no radio's": {Number: 5000},
	} {
		c, err := NewClient(ClientOptions{ChainID: chainID, Keys: &radios{}, Book: book{}})
		require.NoError(t, err)
		c.Seek(5, good.Hash)
		box := mailbox{5, good.Hash}
		require.ErrorIs(t, c.add(t.Context(), box, []proof.Receipt{r, good.Receipt, good.Receipt}), ErrFalse, name)
		require.Equal(t, []proof.Receipt{good.Receipt}, c.Found(5, good.Hash), name)
	}
}

// While no node answers nothing is taken for false; a visit later it is found.
func TestKeysThatCannotBeToldNow(t *testing.T) {
	keys, good := &radios{down: true}, letter(5, 7, 1)
	c, err := NewClient(ClientOptions{ChainID: chainID, Keys: keys, Book: book{}})
	require.NoError(t, err)
	c.Seek(5, good.Hash)
	box := mailbox{5, good.Hash}
	require.NoError(t, c.add(t.Context(), box, []proof.Receipt{good.Receipt}))
	require.Empty(t, c.Found(5, good.Hash))
	keys.down = false
	require.NoError(t, c.add(t.Context(), box, []proof.Receipt{good.Receipt}))
	require.Len(t, c.Found(5, good.Hash), 1)
	require.NoError(t, c.add(t.Context(), mailbox{5, [32]byte{1}}, []proof.Receipt{good.Receipt}), "not looked for")
}

// A relay that withholds, or keeps none, costs nothing as long as another works; the status tells of the one that is
// down.
func TestAWithholdingRelay(t *testing.T) {
	_, honest := startRelay(t, &radios{})
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			_, _ = w.Write([]byte{byte(CodeStored)})
		}
	}))
	defer silent.Close()
	good := letter(5, 7, 1)
	witness := startClient(t, book{5: heard(good)}, silent.URL, "http://127.0.0.1:1", honest)
	beaconer := startClient(t, book{}, silent.URL, honest)
	beaconer.Seek(5, good.Hash)
	require.Eventually(t, func() bool { return len(beaconer.Found(5, good.Hash)) == 1 }, patience, 5*time.Millisecond)
	require.Eventually(t, func() bool {
		s := witness.Status()
		return len(s) == 3 && s[0].Posted == 1 && s[1].Error != "" && s[1].Works.IsZero() && s[2].Posted == 1 && s[2].Error == "" && s[2].URL == honest
	}, patience, 5*time.Millisecond)
}

// What may be taken later is sent again at growing intervals, not at each visit.
func TestRetriesBecomeRare(t *testing.T) {
	posts := 0
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts++
		_, _ = w.Write([]byte{byte(CodeUnknown)})
	}))
	defer full.Close()
	c := clock.NewFake(time.Unix(1_800_000_000, 0))
	r := dial(full.URL)
	r.clock, r.every = c, time.Second
	for range 600 {
		require.NoError(t, r.post(t.Context(), 5, heard(letter(5, 1, 1))))
		c.Advance(time.Second)
	}
	require.Greater(t, posts, 10)
	require.Less(t, posts, 20)
}

// One address holds maxOfAddress connections, whatever it says on them, and the rest is free for others.
func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	refused := 0
	b := newBounded(nil, func() { refused++ })
	for range maxOfAddress {
		require.True(t, b.take(addressOf("[2001:db8::1]:5")))
	}
	require.False(t, b.take(addressOf("[2001:db8::2]:5")), "the same /64")
	require.True(t, b.take(addressOf("[2001:db8:1::1]:5")))
	b.give(addressOf("[2001:db8::9]:5"))
	require.True(t, b.take(addressOf("[2001:db8::2]:5")))
	for i := range maxConnections {
		b.take(addressOf(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256)))
	}
	require.Equal(t, maxConnections, b.open)
	require.False(t, b.take(addressOf("192.0.2.1:1")))

	var events atomic.Int64
	r, err := NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "127.0.0.1:0", Meter: func(string) { events.Add(1) }})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	for range maxOfAddress + 5 {
		conn, err := net.Dial("tcp", r.Address())
		require.NoError(t, err)
		defer conn.Close()
	}
	require.Eventually(t, func() bool { return events.Load() == 5 }, patience, 5*time.Millisecond)
	cancel()
	require.NoError(t, <-ended, "open connections do not keep it from ending")
}

func TestAllowances(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	a := newAllowances()
	a.nowFor = func() time.Time { return now }
	for range RequestBurst {
		require.True(t, a.request("[2001:db8::1]:5"))
	}
	require.False(t, a.request("[2001:db8::ffff]:6"), "an IPv6 /64 is one address")
	require.True(t, a.request("[2001:db8:1::1]:5"))
	require.True(t, a.letters("10.0.0.1:1", LetterBurst))
	require.False(t, a.letters("[::ffff:10.0.0.1]:2", 1), "an address has one form")
	require.True(t, a.letters("10.0.0.2:1", LetterBurst))
	require.False(t, a.letters("10.0.0.3:1", 1), "many addresses together have a limit too")
	now = now.Add(time.Second)
	require.True(t, a.letters("10.0.0.3:1", 1))

	// Whoever has many addresses gets no new allowance for the first of them, and takes no memory beyond the bound.
	for i := range maxAddresses + 1000 {
		a.request(fmt.Sprintf("[2001:db8:%x:%x::1]:1", 2+i>>16, i&0xffff))
	}
	require.Len(t, a.of, maxAddresses)
	for range RequestBurst {
		a.request("[2001:db8:ffff::1]:1")
	}
	require.False(t, a.request("[2001:db8:ffff::1]:1"), "newcomers share one allowance")
	now = now.Add(time.Hour)
	require.True(t, a.request("[2001:db8:ffff::1]:1"))
	require.Less(t, len(a.of), 10, "who has been silent is forgotten")
}

// certificate writes one for 127.0.0.1 and returns its files and a pool that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool = x509.NewCertPool()
	pool.AddCert(cert)
	return certFile, keyFile, pool
}

func TestOverTLS(t *testing.T) {
	certFile, keyFile, pool := certificate(t)
	relay, err := NewRelay(RelayOptions{ChainID: chainID, Keys: &radios{}, Listen: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile})
	require.NoError(t, err)
	relay.Begin(5)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()
	good := letter(5, 7, 1)
	base := "https://" + relay.Address()
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	c, err := NewClient(ClientOptions{ChainID: chainID, Keys: &radios{}, Relays: []string{base}, Book: book{5: heard(good)}, HTTP: trusting})
	require.NoError(t, err)
	c.Begin(5)
	c.Seek(5, good.Hash)
	require.NoError(t, c.visit(t.Context(), c.posts[0]))
	require.Equal(t, []proof.Receipt{good.Receipt}, c.Found(5, good.Hash))

	_, err = dial(base).send(t.Context(), 5, []Letter{good})
	require.ErrorContains(t, err, "certificate", "a certificate that nobody vouches for")
	resp, err := http.Get("http://" + relay.Address() + PostPath + "/5/" + strings.Repeat("0", 64))
	if err == nil { // plain HTTP is answered, if at all, with nothing of a mailbox
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		require.NotEqual(t, http.StatusOK, resp.StatusCode)
	}
	trusting.CloseIdleConnections()
	cancel()
	require.NoError(t, <-ended)
}
