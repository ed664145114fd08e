package nvidia

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// sampleTime lies inside every sample's validity.
const sampleTime = 1_780_000_000

// sample is an attestation that a real GPU made.
type sample struct {
	name   string
	chain  [][]byte
	report []byte
	nonce  [NonceSize]byte
	// text as other software read it from the same report; empty where the file does not say.
	driver, vbios string
}

// samplePolicy accepts the chips of the samples.
func samplePolicy() Policy {
	return Policy{Roots: []x509chain.KeyHash{DeviceIdentityRoot}, Families: []string{"GH100", "GB100"}}
}

// samples reads $JOULE_VECTORS/gpu/nvidia (default ../shared/vectors beside the repository): *.json with a list of
// {certificate, evidence, nonce}, and pairs x_report.hex and x_chain.pem. It fails where the variable is set and
// nothing is there, and skips where neither exists.
func samples(tb testing.TB) (all []sample) {
	tb.Helper()
	root := os.Getenv("JOULE_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
		if _, err := os.Stat(root); err != nil {
			tb.Skip("no vectors: set JOULE_VECTORS, or put them at ../shared/vectors beside the repository")
		}
	}
	folder := filepath.Join(root, "gpu", "nvidia")
	lists, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(tb, err)
	for _, name := range lists {
		all = append(all, evidenceList(tb, name)...)
	}
	reports, err := filepath.Glob(filepath.Join(folder, "*_report.hex"))
	require.NoError(tb, err)
	for _, name := range reports {
		chain, err := os.ReadFile(strings.TrimSuffix(name, "_report.hex") + "_chain.pem")
		require.NoError(tb, err)
		text, err := os.ReadFile(name)
		require.NoError(tb, err)
		report, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		require.NoError(tb, err)
		all = append(all, sample{name: filepath.Base(name), chain: certificates(tb, chain), report: report, nonce: [NonceSize]byte(report[4:])})
	}
	require.NotEmpty(tb, all, "%s holds no samples", folder)
	return all
}

func evidenceList(tb testing.TB, name string) (all []sample) {
	tb.Helper()
	text, err := os.ReadFile(name)
	require.NoError(tb, err)
	var list []struct {
		Certificate, Evidence, Nonce string
		Driver                       string `json:"driver_version"`
		VBIOS                        string `json:"vbios_version"`
	}
	require.NoError(tb, json.Unmarshal(text, &list))
	for i, e := range list {
		chain, err := base64.StdEncoding.DecodeString(e.Certificate)
		require.NoError(tb, err)
		report, err := base64.StdEncoding.DecodeString(e.Evidence)
		require.NoError(tb, err)
		nonce, err := hex.DecodeString(e.Nonce)
		require.NoError(tb, err)
		all = append(all, sample{
			name: filepath.Base(name) + "#" + strconv.Itoa(i), chain: certificates(tb, chain), report: report,
			nonce: [NonceSize]byte(nonce), driver: e.Driver, vbios: e.VBIOS,
		})
	}
	return all
}

func certificates(tb testing.TB, text []byte) (chain [][]byte) {
	tb.Helper()
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		chain = append(chain, block.Bytes)
	}
	require.NotEmpty(tb, chain)
	return chain
}

// TestConformanceNVIDIA verifies attestations of real GPUs.
func TestConformanceNVIDIA(t *testing.T) {
	all := samples(t)
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			id, report, err := Verify(samplePolicy(), s.chain, s.nonce, s.report, sampleTime)
			require.NoError(t, err)
			require.Len(t, report.Measurements, 64)
			require.NotEmpty(t, report.Fields.Driver)
			if s.driver != "" {
				require.Equal(t, s.driver, report.Fields.Driver)
				require.Equal(t, s.vbios, report.Fields.VBIOS)
			}
			require.EqualValues(t, 253402300799, id.NotAfter, "31 December 9999")
			t.Logf("%s, chip %x, driver %s, VBIOS %s, board %d, %s-%s, firmware id in the report: %t",
				id.Name, id.ChipID[:4], report.Fields.Driver, report.Fields.VBIOS, report.Fields.Board, report.Fields.Project, report.Fields.ProjectSKU,
				report.Fields.HasFirmware)
		})
	}
	t.Logf("%d attestations checked", len(all))
}

// TestConformanceNVIDIAChipIDs: one chip has one id in every sample, and two chips have two.
func TestConformanceNVIDIAChipIDs(t *testing.T) {
	names, ids := map[[32]byte]string{}, map[string][32]byte{}
	for _, s := range samples(t) {
		id, err := VerifyChain(samplePolicy(), s.chain, sampleTime)
		require.NoError(t, err)
		if name, ok := names[id.ChipID]; ok {
			require.Equal(t, name, id.Name, "two chips share an id")
		}
		if other, ok := ids[id.Name]; ok {
			require.Equal(t, other, id.ChipID, "one chip has two ids")
		}
		names[id.ChipID], ids[id.Name] = id.Name, id.ChipID
	}
	t.Logf("%d chips", len(names))
}
