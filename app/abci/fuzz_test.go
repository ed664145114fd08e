package abci_test

import (
	"testing"

	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/joulechain/joule/app/internal/minapp"
)

// Whatever bytes arrive, CheckTx and ProcessProposal answer; and what CheckTx takes, a proposal may carry.
func FuzzTransactionBytes(f *testing.F) {
	a := minapp.New(f, minapp.Options{})
	f.Add(a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true))))
	f.Add(a.Sign(0, a.Send(0, 0, 1)))
	f.Add(a.Reveals.At(2))
	empty, err := (&txtypes.TxRaw{BodyBytes: []byte{}, AuthInfoBytes: []byte{}}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	f.Add([]byte{0x0a, 0x00, 0x12, 0x00, 0x1a, 0x00})
	f.Fuzz(func(t *testing.T, bz []byte) {
		if len(bz) > 1<<16 {
			t.Skip()
		}
		a.Use(t)
		fresh := a.CheckSequence(a.Accounts[0].Address) == 0 && a.CheckSequence(a.Accounts[1].Address) == 0
		code := a.Check(bz).Code
		accepted := a.Process([][]byte{a.Reveals.At(a.Height() + 1), bz})
		if fresh && code == 0 && !accepted {
			t.Fatalf("CheckTx takes what a proposal may not carry: %s", a.Log.Take())
		}
	})
}
