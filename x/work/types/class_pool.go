package types

import (
	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// ClassPool is what a class's verified units of an epoch are paid together, in ujoule.
type ClassPool struct {
	Class devicetypes.WorkClass
	Pool  math.Int
}
