package ante

import (
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// fixedGasMeter shows one figure as limit and as consumption, whatever runs on it. It meters lane transactions, whose
// cost is bounded by their shape.
type fixedGasMeter struct{ gas storetypes.Gas }

var _ storetypes.GasMeter = fixedGasMeter{}

func newFixedGasMeter(gas storetypes.Gas) storetypes.GasMeter { return fixedGasMeter{gas} }

func (m fixedGasMeter) GasConsumed() storetypes.Gas        { return m.gas }
func (m fixedGasMeter) GasConsumedToLimit() storetypes.Gas { return m.gas }
func (m fixedGasMeter) GasRemaining() storetypes.Gas       { return 0 }
func (m fixedGasMeter) Limit() storetypes.Gas              { return m.gas }
func (fixedGasMeter) ConsumeGas(storetypes.Gas, string)    {}
func (fixedGasMeter) RefundGas(storetypes.Gas, string)     {}
func (fixedGasMeter) IsPastLimit() bool                    { return false }
func (fixedGasMeter) IsOutOfGas() bool                     { return false }
func (m fixedGasMeter) String() string                     { return fmt.Sprintf("fixed gas meter: %d", m.gas) }
