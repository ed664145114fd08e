package types_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// prose is a document with its lines joined, so that a sentence may wrap anywhere.
func prose(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text)), " ")
}

// figures are the numbers that a pattern's groups find in a document; the pattern must occur exactly once.
func figures(t *testing.T, document, pattern string) []uint64 {
	t.Helper()
	found := regexp.MustCompile(strings.ReplaceAll(pattern, "#", `([0-9][0-9,]*)`)).FindAllStringSubmatch(document, -1)
	require.Len(t, found, 1, "%q", pattern)
	var out []uint64
	for _, text := range found[0][1:] {
		n, err := strconv.ParseUint(strings.ReplaceAll(text, ",", ""), 10, 64)
		require.NoError(t, err)
		out = append(out, n)
	}
	return out
}

func radioItem(phase types.Phase, size int) types.Evidence {
	return types.Evidence{WorkClass: devicetypes.WORK_CLASS_RADIO, Phase: phase, Payload: make([]byte, size)}
}

// TestReadmeGas compares the README's gas of each kind of item with LaneGas.
func TestReadmeGas(t *testing.T) {
	readme := prose(t, "../README.md")
	gas := func(e types.Evidence) uint64 {
		t.Helper()
		got, err := types.LaneGas(&types.MsgSubmitWork{Evidence: []types.Evidence{e}}, types.DefaultParams())
		require.NoError(t, err)
		return got
	}
	item := func(e types.Evidence) uint64 { return gas(e) - types.LaneGasBase }
	beacon := func(receipts int) types.Evidence { return radioItem(types.PHASE_OPEN, 98+76*receipts) }
	require.Equal(t, []uint64{gas(sample()), item(sample())}, figures(t, readme, `commitment is # gas alone, # in a larger batch`))
	require.Equal(t, []uint64{item(diskProof(1)), item(diskProof(4))}, figures(t, readme, `strength 4 is # with one proof \(.{1,40}\) and # with four`))
	require.Equal(t, []uint64{item(beacon(4)), item(beacon(14))}, figures(t, readme, `beacon with 4 receipts is # and one with 14 #,`))
	require.Equal(t, []uint64{item(radioItem(types.PHASE_COMMIT, radio.HashSize))}, figures(t, readme, `a witness's commitment #,`))
	require.Equal(t, []uint64{item(radioItem(types.PHASE_PROVE, 84+4*32))}, figures(t, readme, `a late receipt with 4 hashes #\.`))
	require.Equal(t, []uint64{radio.CostLate(0)}, figures(t, readme, `# \+ d \(a late receipt\)`))
	require.Equal(t, []uint64{radio.CostLate(0)}, figures(t, prose(t, "../proof/radio/SPEC.md"), `late receipt of d hashes costs # \+ d`))
}

// TestFakeablePlots computes the disk SPEC's table of what one card that stores nothing can claim, from the times that
// it quotes and from mainnet's parameters at 6 s a block.
func TestFakeablePlots(t *testing.T) {
	const blockDeciseconds = 60
	spec, p := prose(t, "../proof/disk/SPEC.md"), types.DefaultDiskParams()
	quoted := regexp.MustCompile(`RTX 5090 \(([0-9., ]+) s at base`).FindStringSubmatch(spec)
	require.Len(t, quoted, 2)
	window := p.WindowBlocks * blockDeciseconds
	says := func(text string) { require.True(t, strings.Contains(spec, text), "SPEC.md lacks %q", text) }
	says(fmt.Sprintf("%d MiB a plot, windows of %d s", disk.PlotUnits(uint8(p.MinK))/16, window/10))
	says(fmt.Sprintf("| strength | 8 cohorts | %d cohorts", p.Cohorts))
	for i, text := range strings.Split(quoted[1], ", ") {
		whole, tenths, ok := strings.Cut(text, ".")
		require.True(t, ok)
		deciseconds, err := strconv.ParseUint(whole+tenths, 10, 32)
		require.NoError(t, err)
		plots := uint64(window) / deciseconds
		mib := func(cohorts uint64) uint64 { return cohorts * plots * disk.PlotUnits(uint8(p.MinK)) / 16 }
		says(fmt.Sprintf("| %d | %d GiB | %d GiB |", disk.BaseStrength+i, mib(8)/1024, mib(uint64(p.Cohorts))/1024))
	}
}
