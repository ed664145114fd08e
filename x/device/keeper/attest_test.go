package keeper_test

import (
	"crypto/x509"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// TestAttestation: a chip counts from the next epoch on, renewals carry it on without a gap, and it lapses.
func TestAttestation(t *testing.T) {
	a := newAttested(newFixture(t))
	require.EqualValues(t, types.BaseTierPpm, a.tier(a.key1, 11), "without evidence")
	res, err := a.prove(a.key1, a.gpu, false)
	require.NoError(t, err)
	require.EqualValues(t, 11, res.FromEpoch)
	require.EqualValues(t, 23, res.ExpiresEpoch)
	for epoch, want := range map[uint64]uint32{10: 1_000_000, 11: 1_100_000, 22: 1_100_000, 23: 1_000_000} {
		require.Equal(t, want, a.tier(a.key1, epoch), "epoch %d", epoch)
	}
	a.holds()

	a.epochs.number = 22
	a.blocks(1)
	res, err = a.prove(a.key1, a.gpu, true)
	require.NoError(t, err, "a renewal brings no certificates")
	require.EqualValues(t, 11, res.FromEpoch)
	require.EqualValues(t, 35, res.ExpiresEpoch)

	a.epochs.number = 35
	a.blocks(1)
	res, err = a.prove(a.key1, a.gpu, true)
	require.NoError(t, err)
	require.EqualValues(t, 36, res.FromEpoch, "after a lapse it counts from the next epoch again")

	tpm, err := a.proveTPM(false)
	require.NoError(t, err)
	a.blocks(1)
	_, err = a.proveTPM(true)
	require.NoError(t, err)
	require.EqualValues(t, 1_050_000, a.tier(a.tpmKey, 36))
	require.NotEqual(t, tpm.ChipId, res.ChipId)
	a.holds()

	view, err := a.query.Attestation(a.ctx, &types.QueryAttestationRequest{DeviceId: a.key1.Text()})
	require.NoError(t, err)
	require.False(t, view.InForce)
	require.Equal(t, "GH100", view.Attestation.Family)
	chip, err := a.query.DeviceByChip(a.ctx, &types.QueryDeviceByChipRequest{ChipId: view.ChipId})
	require.NoError(t, err)
	require.Equal(t, &types.QueryDeviceByChipResponse{DeviceId: a.key1.Text(), ExpiresEpoch: 48}, chip)
	for _, bad := range []string{"", "zz", "00", hex.EncodeToString(make([]byte, 32))} {
		_, err = a.query.DeviceByChip(a.ctx, &types.QueryDeviceByChipRequest{ChipId: bad})
		require.Error(t, err, bad)
	}
	_, err = a.query.Attestation(a.ctx, &types.QueryAttestationRequest{DeviceId: a.key2.Text()})
	require.ErrorIs(t, err, types.ErrNoAttestation)
}

// TestAttestationRefused: what evidence is refused for; nothing is written.
func TestAttestationRefused(t *testing.T) {
	a := newAttested(newFixture(t))
	disk := testutil.NumberedKey(7)
	a.registered(account(2), disk, testutil.ForDisk())
	_, err := a.proveTPM(false)
	require.NoError(t, err)
	a.blocks(1)
	nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
	mix, err := a.epochs.Mix(a.ctx, height)
	require.NoError(t, err)
	nonceFor := func(chain, owner string, id []byte, h int64) [32]byte {
		n, err := types.EvidenceNonce(types.EVIDENCE_KIND_NVIDIA, chain, h, mix, id, bytesOf(t, owner))
		require.NoError(t, err)
		return n
	}
	require.Equal(t, nonce, nonceFor(chainID, account(0), a.key1.ID(), height))
	good := a.gpu.Evidence(nonce, false)
	change := func(f func(*types.NvidiaEvidence)) types.HardwareEvidence {
		n := *good.GetNvidia()
		n.Certificates, n.Report = slices.Clone(n.Certificates), slices.Clone(n.Report)
		f(&n)
		return types.HardwareEvidence{Kind: &types.HardwareEvidence_Nvidia{Nvidia: &n}}
	}
	expired := testutil.NewGPU("old", "GH100", func(c *x509.Certificate) { c.NotAfter = testutil.ChipsValidFrom.AddDate(1, 0, 0) })
	early := testutil.NewGPU("new", "GH100", func(c *x509.Certificate) { c.NotBefore = testutil.ChipsValidFrom.AddDate(20, 0, 0) })
	tests := map[string]struct {
		key    testutil.Key
		height int64
		e      types.HardwareEvidence
		want   error
		text   string
	}{
		"nothing":             {a.key1, height, types.HardwareEvidence{}, types.ErrInvalidEvidence, "want nvidia or tpm"},
		"four certificates":   {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Certificates = n.Certificates[:4] }), types.ErrInvalidEvidence, "want 5"},
		"a large certificate": {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Certificates[2] = make([]byte, x509chain.MaxCertificateSize+1) }), types.ErrInvalidEvidence, "certificates[2]"},
		"a large report":      {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Report = make([]byte, nvidia.MaxReportSize+1) }), types.ErrInvalidEvidence, "nvidia.report"},
		"a padded report":     {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Report = append(n.Report, 0) }), types.ErrEvidenceRefused, "trailing"},
		"a truncated report":  {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Report = n.Report[:100] }), types.ErrEvidenceRefused, "truncated"},
		"a flipped signature": {a.key1, height, change(func(n *types.NvidiaEvidence) { n.Report[len(n.Report)-1] ^= 1 }), types.ErrEvidenceRefused, "signature"},
		"a flipped certificate": {a.key1, height, change(func(n *types.NvidiaEvidence) {
			c := slices.Clone(n.Certificates[3])
			c[len(c)-1] ^= 1
			n.Certificates[3] = c
		}), types.ErrEvidenceRefused, "certificate 3"},
		"another order":        {a.key1, height, change(func(n *types.NvidiaEvidence) { slices.Reverse(n.Certificates) }), types.ErrEvidenceRefused, "root"},
		"another device":       {a.key2, height, good, types.ErrEvidenceRefused, "nonce"},
		"another owner":        {a.key1, height, a.gpu.Evidence(nonceFor(chainID, account(1), a.key1.ID(), height), false), types.ErrEvidenceRefused, "nonce"},
		"another chain":        {a.key1, height, a.gpu.Evidence(nonceFor("joule-1", account(0), a.key1.ID(), height), false), types.ErrEvidenceRefused, "nonce"},
		"another height":       {a.key1, height - 1, good, types.ErrEvidenceRefused, "nonce"},
		"this block's height":  {a.key1, height + 1, good, types.ErrNonceHeight, "nonce_height is 101"},
		"an old height":        {a.key1, height - 50, good, types.ErrNonceHeight, "51..100"},
		"no height":            {a.key1, 0, good, types.ErrNonceHeight, ""},
		"negative height":      {a.key1, -5, good, types.ErrNonceHeight, ""},
		"nothing to renew":     {a.key1, height, a.gpu.Evidence(nonce, true), types.ErrNoAttestation, "send the certificates"},
		"a TPM's to renew":     {a.tpmKey, height, a.gpu.Evidence(nonceFor(chainID, account(1), a.tpmKey.ID(), height), true), types.ErrNoAttestation, "NVIDIA to renew"},
		"the wrong class":      {disk, height, good, types.ErrEvidenceKind, "class gpu"},
		"a TPM, another key":   {a.key1, height, a.soft.Evidence(a.tpmKey.Public, nonce, false), types.ErrEvidenceKind, "secp256r1"},
		"an expired leaf":      {a.key1, height, expired.Evidence(nonce, false), types.ErrEvidenceRefused, "expired"},
		"a leaf of the future": {a.key1, height, early.Evidence(nonce, false), types.ErrEvidenceRefused, "not yet valid"},
		"a switch":             {a.key1, height, testutil.NewGPU("s", "LS_10").Evidence(nonce, false), types.ErrEvidenceRefused, "LS_10"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			before := a.export()
			_, err := a.send(tc.key, tc.height, tc.e)
			require.ErrorIs(t, err, tc.want)
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, before, a.export())
		})
	}
	require.NoError(t, a.suspend(account(0), a.key1.Text()))
	_, err = a.send(a.key1, height, good)
	require.ErrorIs(t, err, types.ErrNotActive)
	_, err = a.send(a.key2, height, a.gpu.Evidence(nonceFor(chainID, account(0), a.key2.ID(), height), false))
	require.NoError(t, err)
}

