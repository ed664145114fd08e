package disk

import (
	"crypto/sha256"
)

const domainSelector = "joule/disk/v1/selector"

// Selector chooses the fragment sets of a challenge for all plots of a device alike (SPEC.md 4), so
// that plots which lie interleaved in one file answer with four reads for all of
// them. The link keys stay each plot's own.
type Selector [32]byte

// DeriveSelector is the selector of all plots of a device on a chain.
func DeriveSelector(chainID string, deviceID []byte) Selector {
	buf := make([]byte, 0, 4*3+len(domainSelector)+len(chainID)+len(deviceID))
	buf = appendField(buf, []byte(domainSelector))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, deviceID)
	return sha256.Sum256(buf)
}

// SharedChallenge is Challenge with the sets that the selector chooses. The plot's own id as selector gives Challenge.
func (p *Plot) SharedChallenge(selector *Selector, challenge *[32]byte) Challenge {
	c := p.Challenge(challenge)
	seed, block := words((*[32]byte)(selector)), words(challenge)
	block = blakeBlock(&seed, &block)
	c.selectSets(&block, p.params.K)
	return c
}
