package x509chain

import (
	"bytes"
	"fmt"
	"slices"
)

const (
	// MaxChain is the most certificates of any chain, leaf and root included.
	MaxChain = 6
	// MaxRoots and MaxRevoked bound a policy's lists.
	MaxRoots   = 32
	MaxRevoked = 1024
)

// Policy says which chains are good.
type Policy struct {
	// Roots are the pinned keys, 1…MaxRoots.
	Roots []KeyHash
	// Revoked are keys of leaves, chips or authorities that are no longer trusted, at most MaxRevoked, in any order.
	Revoked []KeyHash
	// MinLength…MaxLength is how many certificates a chain has, leaf and root included: 2…MaxChain.
	MinLength, MaxLength int
	// Kinds are the kinds of keys that may occur.
	Kinds []KeyKind
	// Usage are key usage bits of which the leaf must have at least one; 0 demands none.
	Usage uint32
	// Purpose is an extended key usage (OID content) that the leaf must list and that authorities which list any must
	// allow; "" demands none.
	Purpose string
	// Understood are critical extensions that the caller handles.
	Understood []string
}

// Validate is ErrPolicy where a field is out of range; the text names it.
func (p Policy) Validate() error {
	switch {
	case len(p.Roots) == 0 || len(p.Roots) > MaxRoots:
		return fmt.Errorf("%w: %d roots, want 1…%d", ErrPolicy, len(p.Roots), MaxRoots)
	case len(p.Revoked) > MaxRevoked:
		return fmt.Errorf("%w: %d revoked keys, at most %d", ErrPolicy, len(p.Revoked), MaxRevoked)
	case p.MinLength < 2 || p.MaxLength < p.MinLength || p.MaxLength > MaxChain:
		return fmt.Errorf("%w: length %d…%d, want 2…%d", ErrPolicy, p.MinLength, p.MaxLength, MaxChain)
	case len(p.Kinds) == 0:
		return fmt.Errorf("%w: no kind of key is allowed", ErrPolicy)
	}
	return nil
}

// Chain is a verified chain, leaf first, root last.
type Chain []*Certificate

// Leaf is the certificate of the hardware's key.
func (c Chain) Leaf() *Certificate { return c[0] }

// NotAfter is the unix second after which the first certificate of the chain expires.
func (c Chain) NotAfter() int64 {
	end := c[0].NotAfter
	for _, certificate := range c[1:] {
		end = min(end, certificate.NotAfter)
	}
	return end
}

// KeyHashes are the hashes of all keys, leaf first: what a later revocation is checked against.
func (c Chain) KeyHashes() []KeyHash {
	hashes := make([]KeyHash, len(c))
	for i, certificate := range c {
		hashes[i] = certificate.KeyHash
	}
	return hashes
}

