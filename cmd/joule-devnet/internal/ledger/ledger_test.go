package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"
)

func pay(units, pool int64) []ClassPay {
	return []ClassPay{{Class: "gpu", Units: math.NewInt(units), Pool: math.NewInt(pool), FromCarry: math.NewInt(1), Minted: math.NewInt(pool - 1)}}
}

func two() *Ledger {
	l := New()
	l.AddDevice("a", "gpu")
	l.AddDevice("b", "gpu")
	l.Begin(10)
	return l
}

// saw notes a GPU window, which is decided by the height that is its id, for all devices.
func saw(l *Ledger, id, epoch uint64) {
	l.SawWindow(Window{Class: "gpu", ID: id, Epoch: epoch, Decided: int64(id)}, l.ids...)
}

func settle(t *testing.T, l *Ledger, epoch uint64, classes []ClassPay) Epoch {
	t.Helper()
	e, err := l.Settle(epoch, classes)
	require.NoError(t, err)
	return e
}

func TestOutcomes(t *testing.T) {
	l := two()
	saw(l, 10, 1) // decided before all devices worked
	require.Equal(t, Idle, settle(t, l, 1, pay(0, 0)).Outcome)

	saw(l, 25, 2)
	saw(l, 25, 2) // seen again
	l.SawUnits("a", 2, 300)
	l.SawUnits("b", 2, 100)
	l.SawUnits("a", 2, 200) // a smaller number is an older one
	e := settle(t, l, 2, pay(400, 1001))
	require.Equal(t, Paid, e.Outcome)
	require.Equal(t, 1, e.Windows)
	require.Equal(t, "750", l.Owed("a").String())
	require.Equal(t, "250", l.Owed("b").String(), "shares are rounded down")

	saw(l, 45, 3)
	l.SawUnits("a", 3, 7)
	e = settle(t, l, 3, pay(7, 70))
	require.Equal(t, Missed, e.Outcome)
	require.Equal(t, []string{"b"}, e.Unpaid)

	require.Equal(t, []int{1, 1, 1}, []int{l.Count(Paid), l.Count(Idle), l.Count(Missed)})
	require.Equal(t, "307", l.Units("a").String())
	require.Equal(t, "1068", l.Minted("gpu").String())
	require.Len(t, l.Epochs(), 3)
}

func TestUnitsWithoutPoolAreNoPay(t *testing.T) {
	l := two()
	saw(l, 25, 1)
	l.SawUnits("a", 1, 5)
	l.SawUnits("b", 1, 5)
	require.Equal(t, Missed, settle(t, l, 1, pay(10, 0)).Outcome, "an empty pool pays nobody")
}

func TestAnotherClassIsNoPay(t *testing.T) {
	l := New()
	l.AddDevice("d", "disk")
	l.Begin(1)
	saw(l, 5, 1)
	l.SawUnits("d", 1, 5)
	require.Equal(t, Missed, settle(t, l, 1, pay(10, 100)).Outcome)
}

func TestADeviceWithoutAWindowMakesTheEpochIdle(t *testing.T) {
	l := New()
	l.AddDevice("g", "gpu")
	l.AddDevice("d", "disk")
	l.Begin(10)
	classes := append(pay(100, 50), ClassPay{Class: "disk", Units: math.NewInt(40), Pool: math.NewInt(7), FromCarry: math.ZeroInt(), Minted: math.NewInt(7)})
	disk := func(epoch uint64) Window {
		return Window{Class: "disk", ID: epoch << 16, Epoch: epoch, Decided: int64(20 * epoch)}
	}

	l.SawWindow(Window{Class: "gpu", ID: 21, Epoch: 1, Decided: 21}, "g")
	l.SawUnits("g", 1, 100)
	e := settle(t, l, 1, classes)
	require.Equal(t, Idle, e.Outcome, "the disk's claim did not hold yet")
	require.Equal(t, "50", l.Owed("g").String(), "the GPU is paid all the same")

	l.SawWindow(disk(2), "d")
	l.SawUnits("d", 2, 40)
	require.Equal(t, Idle, settle(t, l, 2, classes).Outcome)

	for epoch := uint64(3); epoch <= 4; epoch++ {
		l.SawWindow(disk(epoch), "d")
		l.SawWindow(Window{Class: "gpu", ID: 20 * epoch, Epoch: epoch, Decided: int64(20 * epoch)}, "g")
		l.SawUnits("g", epoch, 100)
	}
	l.SawUnits("d", 3, 40)
	require.Equal(t, Paid, settle(t, l, 3, classes).Outcome)
	require.Equal(t, 2, l.Epochs()[2].Windows)
	e = settle(t, l, 4, classes)
	require.Equal(t, Missed, e.Outcome)
	require.Equal(t, []string{"d"}, e.Unpaid)
}

func TestNothingCountsBeforeBegin(t *testing.T) {
	l := New()
	l.AddDevice("a", "gpu")
	saw(l, 5, 1)
	require.Equal(t, Idle, settle(t, l, 1, pay(1, 1)).Outcome)
}

func TestSettlesInOrder(t *testing.T) {
	l := two()
	_, err := l.Settle(2, nil)
	require.ErrorContains(t, err, "epoch 2 is settled after epoch 0")
}