// TestAnsweredNonce: an answer counts once, even after the chip was released.
func TestAnsweredNonce(t *testing.T) {
	a := newAttested(newFixture(t))
	nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
	_, err := a.send(a.key1, height, a.gpu.Evidence(nonce, false))
	require.NoError(t, err)
	a.blocks(2)
	for _, renewal := range []bool{false, true} {
		_, err = a.send(a.key1, height, a.gpu.Evidence(nonce, renewal))
		require.ErrorIs(t, err, types.ErrEvidenceReplayed)
	}
	_, err = a.msg.ReleaseChip(a.ctx, &types.MsgReleaseChip{Owner: account(1), DeviceId: a.key1.Text()})
	require.ErrorIs(t, err, types.ErrUnauthorized)
	_, err = a.msg.ReleaseChip(a.ctx, &types.MsgReleaseChip{Owner: account(0), DeviceId: a.key1.Text()})
	require.NoError(t, err)
	require.EqualValues(t, types.BaseTierPpm, a.tier(a.key1, 11))
	a.holds()
	_, err = a.msg.ReleaseChip(a.ctx, &types.MsgReleaseChip{Owner: account(0), DeviceId: a.key1.Text()})
	require.ErrorIs(t, err, types.ErrNoAttestation)
	_, err = a.send(a.key1, height, a.gpu.Evidence(nonce, false))
	require.ErrorIs(t, err, types.ErrEvidenceReplayed)
	_, err = a.prove(a.key2, a.gpu, false)
	require.NoError(t, err, "a released chip is free at once")
	a.holds()
}

