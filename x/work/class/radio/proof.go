package radio

import (
	"encoding/binary"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// Proof implements class.Class.
func (c *Class) Proof(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	switch it.Evidence.Phase {
	case types.PHASE_COMMIT:
		return class.Arithmetic{Run: func() error { return nil }, Cost: proof.CostCommit}, nil
	case types.PHASE_OPEN:
		return c.beaconProof(ctx, it)
	}
	return c.lateProof(ctx, it)
}

// beaconProof checks the preimage and all signatures. A receipt that does not hold, or is of a number that no radio
// has, refuses the evidence: the beaconer has signed it with the rest. Were unknown numbers let through, somebody could
// take the number in the block that executes the evidence, and what was valid would fail with all its batch.
func (c *Class) beaconProof(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	evidence, err := proof.UnmarshalEvidence(it.Evidence.Payload)
	if err != nil {
		return class.Arithmetic{}, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	f, err := c.asserted(ctx, it)
	if err != nil {
		return class.Arithmetic{}, err
	}
	signers := make([]proof.Signer, len(evidence.Receipts))
	for i, r := range evidence.Receipts {
		if signers[i], err = c.signer(ctx, r.Number); err != nil {
			return class.Arithmetic{}, err
		}
	}
	rules := it.Window.Radio.Rules()
	challenge := it.Window.RadioChallenge(ctx.ChainID(), proof.DeviceID(it.Evidence.DeviceId))
	source := proof.Source{Key: publicKey(it.Device), Region: proof.Region(f.assertion.Region), Anchor: it.Record.ChainAnchor(f.assertion)}
	return class.Arithmetic{
		Run:       func() error { return verifyBeacon(rules, challenge, source, evidence, signers) },
		Challenge: encodeBeaconChallenge(rules, challenge, source, signers),
		Cost:      proof.Cost(len(evidence.Receipts), it.Window.Epoch-min(source.Anchor.Epoch, it.Window.Epoch)),
	}, nil
}

func verifyBeacon(p proof.Params, c proof.Challenge, source proof.Source, e proof.Evidence, signers []proof.Signer) error {
	v, err := proof.Verify(p, c, source, e, signers)
	if err != nil {
		return err
	}
	for i, heard := range v.Heard {
		switch {
		case len(signers[i].Key.Bytes) == 0:
			return fmt.Errorf("receipt %d, of radio %d: %s", i, e.Receipts[i].Number, proof.ReasonUnknown)
		case !heard:
			return fmt.Errorf("receipt %d, of radio %d: %s", i, e.Receipts[i].Number, proof.ReasonPayload)
		}
	}
	return nil
}

// encodeBeaconChallenge gives everything that decides a verdict beside the evidence, what has no fixed size with its
// length.
func encodeBeaconChallenge(p proof.Params, c proof.Challenge, source proof.Source, signers []proof.Signer) []byte {
	buf := []byte{types.RadioVersion1, byte(source.Region)}
	buf = binary.BigEndian.AppendUint32(buf, p.MaxBackoff)
	buf = binary.BigEndian.AppendUint32(buf, p.ChainSteps)
	buf = binary.BigEndian.AppendUint64(buf, c.Epoch)
	buf = append(buf, c.Mix[:]...)
	buf = append(buf, c.Device[:]...)
	buf = binary.BigEndian.AppendUint64(buf, source.Anchor.Epoch)
	buf = append(buf, source.Anchor.Value[:]...)
	for _, s := range signers {
		buf = append(buf, s.Device[:]...)
		buf = append(buf, byte(s.Key.Type), byte(len(s.Key.Bytes)))
		buf = append(buf, s.Key.Bytes...)
	}
	return append(buf, c.ChainID...)
}

// lateProof checks that the witness committed to its receipt and signed it over the beacon.
func (c *Class) lateProof(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	l, err := c.lateReceipt(ctx, it)
	if err != nil {
		return class.Arithmetic{}, err
	}
	chainID, epoch, beacon := ctx.ChainID(), it.Window.Epoch, l.beacon.Beacon()
	witness := proof.Signer{Device: proof.DeviceID(it.Evidence.DeviceId), Key: publicKey(it.Device)}
	hash := beacon.PayloadHash()
	challenge := append([]byte{types.RadioVersion1}, binary.BigEndian.AppendUint64(nil, epoch)...)
	challenge = append(append(append(challenge, hash[:]...), l.root[:]...), chainID...)
	return class.Arithmetic{
		Run:       func() error { return proof.VerifyLate(chainID, epoch, beacon, witness, l.root, l.late) },
		Challenge: challenge,
		Cost:      proof.CostLate(len(l.late.Path)),
	}, nil
}
