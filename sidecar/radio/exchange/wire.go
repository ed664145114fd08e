package exchange

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// PostPath takes batches of receipts, GetPath + epoch + "/" + hash in hexadecimal gives a mailbox.
	PostPath = "/joule/radio/v1/receipts"
	// MaxBatch bounds the receipts of one request.
	MaxBatch = 256
	// MaxMailbox bounds the receipts of one mailbox: far more than evidence takes, so that the draw has a choice.
	// Beyond it a relay keeps those that came.
	MaxMailbox = 256

	wireVersion = 1
	headerBytes = 1 + 8 // version, epoch
	letterBytes = proof.HashSize + proof.ReceiptSize
	maxBody     = headerBytes + MaxBatch*letterBytes
	contentType = "application/octet-stream"
)

// ErrWire means that a request or an answer is not in the exchange's form; the text names the field.
var ErrWire = errors.New("malformed exchange message")

// Letter is a receipt on its way to a mailbox.
type Letter struct {
	Hash    [proof.HashSize]byte
	Receipt proof.Receipt
}

// Code is what a relay says of one letter.
type Code byte

// The codes. With a final one, sending the letter to this relay again is of no use.
const (
	CodeStored  Code = 0 // kept; also if it was there already
	CodeUnknown Code = 1 // no such radio, as far as the relay's node has come
	CodeForged  Code = 2 // the signature does not hold
	CodeOld     Code = 3 // of an epoch that is over
	CodeEarly   Code = 4 // of an epoch that this relay has not seen begin
	CodeFull    Code = 5 // the mailbox, the radio's share or the relay is full
	CodeBusy    Code = 6 // the radio's key could not be looked up now
)

// Final tells that sending the letter again would change nothing.
func (c Code) Final() bool { return c == CodeStored || c == CodeForged || c == CodeOld }

func (c Code) String() string {
	names := [...]string{"stored", "unknown radio", "bad signature", "epoch is over", "epoch has not begun", "full", "busy"}
	if int(c) < len(names) {
		return names[c]
	}
	return "code " + strconv.Itoa(int(c))
}

// encodeBatch is: version 1 ‖ epoch 8 ‖ for each letter: payload hash 32 ‖ receipt 76.
func encodeBatch(epoch uint64, letters []Letter) []byte {
	out := make([]byte, 0, headerBytes+len(letters)*letterBytes)
	out = binary.BigEndian.AppendUint64(append(out, wireVersion), epoch)
	for _, l := range letters {
		out = append(append(out, l.Hash[:]...), l.Receipt.Marshal()...)
	}
	return out
}

func decodeBatch(body []byte) (epoch uint64, letters []Letter, err error) {
	switch {
	case len(body) < headerBytes+letterBytes || (len(body)-headerBytes)%letterBytes != 0:
		return 0, nil, fmt.Errorf("%w: %d bytes; want %d and %d for each receipt", ErrWire, len(body), headerBytes, letterBytes)
	case len(body) > maxBody:
		return 0, nil, fmt.Errorf("%w: %d receipts; at most %d", ErrWire, (len(body)-headerBytes)/letterBytes, MaxBatch)
	case body[0] != wireVersion:
		return 0, nil, fmt.Errorf("%w: version is %d; want %d", ErrWire, body[0], wireVersion)
	}
	epoch, body = binary.BigEndian.Uint64(body[1:headerBytes]), body[headerBytes:]
	for ; len(body) > 0; body = body[letterBytes:] {
		r, err := proof.UnmarshalReceipt(body[proof.HashSize:letterBytes])
		if err != nil {
			return 0, nil, fmt.Errorf("%w: %w", ErrWire, err)
		}
		letters = append(letters, Letter{Hash: [proof.HashSize]byte(body[:proof.HashSize]), Receipt: r})
	}
	return epoch, letters, nil
}

// encodeMailbox is the receipts one after the other, 76 bytes each.
func encodeMailbox(list []proof.Receipt) []byte {
	out := make([]byte, 0, len(list)*proof.ReceiptSize)
	for _, r := range list {
		out = append(out, r.Marshal()...)
	}
	return out
}

func decodeMailbox(body []byte) ([]proof.Receipt, error) {
	if len(body)%proof.ReceiptSize != 0 || len(body) > MaxMailbox*proof.ReceiptSize {
		return nil, fmt.Errorf("%w: a mailbox of %d bytes; want at most %d receipts of %d", ErrWire, len(body), MaxMailbox, proof.ReceiptSize)
	}
	list := make([]proof.Receipt, 0, len(body)/proof.ReceiptSize)
	for ; len(body) > 0; body = body[proof.ReceiptSize:] {
		r, err := proof.UnmarshalReceipt(body[:proof.ReceiptSize])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWire, err)
		}
		list = append(list, r)
	}
	return list, nil
}

func parseMailbox(epoch, hash string) (uint64, [proof.HashSize]byte, error) {
	number, err := strconv.ParseUint(epoch, 10, 64)
	if err != nil {
		return 0, [proof.HashSize]byte{}, fmt.Errorf("%w: epoch is %.24q; want a number", ErrWire, epoch)
	}
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != proof.HashSize {
		return 0, [proof.HashSize]byte{}, fmt.Errorf("%w: payload hash is %.80q; want %d hexadecimal digits", ErrWire, hash, 2*proof.HashSize)
	}
	return number, [proof.HashSize]byte(raw), nil
}