// TestOneChipOneDevice: a chip serves one device until its attestation lapses or the device lets it go.
func TestOneChipOneDevice(t *testing.T) {
	a := newAttested(newFixture(t))
	_, err := a.prove(a.key1, a.gpu, false)
	require.NoError(t, err)
	for _, epoch := range []uint64{10, 11, 22} {
		a.epochs.number = epoch
		_, err = a.prove(a.key2, a.gpu, false)
		require.ErrorIs(t, err, types.ErrChipTaken, "epoch %d", epoch)
		require.ErrorContains(t, err, a.key1.Text())
	}
	a.epochs.number = 23
	res, err := a.prove(a.key2, a.gpu, false)
	require.NoError(t, err)
	require.EqualValues(t, 24, res.FromEpoch)
	a.holds()
	a.blocks(1)
	_, err = a.prove(a.key1, a.gpu, true)
	require.ErrorIs(t, err, types.ErrNoAttestation, "the lapsed attestation went with the chip")
	_, err = a.prove(a.key1, a.gpu, false)
	require.ErrorIs(t, err, types.ErrChipTaken)

	a.blocks(1)
	other := testutil.NewGPU("b", "GB100")
	nonce, height := a.nonce(a.key2, types.EVIDENCE_KIND_NVIDIA)
	res, err = a.msg.Attest(a.ctx, &types.MsgAttest{Sender: account(0), DeviceId: a.key2.Text(), NonceHeight: height, Evidence: other.Evidence(nonce, false)})
	require.NoError(t, err, "a device may change its chip")
	require.EqualValues(t, 24, res.FromEpoch, "and counts from the next epoch again")
	_, err = a.prove(a.key1, a.gpu, false)
	require.NoError(t, err, "the old chip is free")
	a.holds()

	require.NoError(t, a.retire(account(0), a.key1.Text()))
	a.holds()
	require.NoError(t, a.offer(account(0), a.key2.Text(), account(2)))
	_, err = a.msg.AcceptDevice(a.ctx, &types.MsgAcceptDevice{NewOwner: account(2), DeviceId: a.key2.Text()})
	require.NoError(t, err)
	require.Empty(t, a.export().Attestations, "a sold or retired device has none")
	a.holds()
}

