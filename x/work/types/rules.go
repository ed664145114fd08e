package types

import (
	"slices"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Rules are what a class says of its evidence without state, for whoever has none: ante and mempool, sidecars.
type Rules interface {
	// ValidatePayload bounds a payload before any work.
	ValidatePayload(phase Phase, payload []byte) error
	// ProofCost is an upper bound of the arithmetic of a payload's proof, in microseconds on the reference machine. It
	// goes by the payload's shape alone, and is finite for payloads that ValidatePayload refuses.
	ProofCost(phase Phase, payload []byte, params Params) uint64
	// Item tells a device's items of one phase of a window apart; 0 where there is only one.
	Item(phase Phase, payload []byte) uint32
	// Serves tells whether a window of the class is for a device of the class.
	Serves(w Window, deviceID []byte) bool
	// Lot orders the records of the class in the store, so that those of one block are neighbours.
	Lot(deviceID []byte) uint16
	// ValidateWindow checks a window of a genesis by itself.
	ValidateWindow(w Window) error
}

// RuleSet are the rules of the classes for which evidence is taken, ascending by class.
type RuleSet []ClassRules

// ClassRules are a class's rules under its name.
type ClassRules struct {
	Class devicetypes.WorkClass
	Rules
}

// chainRules are those of the chain's classes: one for each entry of x/work/class/all.
var chainRules = RuleSet{
	{devicetypes.WORK_CLASS_GPU, GpuRules{}},
	{devicetypes.WORK_CLASS_DISK, DiskRules{}},
	{devicetypes.WORK_CLASS_RADIO, RadioRules{}},
}

// Classes are the chain's work classes, ascending.
func Classes() []devicetypes.WorkClass { return chainRules.Classes() }

// Classes are the set's classes, ascending.
func (s RuleSet) Classes() []devicetypes.WorkClass {
	classes := make([]devicetypes.WorkClass, len(s))
	for i, r := range s {
		classes[i] = r.Class
	}
	return classes
}

// Of are a class's rules; ErrUnsupportedClass where the set has none.
func (s RuleSet) Of(class devicetypes.WorkClass) (Rules, error) {
	i := slices.IndexFunc(s, func(r ClassRules) bool { return r.Class == class })
	if i < 0 {
		return nil, ErrUnsupportedClass.Wrapf("work_class is %d; evidence is taken for %v", class, s.Classes())
	}
	return s[i].Rules, nil
}
