package radio

import (
	"context"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// count adds a radio to its cell of resolution 10, or takes it out, and carries the change up as far as it goes:
// at each of seven levels it reads at most seven siblings. What is stored follows from the counts alone, whatever their
// order.
func (s store) count(ctx context.Context, cell uint64, add bool) error {
	c, err := class.OrZero(s.Cells.Get(ctx, cell))
	if err != nil {
		return err
	}
	switch {
	case add:
		c.Radios++
	case c.Radios == 0:
		return types.ErrAccounting.Wrapf("cell %x holds no radio to take out", cell)
	default:
		c.Radios--
	}
	if err := s.setCell(ctx, cell, c); err != nil {
		return err
	}
	table, at := proof.HIP104(), proof.Cell(cell)
	for i := len(table) - 1; i >= 0; i-- {
		parent, err := at.Parent(table[i].Resolution - 1)
		if err != nil {
			return err
		}
		changed, err := s.recount(ctx, parent, table[i])
		if err != nil || !changed {
			return err
		}
		at = parent
	}
	return nil
}

// recount brings a cell's values in line with those of its children, to which the level applies.
func (s store) recount(ctx context.Context, parent proof.Cell, level proof.DensityLevel) (changed bool, err error) {
	children, err := parent.Children()
	if err != nil {
		return false, err
	}
	var next types.RadioCell
	counts := make([]uint32, len(children))
	for i, child := range children {
		c, err := class.OrZero(s.Cells.Get(ctx, uint64(child)))
		if err != nil {
			return false, err
		}
		if counts[i] = c.Radios; c.Radios >= level.Target {
			next.Occupied++
		}
	}
	for _, n := range counts {
		next.Radios += level.Clipped(proof.Crowd{Unclipped: n, Occupied: next.Occupied})
	}
	before, err := class.OrZero(s.Cells.Get(ctx, uint64(parent)))
	if err != nil || before.Equal(next) {
		return false, err
	}
	return true, s.setCell(ctx, uint64(parent), next)
}

func (s store) setCell(ctx context.Context, cell uint64, c types.RadioCell) error {
	if c.Equal(types.RadioCell{}) {
		return s.Cells.Remove(ctx, cell)
	}
	return s.Cells.Set(ctx, cell, c)
}

// crowds are the counts around a cell of resolution 10, one for each level of the table.
func (s store) crowds(ctx context.Context, cell proof.Cell) ([]proof.Crowd, error) {
	table := proof.HIP104()
	crowds := make([]proof.Crowd, len(table))
	for i := len(table) - 1; i >= 0; i-- {
		own, err := cell.Parent(table[i].Resolution)
		if err != nil {
			return nil, err
		}
		above, err := cell.Parent(table[i].Resolution - 1)
		if err != nil {
			return nil, err
		}
		c, err := class.OrZero(s.Cells.Get(ctx, uint64(own)))
		if err != nil {
			return nil, err
		}
		up, err := class.OrZero(s.Cells.Get(ctx, uint64(above)))
		if err != nil {
			return nil, err
		}
		crowds[i] = proof.Crowd{Unclipped: c.Radios, Occupied: up.Occupied}
	}
	return crowds, nil
}