// TestStrangersChip: a nonce is public, so a stranger's chip can answer it for anybody's device; it displaces no chip
// in force.
func TestStrangersChip(t *testing.T) {
	a := newAttested(newFixture(t))
	stranger := testutil.NewGPU("b", "GB100")
	_, err := a.prove(a.key1, a.gpu, false)
	require.NoError(t, err)
	for _, epoch := range []uint64{10, 22} {
		a.epochs.number = epoch
		a.blocks(1)
		before := a.export()
		_, err = a.prove(a.key1, stranger, false)
		require.ErrorIs(t, err, types.ErrChipInForce)
		require.ErrorContains(t, err, "the owner may release it")
		require.Equal(t, before, a.export())
		require.EqualValues(t, 1_100_000, a.tier(a.key1, 11))
	}
	_, err = a.prove(a.key1, a.gpu, true)
	require.NoError(t, err, "the device has not lost its answer to the nonce, and anybody may carry a renewal")
	a.epochs.number = 50
	a.blocks(1)
	_, err = a.prove(a.key1, stranger, false)
	require.NoError(t, err, "what has lapsed protects nothing")
	a.holds()
}

// TestRevocation: a listed key or firmware ends the tier at once, and no evidence with it is taken.
func TestRevocation(t *testing.T) {
	for name, hash := range map[string]func(a *attested) []byte{
		"leaf":     func(a *attested) []byte { return testutil.KeyHashOf(a.gpu.Certificates[0]) },
		"chip":     func(a *attested) []byte { return testutil.KeyHashOf(a.gpu.Certificates[1]) },
		"root":     func(a *attested) []byte { return a.gpu.Root() },
		"firmware": func(a *attested) []byte { return a.gpu.Firmware },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAttested(newFixture(t))
			_, err := a.prove(a.key1, a.gpu, false)
			require.NoError(t, err)
			require.NoError(t, a.revoke(hash(a)))
			require.EqualValues(t, types.BaseTierPpm, a.tier(a.key1, 11))
			a.blocks(1)
			for _, renewal := range []bool{true, false} {
				_, err = a.prove(a.key1, a.gpu, renewal)
				require.ErrorIs(t, err, types.ErrEvidenceRevoked)
			}
			view, err := a.query.Attestation(a.ctx, &types.QueryAttestationRequest{DeviceId: a.key1.Text()})
			require.NoError(t, err)
			require.True(t, view.Revoked)
			list, err := a.query.Revocations(a.ctx, &types.QueryRevocationsRequest{})
			require.NoError(t, err)
			require.Equal(t, []types.Revocation{{Hash: hash(a)}}, list.Revocations)
			_, err = a.msg.UpdateRevocations(a.ctx, &types.MsgUpdateRevocations{Authority: a.k.Authority(), Remove: [][]byte{hash(a)}})
			require.NoError(t, err)
			require.EqualValues(t, 1_100_000, a.tier(a.key1, 11), "a mistake can be taken back")
		})
	}
	a := newAttested(newFixture(t))
	require.ErrorIs(t, a.revoke(make([]byte, 31)), types.ErrInvalidRevocations)
	require.NoError(t, a.revoke(make([]byte, 32)))
	require.ErrorIs(t, a.revoke(make([]byte, 32)), types.ErrInvalidRevocations, "twice")
	_, err := a.msg.UpdateRevocations(a.ctx, &types.MsgUpdateRevocations{Authority: account(0), Add: [][]byte{make([]byte, 48)}})
	require.ErrorIs(t, err, types.ErrUnauthorized)
	_, err = a.msg.UpdateRevocations(a.ctx, &types.MsgUpdateRevocations{Authority: a.k.Authority()})
	require.ErrorIs(t, err, types.ErrInvalidRevocations)
	full := false
	for i := range types.MaxRevokedFirmware + 1 {
		hash := make([]byte, 48)
		hash[0], hash[1] = byte(i), byte(i>>8)
		err = a.revoke(hash)
		full = err != nil
	}
	require.True(t, full)
	require.ErrorIs(t, err, types.ErrInvalidRevocations)
}

