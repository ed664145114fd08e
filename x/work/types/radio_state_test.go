package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/types"
)

// TestEdgeWeeks: counts lapse with their week, live through a late receipt of the week before, and do not outlive a
// change of the week's length.
func TestEdgeWeeks(t *testing.T) {
	const number = 7
	for name, tc := range map[string]struct {
		before, after uint64 // epochs
		was, is       uint32 // epochs a week
		kept          bool
	}{
		"same week":               {before: 161, after: 328, was: 168, is: 168, kept: true},
		"next week":               {before: 161, after: 329, was: 168, is: 168},
		"late receipt":            {before: 329, after: 328, was: 168, is: 168, kept: true},
		"weeks twice as long":     {before: 8760, after: 8761, was: 168, is: 336},
		"weeks half as long":      {before: 8760, after: 8761, was: 168, is: 84},
		"weeks of the old length": {before: 8760, after: 8761, was: 168, is: 168, kept: true},
	} {
		e := types.RadioEdges{Number: number, Week: types.RadioEdgeWeek(tc.before, number, tc.was)}
		e.Add(3)
		e.Turn(types.RadioEdgeWeek(tc.after, number, tc.is))
		require.Equal(t, tc.kept, e.Count(3, 4) == 1, name)
	}
}

// TestLateReceiptsNeedADraw: a window whose mix never came takes no late receipt, whatever the height.
func TestLateReceiptsNeedADraw(t *testing.T) {
	w := types.NewRadioWindow(4, 91, 30, 1_000, make([]byte, 32), types.DefaultParams().Radio)
	require.ErrorIs(t, w.CheckLate(w.DeadlineHeight), types.ErrTooEarly)
	w.DrawAMix = make([]byte, 32)
	require.NoError(t, w.CheckLate(w.DeadlineHeight))
	require.ErrorIs(t, w.CheckLate(w.DeadlineHeight+1), types.ErrTooLate)
	require.ErrorIs(t, w.CheckLate(w.Radio.ProveHeight-1), types.ErrTooEarly)
}
