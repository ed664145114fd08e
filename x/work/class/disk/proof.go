package disk

import (
	"encoding/binary"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

// Proof implements class.Class.
func (*Class) Proof(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	claim, err := claimInEffect(it)
	if err != nil {
		return class.Arithmetic{}, err
	}
	rules := *it.Window.Disk
	params := proof.EvidenceParams{
		ChainID: ctx.ChainID(), DeviceID: append([]byte(nil), it.Evidence.DeviceId...),
		Challenge: proof.DeriveChallenge(ctx.ChainID(), it.Window.Id, [32]byte(it.Window.SeedMix)),
		Params:    claim.PlotParams(), Plots: claim.Plots, Lambda: rules.Lambda, MaxProofs: rules.MaxProofs,
	}
	payload := append([]byte(nil), it.Evidence.Payload...)
	shape, proofs, err := proof.EvidenceShape(payload)
	if err != nil {
		return class.Arithmetic{}, types.ErrClaimMismatch.Wrap(err.Error())
	}
	return class.Arithmetic{
		Run: func() error {
			_, err := proof.VerifyEvidence(params, payload)
			return err
		},
		Challenge: encodeChallenge(rules.Version, params),
		Cost:      proof.EvidenceCost(shape, proofs),
	}, nil
}

// encodeChallenge gives everything that decides a verdict beside the evidence: fixed sizes but for the chain id,
// which comes last.
func encodeChallenge(version uint32, p proof.EvidenceParams) []byte {
	buf := make([]byte, 0, 6*4+32+len(p.DeviceID)+len(p.ChainID))
	for _, v := range []uint32{version, uint32(p.Params.K), uint32(p.Params.Strength), p.Plots, p.Lambda, p.MaxProofs} {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	buf = append(buf, p.Challenge[:]...)
	buf = append(buf, p.DeviceID...)
	return append(buf, p.ChainID...)
}