// TestRenewalFollowsTheParameters: what a renewal takes from the last attestation must still be trusted.
func TestRenewalFollowsTheParameters(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(a *attested)
		text   string
	}{
		"family":  {func(a *attested) { a.params(func(p *types.EvidenceParams) { p.NvidiaFamilies = []string{"GB100"} }) }, "family"},
		"root":    {func(a *attested) { a.params(func(p *types.EvidenceParams) { p.NvidiaRoots = p.NvidiaRoots[:1] }) }, "root"},
		"expired": {func(a *attested) { a.ctx = a.ctx.WithBlockTime(testutil.ChipsValidUntil.AddDate(0, 0, 1)) }, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAttested(newFixture(t))
			_, err := a.prove(a.key1, a.gpu, false)
			require.NoError(t, err)
			a.blocks(1)
			tc.change(a)
			_, err = a.prove(a.key1, a.gpu, true)
			require.ErrorIs(t, err, types.ErrEvidenceRefused)
			require.ErrorContains(t, err, tc.text)
		})
	}
	a := newAttested(newFixture(t))
	_, err := a.proveTPM(false)
	require.NoError(t, err)
	a.blocks(1)
	a.params(func(p *types.EvidenceParams) { p.TpmRoots = nil })
	for _, renewal := range []bool{true, false} {
		_, err = a.proveTPM(renewal)
		require.ErrorIs(t, err, types.ErrEvidenceRefused)
	}
}

// TestWindowSeeds: an NVIDIA chip answers seeds of GPU windows alone, unless the parameters say otherwise.
func TestWindowSeeds(t *testing.T) {
	a := newAttestedWith(newFixture(t), seeds{97: true, 40: true})
	require.Panics(t, func() { a.k.SetWindowSeeds(seeds(nil)) }, "set once")
	nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
	require.EqualValues(t, 97, height)
	_, tpmHeight := a.nonce(a.tpmKey, types.EVIDENCE_KIND_TPM)
	require.EqualValues(t, 99, tpmHeight)
	_, err := a.send(a.key1, 98, a.gpu.Evidence(nonce, false))
	require.ErrorIs(t, err, types.ErrNonceHeight)
	_, err = a.send(a.key1, height, a.gpu.Evidence(nonce, false))
	require.NoError(t, err)
	a.blocks(60)
	_, err = a.query.AttestNonce(a.ctx, &types.QueryAttestNonceRequest{DeviceId: a.key1.Text(), Kind: types.EVIDENCE_KIND_NVIDIA})
	require.ErrorIs(t, err, types.ErrNonceHeight)
	a.params(func(p *types.EvidenceParams) { p.GpuWindowSeeds = false })
	_, err = a.prove(a.key1, a.gpu, true)
	require.NoError(t, err)
}

// TestEvidenceGas: the gas is charged before anything is verified, and in full where the evidence fails.
func TestEvidenceGas(t *testing.T) {
	a := newAttested(newFixture(t))
	nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
	bad := a.gpu.Evidence(nonce, false)
	bad.GetNvidia().Report[10] ^= 1
	a.ctx = a.ctx.WithGasMeter(storetypes.NewGasMeter(100_000_000))
	_, err := a.send(a.key1, height, bad)
	require.ErrorIs(t, err, types.ErrEvidenceRefused)
	want := bad.Gas(0)
	require.Greater(t, want, uint64(3_000_000))
	require.GreaterOrEqual(t, a.ctx.GasMeter().GasConsumed(), want)
	require.Less(t, a.ctx.GasMeter().GasConsumed(), want+100_000)

	a.ctx = a.ctx.WithGasMeter(storetypes.NewGasMeter(want - 1))
	require.PanicsWithValue(t, storetypes.ErrorOutOfGas{Descriptor: "hardware evidence"}, func() { _, _ = a.send(a.key1, height, bad) })

	a.ctx = a.ctx.WithGasMeter(storetypes.NewGasMeter(100_000_000))
	_, err = a.send(a.key1, height, types.HardwareEvidence{Kind: &types.HardwareEvidence_Nvidia{Nvidia: &types.NvidiaEvidence{Report: make([]byte, 9000)}}})
	require.ErrorIs(t, err, types.ErrInvalidEvidence)
	require.Less(t, a.ctx.GasMeter().GasConsumed(), uint64(100_000), "sizes are refused for nothing")
}
