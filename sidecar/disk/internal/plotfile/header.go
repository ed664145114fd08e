package plotfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// magic stands at the start of a file and near its end.
const magic = "JOULEPLT"

// Places in the header; docs/plot-format.md has the table.
const (
	headerUnit  = 4096 // headers are multiples of it, so that tiles are aligned
	fixedBytes  = 128  // before the list of plots
	plotBytes   = 40   // of each plot: id and number of fragments
	footBytes   = 48   // length, magic and digest at the header's end
	maxHeader   = (fixedBytes + MaxPlots*plotBytes + footBytes + headerUnit - 1) / headerUnit * headerUnit
	atVersion   = 8
	atK         = 10
	atStrength  = 11
	atLength    = 12
	atPlots     = 16
	atRunBits   = 20
	atTileBits  = 21
	atDeviceLen = 22
	atFirst     = 24
	atSlot      = 32
	atFileBytes = 40
	atDevice    = 48
)

// Header describes a file.
type Header struct {
	Geometry
	// First is the number of the first plot; the others follow.
	First uint64
	// DeviceID are the bytes from which the ids were derived, at most MaxDeviceID.
	DeviceID []byte
	// IDs and Fragments are the plots' ids and numbers of fragments.
	IDs       []proof.PlotID
	Fragments []uint64
}

// headerBytes is the length of the header of a file with so many plots.
func headerBytes(plots int) int64 {
	n := int64(fixedBytes + plots*plotBytes + footBytes)
	return (n + headerUnit - 1) / headerUnit * headerUnit
}

// FileBytes is the size of the whole file: header, tiles, copy of the header.
func (h *Header) FileBytes() int64 {
	return 2*headerBytes(h.Plots) + int64(h.Tiles())*int64(h.SlotBytes)
}

// TileOffset is the place of a tile.
func (h *Header) TileOffset(tile uint32) int64 {
	return headerBytes(h.Plots) + int64(tile)*int64(h.SlotBytes)
}

// Encode returns the header's bytes.
func (h *Header) Encode() ([]byte, error) {
	if err := h.validate(); err != nil {
		return nil, err
	}
	b := make([]byte, headerBytes(h.Plots))
	copy(b, magic)
	le := binary.LittleEndian
	le.PutUint16(b[atVersion:], Version)
	b[atK], b[atStrength] = h.Params.K, h.Params.Strength
	le.PutUint32(b[atLength:], uint32(len(b)))
	le.PutUint32(b[atPlots:], uint32(h.Plots))
	b[atRunBits], b[atTileBits] = h.RunBits, h.TileBits
	le.PutUint16(b[atDeviceLen:], uint16(len(h.DeviceID)))
	le.PutUint64(b[atFirst:], h.First)
	le.PutUint32(b[atSlot:], h.SlotBytes)
	le.PutUint64(b[atFileBytes:], uint64(h.FileBytes()))
	copy(b[atDevice:], h.DeviceID)
	for i := range h.IDs {
		at := fixedBytes + i*plotBytes
		copy(b[at:], h.IDs[i][:])
		le.PutUint64(b[at+32:], h.Fragments[i])
	}
	foot := b[len(b)-footBytes:]
	le.PutUint32(foot, uint32(len(b)))
	copy(foot[8:], magic)
	digest := sha256.Sum256(b[:len(b)-32])
	copy(foot[16:], digest[:])
	return b, nil
}

// validate checks what the geometry does not.
func (h *Header) validate() error {
	if err := h.Geometry.validate(); err != nil {
		return err
	}
	if len(h.DeviceID) > MaxDeviceID {
		return fmt.Errorf("%w: device id of %d bytes, at most %d", ErrFormat, len(h.DeviceID), MaxDeviceID)
	}
	if len(h.IDs) != h.Plots || len(h.Fragments) != h.Plots {
		return fmt.Errorf("%w: %d ids and %d sizes for %d plots", ErrFormat, len(h.IDs), len(h.Fragments), h.Plots)
	}
	if h.First+uint64(h.Plots) < h.First {
		return fmt.Errorf("%w: plots %d and %d more pass the last number", ErrFormat, h.First, h.Plots)
	}
	return nil
}

