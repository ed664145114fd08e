package disk

import "fmt"

// Pack writes 128 x-values as k bits each, highest bit first, in 16·k bytes. No padding
// is left over, so a list of values has exactly one encoding. The error wraps
// ErrParams or ErrValue.
func Pack(params Params, x *[Values]uint32) ([]byte, error) {
	if err := params.Validate(); err != nil {
		return nil, err
	}
	out := make([]byte, 0, params.ProofSize())
	var buffer uint64
	var held uint
	for i, v := range x {
		if uint64(v)>>params.K != 0 {
			return nil, fmt.Errorf("%w: value %d is %d, must be below 2^%d", ErrValue, i, v, params.K)
		}
		buffer = buffer<<params.K | uint64(v)
		for held += uint(params.K); held >= 8; held -= 8 {
			out = append(out, byte(buffer>>(held-8)))
		}
	}
	return out, nil
}

// Unpack is the inverse of Pack. The error wraps ErrParams or ErrLength.
func Unpack(params Params, proof []byte) (x [Values]uint32, err error) {
	if err := params.Validate(); err != nil {
		return x, err
	}
	return x, unpackInto(&x, params, proof)
}

// unpackInto expects valid params.
func unpackInto(x *[Values]uint32, params Params, proof []byte) error {
	if len(proof) != params.ProofSize() {
		return fmt.Errorf("%w: %d bytes, must be %d at k=%d", ErrLength, len(proof), params.ProofSize(), params.K)
	}
	var buffer uint64
	var held uint
	next := 0
	for i := range x {
		for held < uint(params.K) {
			buffer = buffer<<8 | uint64(proof[next])
			next++
			held += 8
		}
		held -= uint(params.K)
		x[i] = uint32(buffer >> held & (1<<params.K - 1))
	}
	return nil
}
