package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// BenchmarkAttest measures a whole message (state, verification, records), accepted each time, and shows its gas beside
// it: evidence-gas is what the verification is charged, gas all that the message consumes.
func BenchmarkAttest(b *testing.B) {
	for name, tc := range map[string]struct {
		kind    types.EvidenceKind
		renewal bool
	}{
		"nvidia": {types.EVIDENCE_KIND_NVIDIA, false}, "nvidia-renewal": {types.EVIDENCE_KIND_NVIDIA, true},
		"tpm": {types.EVIDENCE_KIND_TPM, false}, "tpm-renewal": {types.EVIDENCE_KIND_TPM, true},
	} {
		b.Run(name, func(b *testing.B) {
			a := proven(b)
			a.blocks(1)
			key := a.key1
			if tc.kind == types.EVIDENCE_KIND_TPM {
				key = a.tpmKey
			}
			nonce, height := a.nonce(key, tc.kind)
			e := a.gpu.Evidence(nonce, tc.renewal)
			if tc.kind == types.EVIDENCE_KIND_TPM {
				e = a.soft.Evidence(key.Public, nonce, tc.renewal)
			}
			last, err := a.k.Attestations.Get(a.ctx, key.ID())
			require.NoError(b, err)
			attest(b, a, key, height, e)
			b.ReportMetric(float64(e.Gas(keyKind(last))), "evidence-gas")
		})
	}
	b.Run("refused", func(b *testing.B) {
		a := proven(b)
		a.blocks(1)
		nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
		e := a.gpu.Evidence(nonce, false)
		e.GetNvidia().Report[len(e.GetNvidia().Report)-1] ^= 1
		for b.Loop() {
			ctx, _ := a.ctx.CacheContext()
			_, err := a.msg.Attest(ctx, &types.MsgAttest{Sender: account(4), DeviceId: a.key1.Text(), NonceHeight: height, Evidence: e})
			require.ErrorIs(b, err, types.ErrEvidenceRefused)
		}
		b.ReportMetric(float64(e.Gas(0)), "evidence-gas")
	})
	b.Run("tier", func(b *testing.B) {
		a := proven(b)
		for b.Loop() {
			_, err := a.k.TierPpm(a.ctx, a.key1.ID(), 11)
			require.NoError(b, err)
		}
	})
}

func attest(b *testing.B, a *attested, key testutil.Key, height int64, e types.HardwareEvidence) {
	b.Helper()
	gas := uint64(0)
	for b.Loop() {
		ctx, _ := a.ctx.CacheContext()
		ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
		_, err := a.msg.Attest(ctx, &types.MsgAttest{Sender: account(4), DeviceId: key.Text(), NonceHeight: height, Evidence: e})
		require.NoError(b, err)
		gas = ctx.GasMeter().GasConsumed()
	}
	b.ReportMetric(float64(gas), "gas")
}
