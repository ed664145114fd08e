package radio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParamsValidate(t *testing.T) {
	require.NoError(t, DefaultParams().Validate())
	for name, change := range map[string]func(*Params){
		"min_distance":        func(p *Params) { p.MinDistance = 0 },
		"min_distance above":  func(p *Params) { p.MinDistance = p.MaxDistance + 1 },
		"max_distance":        func(p *Params) { p.MaxDistance = 100_001 },
		"frequency_tolerance": func(p *Params) { p.FrequencyTolerance = 128 },
		"rssi_margin":         func(p *Params) { p.RSSIMargin = 11 },
		"max_backoff":         func(p *Params) { p.MaxBackoff = MaxBackoff + 1 },
		"slots":               func(p *Params) { p.Slots = MaxSlots + 1 },
		"no slots":            func(p *Params) { p.Slots = 0 },
		"slot_millis":         func(p *Params) { p.SlotMillis = 0 },
		"reciprocity_seconds": func(p *Params) { p.ReciprocitySeconds = 0 },
		"edge_limit":          func(p *Params) { p.EdgeLimit = 0 },
		"witness_cell":        func(p *Params) { p.WitnessCell = 16 },
		"chain_steps":         func(p *Params) { p.ChainSteps = MaxChainSteps + 1 },
		"curve":               func(p *Params) { p.Curve.Target = 0 },
		"density":             func(p *Params) { p.Density[0].Target = 0 },
	} {
		p := DefaultParams()
		change(&p)
		require.ErrorIs(t, p.Validate(), ErrParams, name)
	}
}