// Verify checks a chain, leaf first and root last, at block time now (unix seconds). Order of checks, cheapest first:
// policy, number of certificates, then for each certificate size, shape, key, critical extensions; root pinned; names
// in order; authorities and path lengths; the leaf's purpose; validity; revocation; signatures, leaf first, the root's
// own last. It never panics and costs at most CostBound.
func Verify(raw [][]byte, p Policy, now int64) (Chain, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if len(raw) < p.MinLength || len(raw) > p.MaxLength {
		return nil, fmt.Errorf("%w: %d, want %d…%d, leaf first, root last", ErrCount, len(raw), p.MinLength, p.MaxLength)
	}
	chain := make(Chain, len(raw))
	for i, certificateBytes := range raw {
		certificate, err := Parse(certificateBytes, p.Understood...)
		if err == nil && !slices.Contains(p.Kinds, certificate.Key.Kind) {
			err = fmt.Errorf("%w: %s is not allowed here", ErrKey, certificate.Key.Kind)
		}
		if err != nil {
			return nil, indexed(i, err)
		}
		chain[i] = certificate
	}
	checks := []func() error{
		func() error { return chain.checkRoot(p.Roots) }, chain.checkOrder, chain.checkAuthorities,
		func() error { return chain.checkPurpose(p) }, func() error { return chain.checkTime(now) },
		func() error { return chain.checkRevoked(p.Revoked) }, chain.checkSignatures,
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return chain, nil
}

func indexed(i int, err error) error { return fmt.Errorf("certificate %d: %w", i, err) }

func (c Chain) checkRoot(roots []KeyHash) error {
	if last := len(c) - 1; !slices.Contains(roots, c[last].KeyHash) {
		return indexed(last, fmt.Errorf("%w: public key %x", ErrRoot, c[last].KeyHash[:8]))
	}
	return nil
}

// checkOrder compares names, key identifiers where both sides have them, and demands that no key occurs twice: a chain
// has one form.
func (c Chain) checkOrder() error {
	for i := range c {
		issuer := c[min(i+1, len(c)-1)]
		if !bytes.Equal(c[i].Issuer, issuer.Subject) {
			return indexed(i, fmt.Errorf("%w: its issuer's name is not the next certificate's, leaf first, root last", ErrOrder))
		}
		if a := c[i].authorityKey; a != nil && issuer.subjectKey != nil && !bytes.Equal(a, issuer.subjectKey) {
			return indexed(i, fmt.Errorf("%w: its authority key identifier is not the next certificate's key identifier", ErrOrder))
		}
		for j := range i {
			if c[j].KeyHash == c[i].KeyHash {
				return indexed(i, fmt.Errorf("%w: the key of certificate %d again", ErrOrder, j))
			}
		}
	}
	return nil
}

func (c Chain) checkAuthorities() error {
	for i, issuer := range c[1:] {
		switch {
		case !issuer.Authority:
			return indexed(i+1, fmt.Errorf("%w: it is no certificate authority", ErrAuthority))
		case !issuer.HasUsage || issuer.Usage&usageCertSign == 0:
			return indexed(i+1, fmt.Errorf("%w: its key usage does not include signing certificates", ErrAuthority))
		case issuer.PathLength >= 0 && i > issuer.PathLength:
			return indexed(i+1, fmt.Errorf("%w: %d authorities below it, its path length is %d", ErrAuthority, i, issuer.PathLength))
		}
	}
	return nil
}

func (c Chain) checkPurpose(p Policy) error {
	leaf := c.Leaf()
	switch {
	case leaf.Authority:
		return indexed(0, fmt.Errorf("%w: it is a certificate authority", ErrPurpose))
	case p.Usage != 0 && (!leaf.HasUsage || leaf.Usage&p.Usage == 0):
		return indexed(0, fmt.Errorf("%w: key usage bits %b, want one of %b", ErrPurpose, leaf.Usage, p.Usage))
	case p.Purpose != "" && !slices.Contains(leaf.Purposes, p.Purpose):
		return indexed(0, fmt.Errorf("%w: it does not list extended key usage %x", ErrPurpose, p.Purpose))
	}
	for i, issuer := range c[1:] {
		if p.Purpose != "" && len(issuer.Purposes) > 0 && !slices.Contains(issuer.Purposes, p.Purpose) && !slices.Contains(issuer.Purposes, oidAnyPurpose) {
			return indexed(i+1, fmt.Errorf("%w: it may not issue for extended key usage %x", ErrAuthority, p.Purpose))
		}
	}
	return nil
}

func (c Chain) checkTime(now int64) error {
	for i, certificate := range c {
		if now < certificate.NotBefore {
			return indexed(i, fmt.Errorf("%w: block time %d, valid from %d", ErrNotYetValid, now, certificate.NotBefore))
		}
		if now > certificate.NotAfter {
			return indexed(i, fmt.Errorf("%w: block time %d, valid until %d", ErrExpired, now, certificate.NotAfter))
		}
	}
	return nil
}

func (c Chain) checkRevoked(revoked []KeyHash) error {
	for i, certificate := range c {
		if slices.Contains(revoked, certificate.KeyHash) {
			return indexed(i, fmt.Errorf("%w: public key %x", ErrRevoked, certificate.KeyHash[:8]))
		}
	}
	return nil
}

func (c Chain) checkSignatures() error {
	for i, certificate := range c {
		issuer := c[min(i+1, len(c)-1)]
		if err := issuer.Key.verify(certificate.algorithm, certificate.signed, certificate.signature); err != nil {
			return indexed(i, err)
		}
	}
	return nil
}
