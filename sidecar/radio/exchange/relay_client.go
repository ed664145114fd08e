package exchange

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// relayClient is one relay as a client knows it.
type relayClient struct {
	base string
	http *http.Client
	done map[uint64]map[[proof.HashSize]byte]bool // letters with a final answer
}

func (r *relayClient) forget(newest uint64) {
	for epoch := range r.done {
		if epoch+keptEpochs <= newest {
			delete(r.done, epoch)
		}
	}
}

// post sends the letters of an epoch that have no final answer.
func (r *relayClient) post(ctx context.Context, epoch uint64, heard []receipts.Heard) error {
	if r.done[epoch] == nil {
		r.done[epoch] = map[[proof.HashSize]byte]bool{}
	}
	var batch []Letter
	for i, h := range heard {
		if !r.done[epoch][h.Hash] {
			batch = append(batch, Letter{Hash: h.Hash, Receipt: h.Receipt})
		}
		if len(batch) == MaxBatch || (i == len(heard)-1 && len(batch) > 0) {
			codes, err := r.send(ctx, epoch, batch)
			if err != nil {
				return err
			}
			for j, l := range batch {
				if Code(codes[j]).Final() {
					r.done[epoch][l.Hash] = true
				}
			}
			batch = batch[:0]
		}
	}
	return nil
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
	return decodeMailbox(body)
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
