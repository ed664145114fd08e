package disksim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSteered prints what a coalition of c beacon keys earns in a window whose block it proposes (c+2 outcomes to
// choose from), against an honest device. SPEC.md has the table.
func TestSteered(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| λ, r | c = 0 | c = 10 | c = 33 |\n| --- | --- | --- | --- |\n")
	for _, rules := range []Rules{{1, 4}, {4, 8}, {8, 16}} {
		honest := Steered(rules, 1)
		fmt.Fprintf(&b, "| %g, %d |", rules.Lambda, rules.Cap)
		for _, keys := range []int{0, 10, 33} {
			fmt.Fprintf(&b, " %.2f |", Steered(rules, keys+2)/honest)
		}
		b.WriteString("\n")
	}
	t.Log(b.String())
	require.InDelta(t, 0.9957, Steered(Rules{1, 4}, 1), 0.0002, "P(N ≥ 1) + … + P(N ≥ 4) for λ = 1")
	require.Less(t, Steered(Rules{1, 4}, 35), 4.0)
	require.Greater(t, Steered(Rules{1, 4}, 35)/Steered(Rules{1, 4}, 1), Steered(Rules{4, 8}, 35)/Steered(Rules{4, 8}, 1), "a larger λ leaves less to steer")
}
