package keeper

import (
	"fmt"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/class/all"
	"github.com/joulechain/joule/x/work/types"
)

// register builds the chain's classes and more, and wants them ascending: blocks open windows in that order.
func (k *Keeper) register(env class.Env, more []class.New) {
	k.Classes = all.New(env)
	k.classes = k.List()
	for _, build := range more {
		k.classes = append(k.classes, build(env))
	}
	for i, c := range k.classes {
		if i > 0 && c.WorkClass() <= k.classes[i-1].WorkClass() {
			panic(fmt.Errorf("work: class %d stands after class %d; want ascending numbers", c.WorkClass(), k.classes[i-1].WorkClass()))
		}
		k.rules = append(k.rules, types.ClassRules{Class: c.WorkClass(), Rules: c})
	}
}

func (k *Keeper) classOf(number devicetypes.WorkClass) (class.Class, error) {
	for _, c := range k.classes {
		if c.WorkClass() == number {
			return c, nil
		}
	}
	_, err := k.rules.Of(number)
	return nil, err
}
