package receipts

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/joulechain/joule/sidecar/durable"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// A record is: payload hash 32 ‖ receipt 76 ‖ unix milliseconds 8 ‖ the first 8 bytes of SHA-256(epoch ‖ all before).
const (
	sumBytes    = 8
	recordBytes = proof.HashSize + proof.ReceiptSize + 8 + sumBytes
	suffix      = ".receipts"
)

func encodeRecord(epoch uint64, h Heard) []byte {
	out := make([]byte, 0, recordBytes)
	out = append(out, h.Hash[:]...)
	out = append(out, h.Receipt.Marshal()...)
	out = binary.BigEndian.AppendUint64(out, uint64(h.At.UnixMilli()))
	return append(out, recordSum(epoch, out)...)
}

func recordSum(epoch uint64, body []byte) []byte {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, epoch), body...))
	return sum[:sumBytes]
}

// decodeRecords reads the records that are whole. Others between them, which a disk has damaged, are left out and
// counted in bad; aligned is how many bytes full records take: what follows is a write that a crash cut off.
func decodeRecords(epoch uint64, data []byte) (list []Heard, bad, aligned int) {
	aligned = len(data) / recordBytes * recordBytes
	for data = data[:aligned]; len(data) > 0 && len(list) < proof.MaxCommitted; data = data[recordBytes:] {
		body, sum := data[:recordBytes-sumBytes], data[recordBytes-sumBytes:recordBytes]
		receipt, err := proof.UnmarshalReceipt(body[proof.HashSize : proof.HashSize+proof.ReceiptSize])
		if err != nil || !bytes.Equal(sum, recordSum(epoch, body)) {
			bad++
			continue
		}
		at := binary.BigEndian.Uint64(body[proof.HashSize+proof.ReceiptSize:])
		list = append(list, Heard{Hash: [proof.HashSize]byte(body), Receipt: receipt, At: time.UnixMilli(int64(at))})
	}
	return list, bad, aligned
}

func (b *Book) path(epoch uint64) string {
	return filepath.Join(b.opts.Folder, strconv.FormatUint(epoch, 10)+suffix)
}

// read loads an epoch's file and cuts off what a crash left of a record.
func (b *Book) read(epoch uint64) ([]Heard, error) {
	path := b.path(epoch)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, bad, aligned := decodeRecords(epoch, data)
	if bad > 0 || aligned != len(data) {
		b.opts.Log.Warn("receipts were cut off by a crash or damaged; the whole ones are kept", "file", path, "kept", len(list), "damaged", bad, "bytes_cut", len(data)-aligned)
	}
	if aligned == len(data) {
		return list, nil
	}
	return list, os.Truncate(path, int64(aligned))
}

// append makes one receipt durable.
func (b *Book) append(epoch uint64, h Heard) error {
	path := b.path(epoch)
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return full(path, err)
	}
	size, err := file.Seek(0, 2)
	if err == nil {
		_, err = file.Write(encodeRecord(epoch, h))
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		_ = file.Truncate(size) // half a record would hide those after it
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err == nil && fresh {
		err = durable.SyncDir(b.opts.Folder)
	}
	return full(path, err)
}

func full(path string, err error) error {
	if err != nil && durable.IsFull(err) {
		return fmt.Errorf("%w: writing %s: free some space: %w", durable.ErrDiskFull, path, err)
	}
	return err
}

// forget deletes the files of epochs before first.
func (b *Book) forget(first uint64) {
	entries, err := os.ReadDir(b.opts.Folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if epoch, err := strconv.ParseUint(name, 10, 64); ok && err == nil && epoch < first {
			_ = os.Remove(filepath.Join(b.opts.Folder, e.Name()))
		}
	}
}
