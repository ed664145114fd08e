package emissions_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/report"
	"github.com/joulechain/joule/x/emissions/types"
)

var update = flag.Bool("update", false, "rewrite the emission table in docs/emissions.md")

const (
	docs       = "../../docs/emissions.md"
	tableBegin = "<!-- emission table: begin -->\n"
	tableEnd   = "<!-- emission table: end -->\n"
	// Mainnet's epoch.
	epochBlocks   = 600
	epochsPerYear = types.BlocksPerYear / epochBlocks
	years         = 40
)

// emissionTable computes the largest possible emission, epoch by epoch, with the default parameters and the module's
// own arithmetic.
func emissionTable() string {
	params := types.DefaultParams()
	var b strings.Builder
	b.WriteString("| year | reserve at its start | budget |")
	for _, c := range params.Classes {
		fmt.Fprintf(&b, " %s |", report.Name(c.WorkClass))
	}
	b.WriteString(" validators | community | emitted since genesis |\n|")
	b.WriteString(strings.Repeat(" ---: |", 6+len(params.Classes)) + "\n")
	supply := types.NewSupply(math.ZeroInt())
	for year := 1; year <= years; year++ {
		start := supply.Reserve()
		budget, validators, community := math.ZeroInt(), math.ZeroInt(), math.ZeroInt()
		pools := make([]math.Int, len(params.Classes))
		for i := range pools {
			pools[i] = math.ZeroInt()
		}
		for range epochsPerYear {
			e := types.Budget(supply.Reserve(), epochBlocks, params.SpeedBps)
			v, c := types.Part(e, params.ValidatorsBps), types.Part(e, params.CommunityBps)
			budget, validators, community = budget.Add(e), validators.Add(v), community.Add(c)
			supply.Minted = supply.Minted.Add(v).Add(c)
			for i, share := range params.Classes {
				p := types.Pool(e, share.ShareBps, share.BaselineUnits, share.BaselineUnits)
				pools[i] = pools[i].Add(p)
				supply.Minted = supply.Minted.Add(p)
			}
		}
		fmt.Fprintf(&b, "| %d | %s | %s |", year, joule(start), joule(budget))
		for _, p := range pools {
			fmt.Fprintf(&b, " %s |", joule(p))
		}
		fmt.Fprintf(&b, " %s | %s | %s |\n", joule(validators), joule(community), joule(supply.Total()))
	}
	return b.String()
}

// joule writes whole JOULE, floored, with thousands separated.
func joule(ujoule math.Int) string {
	digits := ujoule.QuoRaw(1_000_000).String()
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// The table in the docs is what the code emits. After a change of the rules: go test ./x/emissions -run Table -update
func TestEmissionTable(t *testing.T) {
	require.Zero(t, types.BlocksPerYear%epochBlocks)
	doc, err := os.ReadFile(docs)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(doc), tableBegin)
	require.True(t, ok, "docs/emissions.md lost its table's begin mark")
	have, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "docs/emissions.md lost its table's end mark")
	want := emissionTable()
	if *update {
		require.NoError(t, os.WriteFile(docs, []byte(before+tableBegin+want+tableEnd+after), 0o644))
		return
	}
	require.Equal(t, want, have)
}
