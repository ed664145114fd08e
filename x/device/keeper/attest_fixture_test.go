package keeper_test

import (
	"context"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// seeds are heights whose mixes are seeds of GPU windows; nil means all.
type seeds map[int64]bool

func (s seeds) IsGPUWindowSeed(_ context.Context, height int64) (bool, error) {
	return s == nil || s[height], nil
}

// attested has the test chips' roots pinned, the epoch 10, and a GPU of account(0) and one with a TPM's key of
// account(1).
type attested struct {
	*fixture
	gpu  testutil.GPU
	soft testutil.TPM
	// key1 and key2 are account(0)'s GPUs, tpmKey account(1)'s.
	key1, key2, tpmKey testutil.Key
}

func newAttested(f *fixture) *attested { return newAttestedWith(f, nil) }

func newAttestedWith(f *fixture, windows seeds) *attested {
	f.Helper()
	a := &attested{
		fixture: f, gpu: testutil.NewGPU("a", "GH100"), soft: testutil.NewTPM("a"), key1: testutil.NumberedKey(1), key2: testutil.NumberedKey(2),
		tpmKey: testutil.NewKey(types.KEY_TYPE_SECP256R1, []byte("tpm")),
	}
	f.k.SetWindowSeeds(windows)
	f.ctx = f.ctx.WithBlockTime(testutil.ChipsValidFrom.AddDate(6, 0, 0))
	a.params(func(p *types.EvidenceParams) {
		p.NvidiaRoots, p.TpmRoots = append(p.NvidiaRoots, a.gpu.Root()), [][]byte{a.soft.Root()}
		p.TpmTierPpm = 1_050_000
	})
	f.registered(account(0), a.key1)
	f.registered(account(0), a.key2)
	f.registered(account(1), a.tpmKey)
	return a
}

func (a *attested) params(change func(*types.EvidenceParams)) {
	a.Helper()
	p, err := a.k.Params.Get(a.ctx)
	require.NoError(a, err)
	change(&p.Evidence)
	_, err = a.msg.UpdateParams(a.ctx, &types.MsgUpdateParams{Authority: a.k.Authority(), Params: p})
	require.NoError(a, err)
}

// nonce is what the query says.
func (a *attested) nonce(key testutil.Key, kind types.EvidenceKind) (nonce [32]byte, height int64) {
	a.Helper()
	// The query runs on the state of the last block: one below the height at which the tests' messages run.
	res, err := a.query.AttestNonce(a.ctx.WithBlockHeight(a.ctx.BlockHeight()-1), &types.QueryAttestNonceRequest{DeviceId: key.Text(), Kind: kind})
	require.NoError(a, err)
	return [32]byte(res.Nonce), res.NonceHeight
}

func (a *attested) send(key testutil.Key, height int64, e types.HardwareEvidence) (*types.MsgAttestResponse, error) {
	return a.msg.Attest(a.ctx, &types.MsgAttest{Sender: account(4), DeviceId: key.Text(), NonceHeight: height, Evidence: e})
}

// prove lets the GPU's chip answer the present nonce.
func (a *attested) prove(key testutil.Key, chip testutil.GPU, renewal bool) (*types.MsgAttestResponse, error) {
	a.Helper()
	nonce, height := a.nonce(key, types.EVIDENCE_KIND_NVIDIA)
	return a.send(key, height, chip.Evidence(nonce, renewal))
}

func (a *attested) proveTPM(renewal bool) (*types.MsgAttestResponse, error) {
	a.Helper()
	nonce, height := a.nonce(a.tpmKey, types.EVIDENCE_KIND_TPM)
	return a.send(a.tpmKey, height, a.soft.Evidence(a.tpmKey.Public, nonce, renewal))
}

func (a *attested) tier(key testutil.Key, epoch uint64) uint32 {
	a.Helper()
	ppm, err := a.k.TierPpm(a.ctx, key.ID(), epoch)
	require.NoError(a, err)
	return ppm
}

func (a *attested) blocks(n int64) {
	a.ctx = a.ctx.WithBlockHeight(a.ctx.BlockHeight() + n).WithEventManager(sdk.NewEventManager())
}

func (a *attested) revoke(hash []byte) error {
	_, err := a.msg.UpdateRevocations(a.ctx, &types.MsgUpdateRevocations{Authority: a.k.Authority(), Add: [][]byte{hash}})
	return err
}
