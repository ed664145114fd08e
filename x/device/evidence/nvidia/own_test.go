package nvidia

import (
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

var update = flag.Bool("update", false, "make testdata/own.json and the fuzz seeds anew")

// parseRoot gives the key that the chain's last certificate has.
func parseRoot(chain [][]byte) (x509chain.KeyHash, error) {
	root, err := x509chain.Parse(chain[len(chain)-1])
	if err != nil {
		return x509chain.KeyHash{}, err
	}
	return root.KeyHash, nil
}

// TestOwn verifies the committed attestation and compares what is read from it, so that a change of meaning shows in a
// diff.
func TestOwn(t *testing.T) {
	if *update {
		writeOwn(t)
	}
	own, policy := ownSample(t)
	id, report, err := Verify(policy, own.chain, own.nonce, own.report, sampleTime)
	require.NoError(t, err)
	require.Equal(t, own.driver, report.Fields.Driver)
	require.Equal(t, own.vbios, report.Fields.VBIOS)
	text, err := os.ReadFile("testdata/own.json")
	require.NoError(t, err)
	var want []struct {
		Chip string `json:"chip_id"`
		Name string `json:"name"`
	}
	require.NoError(t, json.Unmarshal(text, &want))
	require.Equal(t, want[0].Chip, hex.EncodeToString(id.ChipID[:]))
	require.Equal(t, want[0].Name, id.Name)
}

func writeOwn(t *testing.T) {
	t.Helper()
	p := newPlan(t)
	for _, template := range p.templates {
		template.NotBefore, template.NotAfter = forgeTime.AddDate(-5, 0, 0), forgeTime.AddDate(50, 0, 0)
	}
	var text []byte
	chain := p.chain(t)
	for _, certificate := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	}
	id, report, err := Verify(p.policy(t), chain, p.nonce, p.report(t), sampleTime)
	require.NoError(t, err)
	out, err := json.MarshalIndent([]map[string]any{{
		"certificate": text, "evidence": append(report.Signed, report.Signature[:]...), "nonce": hex.EncodeToString(p.nonce[:]),
		"driver_version": report.Fields.Driver, "vbios_version": report.Fields.VBIOS, "chip_id": hex.EncodeToString(id.ChipID[:]), "name": id.Name,
	}}, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("testdata/own.json", append(out, '\n'), 0o600))
}