// ParseHeader reads a header from exactly its bytes. Every byte counts: what is not a field must be zero.
func ParseHeader(b []byte) (Header, error) {
	var h Header
	if len(b) < headerUnit || string(b[:8]) != magic {
		return h, fmt.Errorf("%w: it does not begin as one", ErrFormat)
	}
	le := binary.LittleEndian
	if v := le.Uint16(b[atVersion:]); v != Version {
		return h, fmt.Errorf("%w: version %d, this program reads %d", ErrFormat, v, Version)
	}
	digest := sha256.Sum256(b[:len(b)-32])
	if !bytes.Equal(digest[:], b[len(b)-32:]) {
		return h, fmt.Errorf("%w: the header's checksum is wrong", ErrFormat)
	}
	h.Params = proof.Params{K: b[atK], Strength: b[atStrength]}
	h.RunBits, h.TileBits, h.SlotBytes = b[atRunBits], b[atTileBits], le.Uint32(b[atSlot:])
	h.First = le.Uint64(b[atFirst:])
	plots, device := le.Uint32(b[atPlots:]), int(le.Uint16(b[atDeviceLen:]))
	if plots > MaxPlots || device > MaxDeviceID || int64(len(b)) != headerBytes(int(plots)) {
		return h, fmt.Errorf("%w: %d plots and a device id of %d bytes in a header of %d", ErrFormat, plots, device, len(b))
	}
	h.Plots = int(plots)
	h.DeviceID = append([]byte(nil), b[atDevice:atDevice+device]...)
	for i := range h.Plots {
		at := fixedBytes + i*plotBytes
		h.IDs = append(h.IDs, proof.PlotID(b[at:at+32]))
		h.Fragments = append(h.Fragments, le.Uint64(b[at+32:]))
	}
	again, err := h.Encode()
	if err != nil {
		return h, err
	}
	if !bytes.Equal(again, b) {
		return h, fmt.Errorf("%w: the header has bytes without a meaning", ErrFormat)
	}
	return h, nil
}

// ReadHeader reads the header of a file of so many bytes, or its copy at the file's end where the first is damaged; it
// says which. The error wraps ErrFormat, ErrDamaged where the file has not the size that the header demands, or what
// the reader returned.
func ReadHeader(r io.ReaderAt, size int64) (h Header, fromCopy bool, err error) {
	h, first := readHeaderAt(r, 0, size, 0)
	if first != nil {
		if size < 2*headerUnit {
			return h, false, first
		}
		var copied Header
		foot := make([]byte, footBytes)
		if n, _ := r.ReadAt(foot, size-footBytes); n < footBytes || string(foot[8:16]) != magic {
			return h, false, first
		}
		n := int64(binary.LittleEndian.Uint32(foot))
		if copied, err = readHeaderAt(r, size-n, size, n); err != nil {
			return h, false, first
		}
		h, fromCopy = copied, true
	}
	if h.FileBytes() != size {
		return h, fromCopy, fmt.Errorf("%w: the file has %d bytes, must have %d", ErrDamaged, size, h.FileBytes())
	}
	return h, fromCopy, nil
}

// readHeaderAt reads a header of n bytes, or of as many as it says itself where n is 0.
func readHeaderAt(r io.ReaderAt, at, size, n int64) (Header, error) {
	if n == 0 {
		start := make([]byte, 16)
		if _, err := r.ReadAt(start, at); err != nil {
			if err == io.EOF {
				err = fmt.Errorf("%w: %d bytes", ErrFormat, size)
			}
			return Header{}, err
		}
		if string(start[:8]) != magic {
			return Header{}, fmt.Errorf("%w: it does not begin as one", ErrFormat)
		}
		n = int64(binary.LittleEndian.Uint32(start[atLength:]))
	}
	if n < headerUnit || n > maxHeader || n%headerUnit != 0 || at < 0 || n > size-at {
		return Header{}, fmt.Errorf("%w: a header of %d bytes in a file of %d", ErrFormat, n, size)
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, at); err != nil {
		return Header{}, err
	}
	return ParseHeader(b)
}

// CheckCopy compares the copy of the header at the file's end with the header. The error wraps ErrDamaged.
func CheckCopy(h *Header, r io.ReaderAt) error {
	want, err := h.Encode()
	if err != nil {
		return err
	}
	got := make([]byte, len(want))
	if _, err := r.ReadAt(got, h.FileBytes()-int64(len(want))); err != nil && err != io.EOF {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: the copy of the header at the end", ErrDamaged)
	}
	return nil
}
