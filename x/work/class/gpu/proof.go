package gpu

import (
	"encoding/binary"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// Proof implements class.Class.
func (*Class) Proof(ctx sdk.Context, it *class.Item) (class.Arithmetic, error) {
	if it.Evidence.Phase == types.PHASE_COMMIT {
		// A commitment is a statement: its form is checked with the state, its truth when it is opened.
		return class.Arithmetic{Run: func() error { return nil }, Cost: proof.CommitmentCost}, nil
	}
	commitment, found := it.Record.Commitment(it.Window.Id)
	if !found {
		return class.Arithmetic{}, types.ErrNoCommitment.Wrapf("device %s, window %d", it.Device.Text(), it.Window.Id)
	}
	params := it.Window.Gpu.Kernel()
	challenge := proof.Challenge{
		Seed0:      proof.Seed0(ctx.ChainID(), it.Window.Id, [32]byte(it.Window.SeedMix), it.Evidence.DeviceId),
		Commitment: proof.Commitment{Rounds: commitment.Rounds, Root: proof.Root(commitment.Root)},
		MixA:       [32]byte(it.Window.DrawAMix), MixB: [32]byte(it.Window.DrawBMix),
	}
	payload := append([]byte(nil), it.Evidence.Payload...)
	return class.Arithmetic{
		Run:       func() error { return proof.VerifyOpening(params, challenge, payload) },
		Challenge: encodeChallenge(params, challenge),
		Cost:      proof.OpeningCost(params),
	}, nil
}

// encodeChallenge gives everything that decides a verdict beside the proof: fixed sizes, so no two are alike.
func encodeChallenge(p proof.Params, c proof.Challenge) []byte {
	buf := make([]byte, 0, 24+4*32+8)
	for _, v := range []uint32{p.Version, p.N, p.B, p.T} {
		buf = binary.BigEndian.AppendUint32(buf, v)
	}
	buf = binary.BigEndian.AppendUint64(buf, p.MaxRounds)
	buf = append(buf, c.Seed0[:]...)
	buf = append(buf, c.Commitment.Marshal()...)
	buf = append(buf, c.MixA[:]...)
	return append(buf, c.MixB[:]...)
}
