package exchange

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// relayClient is one relay as a client knows it. One goroutine works with it; its report may be asked for from
// anywhere.
type relayClient struct {
	base  string
	http  *http.Client
	clock clock.Clock
	every time.Duration
	sent  map[uint64]map[[proof.HashSize]byte]delivery // by epoch and payload

	mu     sync.Mutex
	status RelayStatus
}

// delivery is how far a letter has come at one relay.
type delivery struct {
	done bool // with a final answer
	next time.Time
	wait time.Duration
}

// RelayStatus is a relay for people.
type RelayStatus struct {
	URL string `json:"url"`
	// Works is when it last answered everything as it should; zero if never since start.
	Works time.Time `json:"works"`
	// Error is what was wrong at the newest visit; empty where nothing was.
	Error string `json:"error,omitempty"`
	// Posted counts receipts that it has taken, Refused those with another final answer, Fetched those that it had for
	// this radio's beacons, at each visit anew.
	Posted  uint64 `json:"posted"`
	Refused uint64 `json:"refused"`
	Fetched uint64 `json:"fetched"`
}

func (r *relayClient) report() RelayStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.URL = r.base
	return s
}

func (r *relayClient) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.status.Error = err.Error()
		return
	}
	r.status.Error, r.status.Works = "", r.clock.Now().UTC()
}

func (r *relayClient) count(change func(*RelayStatus)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

func (r *relayClient) forget(newest uint64) {
	for epoch := range r.sent {
		if epoch+keptEpochs <= newest {
			delete(r.sent, epoch)
		}
	}
}

// post sends the letters of an epoch that have no final answer and whose time has come.
func (r *relayClient) post(ctx context.Context, epoch uint64, heard []receipts.Heard) error {
	if r.sent[epoch] == nil {
		r.sent[epoch] = map[[proof.HashSize]byte]delivery{}
	}
	now := r.clock.Now()
	var due []Letter
	for _, h := range heard {
		if d := r.sent[epoch][h.Hash]; !d.done && !now.Before(d.next) {
			due = append(due, Letter{Hash: h.Hash, Receipt: h.Receipt})
		}
	}
	for batch := range slices.Chunk(due, MaxBatch) {
		codes, err := r.send(ctx, epoch, batch)
		if err != nil {
			return err
		}
		for i, l := range batch {
			r.answered(epoch, l.Hash, Code(codes[i]), now)
		}
	}
	return nil
}

// answered notes a relay's word on a letter. Where it may change, the letter is sent again, less and less often.
func (r *relayClient) answered(epoch uint64, hash [proof.HashSize]byte, code Code, now time.Time) {
	d := r.sent[epoch][hash]
	d.done = code.Final()
	d.wait = min(max(2*d.wait, r.every), maxBackoff)
	d.next = now.Add(d.wait)
	r.sent[epoch][hash] = d
	switch {
	case code == CodeStored:
		r.count(func(s *RelayStatus) { s.Posted++ })
	case d.done:
		r.count(func(s *RelayStatus) { s.Refused++ })
	}
}

func (r *relayClient) send(ctx context.Context, epoch uint64, batch []Letter) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+PostPath, bytes.NewReader(encodeBatch(epoch, batch)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	codes, err := r.do(req, int64(len(batch)))
	if err == nil && len(codes) != len(batch) {
		err = fmt.Errorf("%w: %d answers to %d receipts", ErrWire, len(codes), len(batch))
	}
	return codes, err
}

func (r *relayClient) fetch(ctx context.Context, box mailbox) ([]proof.Receipt, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+PostPath+"/"+strconv.FormatUint(box.epoch, 10)+"/"+hex.EncodeToString(box.hash[:]), nil)
	if err != nil {
		return nil, err
	}
	body, err := r.do(req, MaxMailbox*proof.ReceiptSize)
	if err != nil {
		return nil, err
	}
	list, err := decodeMailbox(body)
	r.count(func(s *RelayStatus) { s.Fetched += uint64(len(list)) })
	return list, err
}

// do returns the body of an answer with status 200 and at most limit bytes.
func (r *relayClient) do(req *http.Request, limit int64) ([]byte, error) {
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, max(limit, 512)+1))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s %s: %s: %.200q", req.Method, req.URL.Path, resp.Status, body)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("%w: over %d bytes", ErrWire, limit)
	}
	return body, nil
}
