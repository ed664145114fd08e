package keeper

import (
	"encoding/binary"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// radioClass judges beacons and their witnesses (protocol section 3.3, docs/adr/0012). Nothing here is ever a fault.
type radioClass struct{ k *Keeper }

func (c radioClass) check(ctx sdk.Context, it *item) error {
	if !it.device.IsActive() {
		return types.ErrDeviceNotActive.Wrapf("device %s is %s; only active devices prove", it.device.Text(), it.device.State)
	}
	switch it.evidence.Phase {
	case types.PHASE_COMMIT:
		return c.checkCommit(ctx, it)
	case types.PHASE_OPEN:
		return c.checkBeacon(ctx, it)
	}
	_, err := c.k.lateReceipt(ctx, it)
	return err
}

func (c radioClass) checkCommit(ctx sdk.Context, it *item) error {
	if err := it.window.CheckCommit(it.height); err != nil {
		return err
	}
	if r := it.record.Radio; r != nil && len(r.Commitments) > 0 && r.Commitments[len(r.Commitments)-1].Epoch >= it.window.Epoch {
		return types.ErrAlreadyCommitted.Wrapf("device %s has committed to its receipts of epoch %d; a commitment is final", it.device.Text(), it.window.Epoch)
	}
	_, err := c.k.asserted(ctx, it)
	return err
}

func (c radioClass) checkBeacon(ctx sdk.Context, it *item) error {
	if err := it.window.CheckBeacon(it.height); err != nil {
		return err
	}
	epoch := it.window.Epoch
	if it.record.LastProvenEpoch >= epoch {
		return types.ErrAlreadyOpened.Wrapf("device %s has opened its beacon of epoch %d", it.device.Text(), it.record.LastProvenEpoch)
	}
	f, err := c.k.asserted(ctx, it)
	if err != nil {
		return err
	}
	anchor := it.record.ChainAnchor(f.assertion)
	steps := it.window.Radio.Params.ChainSteps
	switch {
	case epoch <= anchor.Epoch:
		return types.ErrNotAsserted.Wrapf("the hash chain of device %s begins after epoch %d; this is epoch %d", it.device.Text(), anchor.Epoch, epoch)
	case epoch-anchor.Epoch > uint64(steps):
		return types.ErrChainExpired.Wrapf("epoch %d is %d steps after the newest public value of the hash chain; at most %d are checked: assert the radio again with a new anchor",
			epoch, epoch-anchor.Epoch, steps)
	}
	return c.k.checkRadioBond(ctx, it.device)
}

func (c radioClass) proof(ctx sdk.Context, it *item) (arithmetic, error) {
	switch it.evidence.Phase {
	case types.PHASE_COMMIT:
		return arithmetic{run: func() error { return nil }, cost: radio.CostCommit}, nil
	case types.PHASE_OPEN:
		return c.beaconProof(ctx, it)
	}
	return c.lateProof(ctx, it)
}

// beaconProof checks the preimage and all signatures. A receipt that does not hold, or is of a number that no radio
// has, refuses the evidence: the beaconer has signed it with the rest. Were unknown numbers let through, somebody could
// take the number in the block that executes the evidence, and what was valid would fail with all its batch.
func (c radioClass) beaconProof(ctx sdk.Context, it *item) (arithmetic, error) {
	evidence, err := radio.UnmarshalEvidence(it.evidence.Payload)
	if err != nil {
		return arithmetic{}, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	f, err := c.k.asserted(ctx, it)
	if err != nil {
		return arithmetic{}, err
	}
	signers := make([]radio.Signer, len(evidence.Receipts))
	for i, r := range evidence.Receipts {
		if signers[i], err = c.k.signer(ctx, r.Number); err != nil {
			return arithmetic{}, err
		}
	}
	rules := it.window.Radio.Rules()
	challenge := it.window.RadioChallenge(ctx.ChainID(), radio.DeviceID(it.evidence.DeviceId))
	source := radio.Source{Key: publicKey(it.device), Region: radio.Region(f.assertion.Region), Anchor: it.record.ChainAnchor(f.assertion)}
	return arithmetic{
		run:       func() error { return verifyBeacon(rules, challenge, source, evidence, signers) },
		challenge: encodeBeaconChallenge(rules, challenge, source, signers),
		cost:      radio.Cost(len(evidence.Receipts), it.window.Epoch-min(source.Anchor.Epoch, it.window.Epoch)),
	}, nil
}

func verifyBeacon(p radio.Params, c radio.Challenge, source radio.Source, e radio.Evidence, signers []radio.Signer) error {
	v, err := radio.Verify(p, c, source, e, signers)
	if err != nil {
		return err
	}
	for i, heard := range v.Heard {
		switch {
		case len(signers[i].Key.Bytes) == 0:
			return fmt.Errorf("receipt %d, of radio %d: %s", i, e.Receipts[i].Number, radio.ReasonUnknown)
		case !heard:
			return fmt.Errorf("receipt %d, of radio %d: %s", i, e.Receipts[i].Number, radio.ReasonPayload)
		}
	}
	return nil
}

// encodeBeaconChallenge gives everything that decides a verdict beside the evidence, what has no fixed size with its
// length.
func encodeBeaconChallenge(p radio.Params, c radio.Challenge, source radio.Source, signers []radio.Signer) []byte {
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
func (c radioClass) lateProof(ctx sdk.Context, it *item) (arithmetic, error) {
	l, err := c.k.lateReceipt(ctx, it)
	if err != nil {
		return arithmetic{}, err
	}
	chainID, epoch, beacon := ctx.ChainID(), it.window.Epoch, l.beacon.Beacon()
	witness := radio.Signer{Device: radio.DeviceID(it.evidence.DeviceId), Key: publicKey(it.device)}
	hash := beacon.PayloadHash()
	challenge := append([]byte{types.RadioVersion1}, binary.BigEndian.AppendUint64(nil, epoch)...)
	challenge = append(append(append(challenge, hash[:]...), l.root[:]...), chainID...)
	return arithmetic{
		run:       func() error { return radio.VerifyLate(chainID, epoch, beacon, witness, l.root, l.late) },
		challenge: challenge,
		cost:      radio.CostLate(len(l.late.Path)),
	}, nil
}

func (c radioClass) apply(ctx sdk.Context, it *item) (uint64, error) {
	switch it.evidence.Phase {
	case types.PHASE_COMMIT:
		it.record.RadioPart().Commit(it.window.Epoch, append([]byte(nil), it.evidence.Payload...))
		return 0, nil
	case types.PHASE_OPEN:
		return c.k.applyBeacon(ctx, it)
	}
	return c.k.applyLate(ctx, it)
}
