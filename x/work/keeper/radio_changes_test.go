package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// radioEvent is the newest event of a type; its attributes pass through text as a block's results give them.
func radioEvent[T any](c *radioChain) (event T) {
	c.Helper()
	for _, e := range slices.Backward(c.ctx.EventManager().Events()) {
		if typed, err := sdk.ParseTypedEvent(abci.Event(e)); err == nil {
			if found, ok := typed.(any).(*T); ok {
				return *found
			}
		}
	}
	require.Fail(c, "no such event")
	return event
}

// sums adds changes of the given beaconer's beacon to what the radios had, in the order of their numbers.
func (c *radioChain) sums(had []uint64, beaconer uint32, changes []types.RadioUnits) []uint64 {
	c.Helper()
	had = slices.Clone(had)
	for i, u := range changes {
		require.Equal(c, c.radios[u.Number-1].Text(), u.DeviceId)
		require.NotEqual(c, u.Added > 0, u.Taken > 0, "one of both")
		if i > 0 && changes[i-1].Number != beaconer {
			require.Less(c, changes[i-1].Number, u.Number)
		}
		require.True(c, i == 0 || u.Number != beaconer, "the beaconer comes first")
		had[u.Number-1] += u.Added - u.Taken
	}
	return had
}

func (c *radioChain) allUnits(epoch uint64) (units []uint64) {
	c.Helper()
	for _, d := range c.radios {
		units = append(units, c.units(d, epoch))
	}
	return units
}

// TestRadioEventsTellAllChanges: the events' changes are what the records hold: the opening's of beaconer and 14
// witnesses, the late receipt's of its own radio and of the one that loses its place.
func TestRadioEventsTellAllChanges(t *testing.T) {
	c := newRadioChain(t, 17)
	w := c.radioWindow(4)
	a, receipts := c.radios[0], c.hear(w, 0)
	for _, d := range c.radios[1:] {
		c.accept(d.Commit(w))
	}
	w = c.drawnRadio(4)
	ids := make([]radio.DeviceID, 16)
	for i, d := range c.radios[1:] {
		ids[i] = radio.DeviceID(d.ID())
	}
	order, err := radio.Draw(radio.Mix(w.DrawAMix), a.Beacon(w).PayloadHash(), ids, 16)
	require.NoError(t, err)
	first, last := order[0], order[15]
	var chosen []radio.Receipt
	for i, r := range receipts {
		if i != first && i != order[radio.MaxWitnesses] {
			chosen = append(chosen, r)
		}
	}
	c.accept(a.Open(w, chosen...))
	opened := radioEvent[types.EventRadioBeacon](c)
	require.Len(t, opened.Changes, 15)
	require.Equal(t, a.Text(), opened.DeviceId)
	units := c.sums(make([]uint64, 17), a.Number, opened.Changes)
	require.Equal(t, c.allUnits(4), units)

	w = c.lateRadio(4)
	c.accept(c.radios[1+first].Late(w, a.Number, 0))
	late := radioEvent[types.EventRadioLateReceipt](c)
	require.Equal(t, c.radios[1+first].Text(), late.DeviceId)
	require.Contains(t, late.Changes, types.RadioUnits{DeviceId: c.radios[1+last].Text(), Number: uint32(2 + last), Taken: units[1+last]})
	require.Contains(t, late.Changes, types.RadioUnits{DeviceId: c.radios[1+first].Text(), Number: uint32(2 + first), Added: late.Units})
	require.Equal(t, c.allUnits(4), c.sums(units, a.Number, late.Changes))
	c.holds()
}

// TestRadioEventTellsDebits: a sixth witness takes from the five that share with it and adds to the beaconer, which
// stands before smaller numbers.
func TestRadioEventTellsDebits(t *testing.T) {
	c := newRadioChain(t, 7)
	w := c.radioWindow(4)
	a, receipts := c.radios[4], c.hear(w, 4)
	for i, d := range c.radios {
		if i != 4 {
			c.accept(d.Commit(w))
		}
	}
	w = c.drawnRadio(4)
	c.accept(a.Open(w, slices.Delete(slices.Clone(receipts), 2, 3)...))
	units := c.sums(make([]uint64, 7), a.Number, radioEvent[types.EventRadioBeacon](c).Changes)
	require.Equal(t, c.allUnits(4), units)
	w = c.lateRadio(4)
	c.accept(c.radios[2].Late(w, a.Number, 0))
	late := radioEvent[types.EventRadioLateReceipt](c)
	require.Len(t, late.Changes, 7)
	require.Equal(t, a.Number, late.Changes[0].Number)
	taken := 0
	for _, u := range late.Changes {
		if u.Taken > 0 {
			taken++
		}
	}
	require.Equal(t, 5, taken)
	require.Equal(t, c.allUnits(4), c.sums(units, a.Number, late.Changes))
	c.holds()
}
