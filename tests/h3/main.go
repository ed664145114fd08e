// Command h3 answers with Uber's H3, a C library: standard input is a stream of questions of 12 bytes, latitude and
// longitude in 1e-7 degrees and a resolution, each a little-endian int32; standard output one cell of 8 bytes for each.
// It is a module of its own so that nothing of Joule links C through it; x/work/proof/radio's tests run it to compare
// (make h3).
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/uber/h3-go/v4"
)

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "h3:", err)
		os.Exit(1)
	}
}

func answer(questions io.Reader, answers io.Writer) error {
	in, out := bufio.NewReader(questions), bufio.NewWriter(answers)
	var question struct{ LatitudeE7, LongitudeE7, Resolution int32 }
	buffer, cell := make([]byte, binary.Size(question)), make([]byte, 8)
	for {
		if _, err := io.ReadFull(in, buffer); errors.Is(err, io.EOF) {
			return out.Flush()
		} else if err != nil {
			return err
		}
		if _, err := binary.Decode(buffer, binary.LittleEndian, &question); err != nil {
			return err
		}
		at := h3.LatLng{Lat: float64(question.LatitudeE7) / 1e7, Lng: float64(question.LongitudeE7) / 1e7}
		binary.LittleEndian.PutUint64(cell, uint64(h3.LatLngToCell(at, int(question.Resolution))))
		if _, err := out.Write(cell); err != nil {
			return err
		}
	}
}
