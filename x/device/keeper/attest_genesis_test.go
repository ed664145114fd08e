package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/types"
)

// proven has an attested GPU, an attested TPM and two revocations.
func proven(tb testing.TB) *attested {
	tb.Helper()
	a := newAttested(newFixture(tb))
	_, err := a.prove(a.key1, a.gpu, false)
	require.NoError(tb, err)
	_, err = a.proveTPM(false)
	require.NoError(tb, err)
	require.NoError(tb, a.revoke(make([]byte, 32)))
	require.NoError(tb, a.revoke(make([]byte, 48)))
	return a
}

func TestAttestationsSurviveAnExport(t *testing.T) {
	a := proven(t)
	exported := a.export()
	require.Len(t, exported.Attestations, 2)
	require.Len(t, exported.Revocations, 2)
	require.NoError(t, exported.Validate())
	g := newEmptyFixture(t)
	g.bank.InitGenesis(g.ctx, a.bank.ExportGenesis(a.ctx))
	require.NoError(t, g.k.InitGenesis(g.ctx, *exported))
	require.Equal(t, exported, g.export())
	g.holds()
	g.k.SetWindowSeeds(seeds(nil))
	b := *a
	b.fixture = g
	g.ctx = g.ctx.WithBlockTime(a.ctx.BlockTime()).WithBlockHeight(200)
	_, err := b.prove(b.key1, b.gpu, true)
	require.NoError(t, err, "the imported chain goes on with renewals")
}

func TestAttestationGenesisRefused(t *testing.T) {
	a := proven(t)
	tpm := 0
	if a.export().Attestations[0].Kind == types.EVIDENCE_KIND_NVIDIA {
		tpm = 1
	}
	gpu := 1 - tpm
	for name, change := range map[string]func(*types.GenesisState){
		"order": func(g *types.GenesisState) {
			g.Attestations[0], g.Attestations[1] = g.Attestations[1], g.Attestations[0]
		},
		"unknown device": func(g *types.GenesisState) {
			g.Attestations[1].DeviceId = make([]byte, 20)
			g.Attestations = g.Attestations[1:]
		},
		"another's chip":    func(g *types.GenesisState) { g.Attestations[0].ChipId = g.Attestations[1].ChipId },
		"chip id":           func(g *types.GenesisState) { g.Attestations[0].ChipId = nil },
		"kind":              func(g *types.GenesisState) { g.Attestations[0].Kind = 3 },
		"kind of another":   func(g *types.GenesisState) { g.Attestations[gpu].Kind = types.EVIDENCE_KIND_TPM },
		"epochs":            func(g *types.GenesisState) { g.Attestations[0].FromEpoch = 1_000 },
		"nonce height":      func(g *types.GenesisState) { g.Attestations[0].NonceHeight = g.Attestations[0].Height },
		"key":               func(g *types.GenesisState) { g.Attestations[gpu].Key = g.Attestations[gpu].Key[1:] },
		"key kind":          func(g *types.GenesisState) { g.Attestations[gpu].KeyKind += 256 },
		"key hashes":        func(g *types.GenesisState) { g.Attestations[gpu].KeyHashes = g.Attestations[gpu].KeyHashes[:4] },
		"key hash":          func(g *types.GenesisState) { g.Attestations[tpm].KeyHashes[0] = nil },
		"firmware":          func(g *types.GenesisState) { g.Attestations[gpu].Firmware = nil },
		"family":            func(g *types.GenesisState) { g.Attestations[gpu].Family = "" },
		"firmware of a TPM": func(g *types.GenesisState) { g.Attestations[tpm].Firmware = make([]byte, 48) },
		"revocations order": func(g *types.GenesisState) { g.Revocations[0], g.Revocations[1] = g.Revocations[1], g.Revocations[0] },
		"revocation size":   func(g *types.GenesisState) { g.Revocations[0].Hash = nil },
	} {
		g := a.export()
		require.NoError(t, g.Validate())
		change(g)
		require.ErrorIs(t, g.Validate(), types.ErrInvalidGenesis, name)
	}
}
