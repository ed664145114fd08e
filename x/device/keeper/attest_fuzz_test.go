package keeper_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
	"github.com/joulechain/joule/x/device/types"
)

var updateSeeds = flag.Bool("update-seeds", false, "write the fuzz seeds of messages anew")

func keyKind(a types.Attestation) x509chain.KeyKind { return x509chain.KeyKind(a.KeyKind) }

// honest are the messages that the chips of proven would send next, and the bytes that each of them signed.
func honest(a *attested) (messages map[string]types.MsgAttest, signed [][]byte) {
	a.Helper()
	messages = map[string]types.MsgAttest{}
	for name, renewal := range map[string]bool{"first": false, "renewal": true} {
		nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
		gpu := a.gpu.Evidence(nonce, renewal)
		messages["nvidia_"+name] = types.MsgAttest{Sender: account(4), DeviceId: a.key1.Text(), NonceHeight: height, Evidence: gpu}
		nonce, height = a.nonce(a.tpmKey, types.EVIDENCE_KIND_TPM)
		soft := a.soft.Evidence(a.tpmKey.Public, nonce, renewal)
		messages["tpm_"+name] = types.MsgAttest{Sender: account(4), DeviceId: a.tpmKey.Text(), NonceHeight: height, Evidence: soft}
		report := gpu.GetNvidia().Report
		signed = append(signed, report[:len(report)-96], soft.GetTpm().Attest)
	}
	return messages, signed
}

// attestSeeds are messages of every kind, whole and broken, as a transaction would carry them.
func attestSeeds(t testing.TB, a *attested) map[string][]byte {
	t.Helper()
	seeds := map[string][]byte{"empty": {}}
	messages, _ := honest(a)
	for name, m := range messages {
		bz, err := m.Marshal()
		require.NoError(t, err)
		seeds[name], seeds[name+"_cut"] = bz, bz[:len(bz)-1]
		m.NonceHeight--
		seeds[name+"_other_height"], err = m.Marshal()
		require.NoError(t, err)
	}
	crossed := messages["nvidia_first"]
	crossed.DeviceId = a.tpmKey.Text()
	bz, err := crossed.Marshal()
	require.NoError(t, err)
	seeds["nvidia_for_a_tpm_key"] = bz
	return seeds
}

// TestAttestSeeds: the committed seeds of FuzzAttest are still what the chips say, so that the fuzzer starts behind the
// signatures.
func TestAttestSeeds(t *testing.T) {
	a := proven(t)
	a.blocks(1)
	for name, bz := range attestSeeds(t, a) {
		path := filepath.Join("testdata", "fuzz", "FuzzAttest", name)
		text := fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", bz)
		if *updateSeeds {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, text, 0o600))
		}
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(text), string(have), "%s: go test ./x/device/keeper -run TestAttestSeeds -update-seeds", name)
	}
}

// FuzzAttest decodes messages as a transaction carries them and lets the module judge them. Nothing panics; nothing is
// accepted but what the chips signed; what is refused changes nothing; and whatever has the shape of evidence has paid
// for its verification.
func FuzzAttest(f *testing.F) {
	a := proven(f)
	a.blocks(1)
	_, signed := honest(a)
	before := a.export()
	f.Fuzz(func(t *testing.T, bz []byte) {
		var m types.MsgAttest
		if m.Unmarshal(bz) != nil {
			return
		}
		ctx, _ := a.ctx.CacheContext()
		ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
		_, err := a.msg.Attest(ctx, &m)
		if err == nil || isVerdict(err) {
			known := types.Attestation{}
			if id, idErr := types.ParseDeviceID(m.DeviceId); idErr == nil {
				known, _ = a.k.Attestations.Get(a.ctx, id)
			}
			require.GreaterOrEqual(t, ctx.GasMeter().GasConsumed(), m.Evidence.Gas(keyKind(known)))
		}
		g, exportErr := a.k.ExportGenesis(ctx)
		require.NoError(t, exportErr)
		if err != nil {
			require.Equal(t, before, g)
			return
		}
		statement := m.Evidence.GetTpm().GetAttest()
		if report := m.Evidence.GetNvidia().GetReport(); report != nil {
			statement = report[:len(report)-96]
		}
		require.True(t, slices.ContainsFunc(signed, func(s []byte) bool { return bytes.Equal(s, statement) }), "accepted what no chip signed")
		require.NoError(t, g.Validate())
	})
}

// isVerdict tells whether the evidence itself was looked at.
func isVerdict(err error) bool {
	return errors.Is(err, types.ErrEvidenceRefused) || errors.Is(err, types.ErrEvidenceRevoked) || errors.Is(err, types.ErrChipTaken)
}
