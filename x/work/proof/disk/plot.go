package disk

import (
	"crypto/sha256"
	"encoding/binary"
)

const domainPlotID = "joule/disk/v1/plot-id"

// PlotID names a plot and keys all its hashes.
type PlotID [32]byte

// DerivePlotID is the id of a device's plot number index (SPEC.md 2): SHA-256 over
// length-prefixed fields, so that no two field lists share an encoding and no
// plot serves two devices or two chains. The reference uses ids of its own; the
// proof itself takes any id.
func DerivePlotID(chainID string, deviceID []byte, strength uint8, index uint64) PlotID {
	buf := make([]byte, 0, 4*5+len(domainPlotID)+len(chainID)+len(deviceID)+1+8)
	buf = appendField(buf, []byte(domainPlotID))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, deviceID)
	buf = appendField(buf, []byte{strength})
	buf = appendField(buf, binary.LittleEndian.AppendUint64(nil, index))
	return sha256.Sum256(buf)
}

func appendField(buf, field []byte) []byte {
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(field)))
	return append(buf, field...)
}

// Plot computes the keyed functions of one plot. It is a small value, safe for
// concurrent use once made.
type Plot struct {
	id           PlotID
	params       Params
	maskK        uint64
	keys         [2]State
	fragmentKeys [feistelRounds]fragmentKey
}

// NewPlot prepares a plot's keys. The error wraps ErrParams.
func NewPlot(id PlotID, params Params) (Plot, error) {
	if err := params.Validate(); err != nil {
		return Plot{}, err
	}
	p := Plot{id: id, params: params, maskK: 1<<params.K - 1}
	w := words((*[32]byte)(&id))
	copy(p.keys[0][:], w[:4])
	copy(p.keys[1][:], w[4:])
	p.fragmentKeys = makeFragmentKeys((*[32]byte)(&id), uint(params.K))
	return p, nil
}

// Params returns the plot's size and strength.
func (p *Plot) Params() Params { return p.params }

// Hash applies the plot's keyed double AES rounds to every state in place.
func (p *Plot) Hash(states []State, rounds int) { hashStates(states, &p.keys, rounds) }

// G is the match info of an x-value, k bits. Its leading SectionBits are the section,
// then come KeyBits(1) of match key, the rest is the target.
func (p *Plot) G(x uint32) uint32 {
	s := [1]State{{x}}
	p.Hash(s[:], hashRounds)
	return s[0][0] & uint32(p.maskK)
}

// Target is the target that an entry on the right, with this match key, must have
// to match the entry with meta on the left, in table 1, 2 or 3.
func (p *Plot) Target(table int, key uint32, meta uint64) uint32 {
	s := [1]State{targetInput(table, key, meta)}
	p.Hash(s[:], p.params.rounds(table))
	return s[0][0] & (1<<p.params.TargetBits(table) - 1)
}

// Pair joins two matching entries in table 1, 2 or 3: the new entry's match info, its
// 2k-bit meta (table 3 has neither) and whether the pair passes the filter.
func (p *Plot) Pair(table int, left, right uint64) (info uint32, meta uint64, ok bool) {
	s := [1]State{pairInput(left, right)}
	p.Hash(s[:], p.params.rounds(table))
	return p.paired(table, &s[0], left, right)
}

func targetInput(table int, key uint32, meta uint64) State {
	return State{uint32(table), key, uint32(meta), uint32(meta >> 32)}
}

func pairInput(left, right uint64) State {
	return State{uint32(left), uint32(left >> 32), uint32(right), uint32(right >> 32)}
}

// paired reads the result of a pair's hash. Table 1 keeps both x-values as meta.
func (p *Plot) paired(table int, s *State, left, right uint64) (info uint32, meta uint64, ok bool) {
	k := uint(p.params.K)
	meta = (uint64(s[1]) | uint64(s[2])<<32) & (1<<(2*k) - 1)
	if table == 1 {
		meta = left<<k | right
	}
	return s[0] & uint32(p.maskK), meta, s[3]&(1<<p.params.KeyBits(table)-1) == 0
}
