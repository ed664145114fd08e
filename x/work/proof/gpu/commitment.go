package gpu

import (
	"encoding/binary"
	"fmt"
)

// CommitmentSize is the exact length of an encoded Commitment in bytes.
const CommitmentSize = 8 + HashSize

// Commitment is what a device signs inside the window: how many rounds it
// finished and the root of the list of their tile trees' roots.
type Commitment struct {
	Rounds uint64 // R, 1..Params.MaxRounds
	Root   Root   // ListRoot of the R rounds
}

// Marshal returns the only encoding: Rounds little-endian, then Root.
func (c Commitment) Marshal() []byte {
	buf := binary.LittleEndian.AppendUint64(make([]byte, 0, CommitmentSize), c.Rounds)
	return append(buf, c.Root[:]...)
}

// UnmarshalCommitment decodes exactly CommitmentSize bytes. It does not check
// the range of Rounds, which needs Params: see Validate.
func UnmarshalCommitment(data []byte) (Commitment, error) {
	if len(data) != CommitmentSize {
		return Commitment{}, fmt.Errorf("%w: %d bytes, must be exactly %d", ErrCommitment, len(data), CommitmentSize)
	}
	return Commitment{Rounds: binary.LittleEndian.Uint64(data), Root: Root(data[8:])}, nil
}

// Validate checks that Rounds lies in 1..MaxRounds. The errors wrap
// ErrCommitment.
func (c Commitment) Validate(p Params) error {
	if c.Rounds < 1 || c.Rounds > p.MaxRounds {
		return fmt.Errorf("%w: %d rounds, must be in 1..%d", ErrCommitment, c.Rounds, p.MaxRounds)
	}
	return nil
}
