package radio

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

const (
	// MaxCandidates bounds one draw.
	MaxCandidates = 4096

	domainDraw = "joule/radio/v1/draw"
)

// Draw returns the indices of n of the candidates, or of all where there are no more, in the order in which they are
// drawn: by SHA-256(seed, payload hash, id). The seed is the mix of a block after the beacon was sent, so that neither
// speed nor a well-chosen id helps. Over MaxCandidates is ErrFacts.
func Draw(seed Mix, payloadHash [HashSize]byte, candidates []DeviceID, n int) ([]int, error) {
	if len(candidates) > MaxCandidates {
		return nil, fmt.Errorf("%w: %d candidates, at most %d", ErrFacts, len(candidates), MaxCandidates)
	}
	keys, order := make([][HashSize]byte, len(candidates)), make([]int, len(candidates))
	for i, id := range candidates {
		var message [len(domainDraw) + 2*HashSize + DeviceIDSize]byte
		at := copy(message[:], domainDraw)
		at += copy(message[at:], seed[:])
		at += copy(message[at:], payloadHash[:])
		copy(message[at:], id[:])
		keys[i], order[i] = sha256.Sum256(message[:]), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(keys[a][:], keys[b][:]) })
	return order[:min(max(n, 0), len(order))], nil
}
