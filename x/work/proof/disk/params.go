package disk

import "fmt"

// The construction's fixed sizes (SPEC.md 1).
const (
	// Links is the number of fragments in a chain.
	Links = 16
	// Values is the number of x-values in a proof, eight a fragment.
	Values = 8 * Links
	// Sets is the number of fragment sets that a challenge selects.
	Sets = 4
	// SetBits is log2 of the mean number of fragments in a set.
	SetBits = 6

	// MinK and MaxK bound k, the bits of an x-value. k is even.
	MinK, MaxK = 18, 32
	// BaseStrength is the weakest strength, counted as the reference does.
	BaseStrength = 2
	// MaxStrength bounds what one verification may cost: each step doubles
	// the hashing of table 1.
	MaxStrength = 8

	hashRounds   = 16 // double AES rounds of one hash at base strength
	table1Key    = 2  // match key bits of table 1, whatever the strength
	smallSection = 2  // section bits below k = 28
)

// Params are a plot's size and strength.
type Params struct {
	// K is the number of bits of an x-value: even, MinK…MaxK. A plot stores
	// about 2^K fragments.
	K uint8
	// Strength is BaseStrength…MaxStrength.
	Strength uint8
}

// Validate returns an error that wraps ErrParams where a field is out of range.
func (p Params) Validate() error {
	if p.K < MinK || p.K > MaxK || p.K%2 != 0 {
		return fmt.Errorf("%w: k %d, must be even and %d…%d", ErrParams, p.K, MinK, MaxK)
	}
	if p.Strength < BaseStrength || p.Strength > MaxStrength {
		return fmt.Errorf("%w: strength %d, must be %d…%d", ErrParams, p.Strength, BaseStrength, MaxStrength)
	}
	return nil
}

// ProofSize is the length of a packed proof in bytes, 16·k.
func (p Params) ProofSize() int { return Values / 8 * int(p.K) }

// SectionBits is the number of leading bits of a match info that name its section.
func (p Params) SectionBits() uint {
	if p.K < 28 {
		return smallSection
	}
	return uint(p.K) - 26
}

// KeyBits is the number of match key bits of table 1, 2 or 3; a pairing in that
// table passes with chance 2^-KeyBits.
func (p Params) KeyBits(table int) uint {
	if table == 1 {
		return table1Key
	}
	return uint(p.Strength)
}

// TargetBits is the number of low bits of a match info that hold the target.
func (p Params) TargetBits(table int) uint {
	return uint(p.K) - p.SectionBits() - p.KeyBits(table)
}

// rounds is the number of double AES rounds of one hash in a table.
func (p Params) rounds(table int) int {
	if table == 1 {
		return hashRounds << (p.Strength - BaseStrength)
	}
	return hashRounds
}

// MatchingSection is the section whose entries stand on the right of a pair
// with section's entries on the left (SPEC.md 3).
func (p Params) MatchingSection(section uint32) uint32 {
	b := p.SectionBits()
	return rotateRight(rotateLeft(section, b)+1, b)
}

// InverseMatchingSection is the section that MatchingSection maps to section.
func (p Params) InverseMatchingSection(section uint32) uint32 {
	b := p.SectionBits()
	return rotateRight(rotateLeft(section, b)-1, b)
}

// rotateLeft and rotateRight move the low width bits of v by one place; higher
// bits of v are ignored.
func rotateLeft(v uint32, width uint) uint32 {
	v &= 1<<width - 1
	return (v<<1 | v>>(width-1)) & (1<<width - 1)
}

func rotateRight(v uint32, width uint) uint32 {
	v &= 1<<width - 1
	return (v>>1 | v<<(width-1)) & (1<<width - 1)
}
