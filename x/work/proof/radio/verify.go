package radio

import "fmt"

// Signer is a witness as the chain knows it by its number. An unknown number is the zero Signer, whose receipts do not
// hold.
type Signer struct {
	Device DeviceID
	Key    PublicKey
}

// Source is a beaconer as the chain knows it.
type Source struct {
	Key    PublicKey
	Region Region
	Anchor Anchor
}

// Verified is the part of a verdict that depends on no state that changes: nodes may cache it.
type Verified struct {
	Beacon Beacon
	Heard  []bool // per receipt: the witness signed it over this beacon's payload
}

// Verify checks the preimage, derives the beacon and checks all signatures. A wrong preimage (ErrChain), a beaconer's
// signature that does not hold or signers that do not fit the receipts refuse the evidence; of a witness's signature it
// tells whether it holds, and the caller decides: the chain refuses the evidence, a sidecar leaves the receipt out.
func Verify(p Params, c Challenge, source Source, e Evidence, signers []Signer) (Verified, error) {
	if err := p.Validate(); err != nil {
		return Verified{}, err
	}
	if err := e.Validate(); err != nil {
		return Verified{}, err
	}
	if len(signers) != len(e.Receipts) {
		return Verified{}, fmt.Errorf("%w: %d signers for %d receipts", ErrFacts, len(signers), len(e.Receipts))
	}
	if err := VerifyPreimage(c.Device, source.Anchor, c.Epoch, e.Preimage, p.ChainSteps); err != nil {
		return Verified{}, err
	}
	beacon, err := DeriveBeacon(c, source.Region, p.MaxBackoff, e.Preimage)
	if err != nil {
		return Verified{}, err
	}
	hash := beacon.PayloadHash()
	statements := make([]Statement, 0, len(e.Receipts)+1)
	statements = append(statements, Statement{source.Key, BeaconSignBytes(c.ChainID, c.Epoch, c.Device, hash), e.Signature})
	for i, r := range e.Receipts {
		message := ReceiptSignBytes(c.ChainID, c.Epoch, hash, signers[i].Device, r.Readings)
		statements = append(statements, Statement{signers[i].Key, message, r.Signature})
	}
	valid, err := VerifyBatch(statements)
	if err != nil {
		return Verified{}, err
	}
	if !valid[0] {
		return Verified{}, fmt.Errorf("%w: the beaconer's signature does not hold over its beacon of epoch %d", ErrEvidence, c.Epoch)
	}
	return Verified{Beacon: beacon, Heard: valid[1:]}, nil
}
