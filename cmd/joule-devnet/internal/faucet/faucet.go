// Package faucet gives a devnet's coins away over HTTP, on loopback only.
package faucet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/sidecar/keys"
)

const (
	// path is where the faucet answers; it answers on / too.
	path = "/faucet"
	// maxRequestBytes bounds a request; a real one is below 200 bytes.
	maxRequestBytes = 4 << 10
	// sendTimeout bounds one payment, its inclusion in a block included.
	sendTimeout = 2 * time.Minute
)

// ErrNotLoopback means that the faucet was to listen where strangers reach it.
var ErrNotLoopback = errors.New("the faucet listens on loopback only")

// Send pays coins to an address and returns the transaction's hash once a block has it.
type Send func(ctx context.Context, to string, coins sdk.Coins) (hash string, err error)

// Server answers requests for coins.
type Server struct {
	give, most sdk.Coins
	send       Send
	url        string
	http       *http.Server
	limit      *limiter
}

// request is what a client posts.
type request struct {
	Address string `json:"address"`
	// Coins are amounts like 1000ujoule; none means the usual amount.
	Coins []string `json:"coins"`
}

// answer is what it gets.
type answer struct {
	TxHash string `json:"tx_hash,omitempty"`
	Coins  string `json:"coins,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Serve listens on host (host:port, port 0 for a free one) and gives give to whoever asks for nothing particular. An
// address gets at most most within a window; a window of 0 bounds single requests only. Errors: ErrNotLoopback.
func Serve(host string, give, most sdk.Coins, window time.Duration, send Send) (*Server, error) {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		return nil, fmt.Errorf("faucet.host %q: %w", host, err)
	}
	if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w: faucet.host is %q, want 127.0.0.1:port", ErrNotLoopback, host)
	}
	l, err := net.Listen("tcp", host)
	if err != nil {
		return nil, fmt.Errorf("faucet.host: %w", err)
	}
	s := &Server{give: give, most: most, send: send, url: "http://" + l.Addr().String() + path, limit: newLimiter(most, window)}
	s.http = &http.Server{Handler: s, ReadTimeout: 10 * time.Second, WriteTimeout: sendTimeout + 10*time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = s.http.Serve(l) }() // it ends with Close
	return s, nil
}

// URL is where the faucet answers.
func (s *Server) URL() string { return s.url }

// Close ends the server; a payment in progress is given up.
func (s *Server) Close() error { return s.http.Close() }

// ServeHTTP explains itself to GET and pays on POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/" && r.URL.Path != path:
		reply(w, http.StatusNotFound, answer{Error: "the faucet answers on " + path})
	case r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "curl -d '{\"address\":\"joule1…\"}' %s\ngives %s; with \"coins\":[\"…\"] at most %s\n", s.url, s.give, s.most)
	case r.Method == http.MethodPost:
		s.pay(w, r)
	default:
		reply(w, http.StatusMethodNotAllowed, answer{Error: "GET or POST"})
	}
}

func (s *Server) pay(w http.ResponseWriter, r *http.Request) {
	var req request
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		reply(w, http.StatusBadRequest, answer{Error: `want {"address":"joule1…"}: ` + err.Error()})
		return
	}
	coins, err := s.check(req)
	if err != nil {
		reply(w, http.StatusBadRequest, answer{Error: err.Error()})
		return
	}
	if wait := s.limit.take(req.Address, coins, time.Now()); wait > 0 {
		reply(w, http.StatusTooManyRequests, answer{Error: fmt.Sprintf("%s has had its %s for now; more in %s", req.Address, s.most, wait.Round(time.Second))})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), sendTimeout)
	defer cancel()
	hash, err := s.send(ctx, req.Address, coins)
	if err != nil {
		s.limit.giveBack(req.Address, coins)
		reply(w, http.StatusBadGateway, answer{TxHash: hash, Error: err.Error()})
		return
	}
	reply(w, http.StatusOK, answer{TxHash: hash, Coins: coins.String()})
}

func (s *Server) check(req request) (sdk.Coins, error) {
	if _, err := keys.ParseAddress(req.Address); err != nil {
		return nil, err
	}
	if len(req.Coins) == 0 {
		return s.give, nil
	}
	var sum sdk.Coins
	for i, text := range req.Coins {
		c, err := sdk.ParseCoinNormalized(text)
		if err != nil {
			return nil, fmt.Errorf("coins[%d] is %q, want an amount like 1000ujoule: %w", i, text, err)
		}
		sum = sum.Add(c)
	}
	if sum.IsZero() || !sum.IsAllLTE(s.most) {
		return nil, fmt.Errorf("coins are %q, at most %s a request and more than nothing", sum, s.most)
	}
	return sum, nil
}

func reply(w http.ResponseWriter, code int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(a) // the client has gone if this fails
}

// Request asks a faucet for coins, or for its usual amount without any, and waits until they have arrived.
func Request(ctx context.Context, url, address string, coins ...string) error {
	body, err := json.Marshal(request{Address: address, Coins: coins})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("faucet: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var a answer
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRequestBytes))
	if err == nil && json.Unmarshal(text, &a) == nil && a.Error != "" {
		text = []byte(a.Error)
	}
	return fmt.Errorf("faucet: %s: %s", resp.Status, strings.TrimSpace(string(text)))
}
