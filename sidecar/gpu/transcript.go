package gpu

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// ErrTranscript says that stored bytes are not a transcript: truncated, of
// another version, or damaged.
var ErrTranscript = errors.New("gpu: not a valid transcript")

// Round is one finished round.
type Round struct {
	Index uint64 // r, from 0
	Seed  proofgpu.Seed
	Root  proofgpu.Node
}

// Transcript is everything that a device must keep of a window to commit and to
// open: 28 bytes a round. Matrices and trees are recomputed from it.
type Transcript struct {
	Params proofgpu.Params
	Seed0  proofgpu.Seed
	Rounds []Round
}

// NewTranscript returns an empty transcript of a window.
func NewTranscript(p proofgpu.Params, seed0 proofgpu.Seed) *Transcript {
	return &Transcript{Params: p, Seed0: seed0}
}

// NextSeed returns the seed of the round that comes next.
func (t *Transcript) NextSeed() proofgpu.Seed {
	if len(t.Rounds) == 0 {
		return t.Seed0
	}
	last := t.Rounds[len(t.Rounds)-1]
	return proofgpu.NextSeed(t.Seed0, last.Index, last.Root)
}

// Append records the root of the next round and returns the round.
func (t *Transcript) Append(root proofgpu.Node) Round {
	round := Round{Index: uint64(len(t.Rounds)), Seed: t.NextSeed(), Root: root}
	t.Rounds = append(t.Rounds, round)
	return round
}

// Commitment returns the commitment to all recorded rounds. It fails on an empty
// transcript and on more rounds than the parameters allow.
func (t *Transcript) Commitment() (proofgpu.Commitment, error) {
	return t.commitment(uint64(len(t.Rounds)))
}

func (t *Transcript) commitment(rounds uint64) (proofgpu.Commitment, error) {
	c := proofgpu.Commitment{Rounds: rounds}
	if err := c.Validate(t.Params); err != nil {
		return proofgpu.Commitment{}, err
	}
	root, err := proofgpu.ListRoot(t.roots(rounds))
	c.Root = root
	return c, err
}

// roots are those of the first rounds.
func (t *Transcript) roots(rounds uint64) []proofgpu.Node {
	roots := make([]proofgpu.Node, rounds)
	for i := range roots {
		roots[i] = t.Rounds[i].Root
	}
	return roots
}

// The stored form: magic, parameters, seed_0, number of rounds, the roots, and
// SHA-256 of all of it; integers little-endian. Seeds follow from the roots.
const (
	transcriptMagic  = "joule-gpu-transcript-2\n"
	transcriptHeader = len(transcriptMagic) + 4*4 + 8 + proofgpu.HashSize + 8
)

// MarshalBinary encodes the transcript for the spool, with a checksum.
func (t *Transcript) MarshalBinary() ([]byte, error) {
	buf := make([]byte, 0, transcriptHeader+len(t.Rounds)*proofgpu.NodeSize+sha256.Size)
	buf = append(buf, transcriptMagic...)
	for _, v := range []uint32{t.Params.Version, t.Params.N, t.Params.B, t.Params.T} {
		buf = binary.LittleEndian.AppendUint32(buf, v)
	}
	buf = binary.LittleEndian.AppendUint64(buf, t.Params.MaxRounds)
	buf = append(buf, t.Seed0[:]...)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(t.Rounds)))
	for _, round := range t.Rounds {
		buf = append(buf, round.Root[:]...)
	}
	sum := sha256.Sum256(buf)
	return append(buf, sum[:]...), nil
}

// UnmarshalBinary decodes what MarshalBinary wrote and derives the seeds again.
// Errors wrap ErrTranscript, or the proof package's ErrParams.
func (t *Transcript) UnmarshalBinary(data []byte) error {
	body := len(data) - sha256.Size
	if body < transcriptHeader || string(data[:len(transcriptMagic)]) != transcriptMagic {
		return fmt.Errorf("%w: %d bytes without the header of version 2", ErrTranscript, len(data))
	}
	if sum := sha256.Sum256(data[:body]); string(sum[:]) != string(data[body:]) {
		return fmt.Errorf("%w: checksum differs, the file is damaged", ErrTranscript)
	}
	at := data[len(transcriptMagic):body]
	u32 := func() (v uint32) { v, at = binary.LittleEndian.Uint32(at), at[4:]; return v }
	u64 := func() (v uint64) { v, at = binary.LittleEndian.Uint64(at), at[8:]; return v }
	p := proofgpu.Params{Version: u32(), N: u32(), B: u32(), T: u32(), MaxRounds: u64()}
	if err := p.Validate(); err != nil {
		return err
	}
	read := NewTranscript(p, proofgpu.Seed(at))
	at = at[proofgpu.HashSize:]
	if rounds := u64(); rounds > p.MaxRounds || uint64(len(at)) != rounds*proofgpu.NodeSize {
		return fmt.Errorf("%w: %d rounds declared, %d bytes of roots present", ErrTranscript, rounds, len(at))
	}
	for ; len(at) > 0; at = at[proofgpu.NodeSize:] {
		read.Append(proofgpu.Node(at))
	}
	*t = *read
	return nil
}
