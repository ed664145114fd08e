package disksim

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// JOULE_DISKSIM_PLOTS and JOULE_DISKSIM_EPOCHS set the size of the simulation. The table of SPEC.md has 300 and 1,500,
// which takes some minutes; the default shows the same in seconds with wider noise.
const (
	plotsVariable, epochsVariable = "JOULE_DISKSIM_PLOTS", "JOULE_DISKSIM_EPOCHS"
	defaultPlots, defaultEpochs   = 40, 400
)

func size(t *testing.T, name string, standard int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// row is a strategy with the share of an honest device's pay that its stored plots are worth.
type row struct {
	name   string
	stored float64
	units  []float64
}

func rows(all Epochs, rules Rules, plots float64) []row {
	pay := func(s Strategy) []float64 { return Pay(all, rules, s) }
	lucky := func(_ int, past []float64) bool { return len(past) == 0 || past[len(past)-1] > 0 }
	return []row{
		{"all plots, claim all", 1, pay(Stores(plots, plots))},
		{"half, claim all", 0.5, pay(Stores(plots/2, plots))},
		{"a tenth, claim all", 0.1, pay(Stores(plots/10, plots))},
		{"none, claim all", 0, pay(Stores(0, plots))},
		{"all, claim twice as many", 1, pay(Stores(plots, 2*plots))},
		{"all, claim ten times as many", 1, pay(Stores(plots, 10*plots))},
		{"all, claim half", 0.5, pay(Stores(plots, plots/2))},
		{"all, claim a tenth", 0.1, pay(Stores(plots, plots/10))},
		{"all, silent in every second epoch", 0.5, pay(Silent(Stores(plots, plots), func(e int, _ []float64) bool { return e%2 == 0 }))},
		{"all, silent after a paid epoch", -1, pay(Silent(Stores(plots, plots), func(e int, past []float64) bool { return !lucky(e, past) || e == 0 }))},
		{"all, claim changes between all and a quarter", 0.625, pay(Changing(plots, func(e int, _ []float64) float64 { return plots / float64(1+3*(e%2)) }))},
		{"all, claim doubled after luck, halved after none", -1, pay(Changing(plots, func(e int, past []float64) float64 {
			if lucky(e, past) {
				return 2 * plots
			}
			return plots
		}))},
		{"half of every plot's sets, claim all", 1.0 / 16, pay(PartialSets(plots, 0.5))},
		{"ten identities with a tenth each", 1, Identities(all, rules, plots, 10)},
	}
}

// TestPayIsLinear pays strategies with the chains of real plots: nothing earns more a stored plot than honesty.
func TestPayIsLinear(t *testing.T) {
	plots, epochs := size(t, plotsVariable, defaultPlots), size(t, epochsVariable, defaultEpochs)
	device := [20]byte{7}
	farm := Farm{
		Folder: t.TempDir(), Owner: disk.Owner{ChainID: "joule-disksim-1", DeviceID: device[:]},
		Params: proof.Params{K: 18, Strength: proof.BaseStrength}, Plots: uint64(plots),
	}
	ctx := context.Background()
	store, err := Plant(ctx, farm)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	all, err := Ask(ctx, store, farm, epochs)
	require.NoError(t, err)

	// Units are paid by what is stored: all that follows is measured against the chains that these plots really have.
	chains := 0
	for _, lots := range all {
		chains += len(lots)
	}
	mean := float64(chains) / float64(plots*epochs)
	t.Logf("%d plots of k=18, %d epochs: %.3f chains a plot and epoch", plots, epochs, mean)
	require.InDelta(t, 1, mean, 0.1)

	rules := Rules{Lambda: 1, Cap: 4}
	honest := Summary(Pay(all, rules, Stores(float64(plots), float64(plots))))
	var table strings.Builder
	fmt.Fprintf(&table, "\n| strategy | stored | mean pay | of honest pay | spread of one epoch |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rows(all, rules, float64(plots)) {
		s := Summary(r.units)
		fmt.Fprintf(&table, "| %s | %s | %.3f ± %.3f | %.2f | %.2f |\n", r.name, stored(r.stored), s.Mean/float64(plots), s.Error/float64(plots), s.Mean/honest.Mean, s.Spread/float64(plots))
		noise := 5 * math.Hypot(s.Error, honest.Error)
		if r.stored < 0 {
			require.LessOrEqual(t, s.Mean, honest.Mean+noise, "%s earns more than honesty", r.name)
			continue
		}
		// The cap takes some from all who have many chains, so a claim that is too low or too high moves pay by a few
		// per cent.
		require.InDelta(t, r.stored*honest.Mean, s.Mean, noise+0.08*honest.Mean, r.name)
		require.LessOrEqual(t, s.Mean, r.stored*honest.Mean+noise+0.04*honest.Mean, "%s earns more than its storage", r.name)
	}
	t.Log(table.String())
	t.Log(caps(all, plots))
}

func stored(part float64) string {
	if part < 0 {
		return "1"
	}
	return strconv.FormatFloat(part, 'g', 3, 64)
}

// caps shows what the cap and the number of claimed plots cost an honest device.
func caps(all Epochs, plots int) string {
	var b strings.Builder
	b.WriteString("\nMean pay of an honest device, of the chains it has, by claimed plots (columns) and rules (rows)\n\n| λ, r |")
	claims := []int{1, 2, 4, 8, 16, 40, 100, 400}
	for _, q := range claims {
		if q <= plots {
			fmt.Fprintf(&b, " %d |", q)
		}
	}
	b.WriteString("\n")
	for _, rules := range []Rules{{1, 1}, {1, 2}, {1, 4}, {1, 8}, {1, 16}, {4, 8}, {4, 16}, {8, 16}} {
		fmt.Fprintf(&b, "| %g, %d |", rules.Lambda, rules.Cap)
		for _, q := range claims {
			if q > plots {
				continue
			}
			sum, free := 0.0, 0.0
			// Every group of q plots is a device of its own.
			devices := plots / q
			for _, u := range Identities(all, rules, float64(devices*q), devices) {
				sum += u
			}
			for _, u := range Identities(all, Rules{rules.Lambda, math.MaxInt}, float64(devices*q), devices) {
				free += u
			}
			fmt.Fprintf(&b, " %.3f |", sum/free)
		}
		b.WriteString("\n")
	}
	return b.String()
}
