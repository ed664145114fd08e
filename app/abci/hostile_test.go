package abci_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/joulechain/joule/app/internal/minapp"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Whatever a hostile proposer puts into a block, validators refuse it. Each case shows an honest block with one change.
func TestHostileProposals(t *testing.T) {
	good := func(i int) worktypes.Evidence { return minapp.Item(i, 7, true, true) }
	edited := func(a *minapp.App, tx minapp.Tx, edit func(*minapp.Tx)) []byte {
		edit(&tx)
		return a.Sign(1, tx)
	}
	cases := map[string]func(a *minapp.App, reveal []byte) [][]byte{
		"missing reveal":      func(a *minapp.App, _ []byte) [][]byte { return [][]byte{a.Sign(0, a.Send(0, 0, 1))} },
		"empty block":         func(*minapp.App, []byte) [][]byte { return nil },
		"reveal not first":    func(a *minapp.App, r []byte) [][]byte { return [][]byte{a.Sign(0, a.Send(0, 0, 1)), r} },
		"two reveals":         func(_ *minapp.App, r []byte) [][]byte { return [][]byte{r, r} },
		"reveal of old block": func(a *minapp.App, _ []byte) [][]byte { return [][]byte{a.Reveals.At(a.Height())} },
		"reveal with a byte more": func(_ *minapp.App, r []byte) [][]byte {
			return [][]byte{append(slices.Clone(r), 0x1a, 0x00)}
		},
		"garbage":           func(_ *minapp.App, r []byte) [][]byte { return [][]byte{r, []byte("garbage")} },
		"empty transaction": func(_ *minapp.App, r []byte) [][]byte { return [][]byte{r, {}} },
		"no fee field": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, withoutFee(t, a, a.Sign(1, a.Submit(1, 0, good(1))))}
		},
		"reveal in authz": func(a *minapp.App, r []byte) [][]byte {
			exec := authz.NewMsgExec(a.Accounts[0].Address, []sdk.Msg{reveal(a)})
			return [][]byte{r, a.Sign(0, minapp.Tx{Msgs: []sdk.Msg{&exec}, Gas: 200_000, Fee: minapp.Fee(200)})}
		},
		"reveal in a proposal in authz": func(a *minapp.App, r []byte) [][]byte {
			proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{reveal(a)}, nil, a.Accounts[0].Address.String(), "", "t", "s", false)
			require.NoError(t, err)
			exec := authz.NewMsgExec(a.Accounts[0].Address, []sdk.Msg{proposal})
			return [][]byte{r, a.Sign(0, minapp.Tx{Msgs: []sdk.Msg{&exec}, Gas: 200_000, Fee: minapp.Fee(200)})}
		},
		"paying before evidence": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, a.Sign(0, a.Send(0, 0, 1)), a.Sign(1, a.Submit(1, 0, good(1)))}
		},
		"fee below the minimum": func(a *minapp.App, r []byte) [][]byte {
			tx := a.Send(0, 0, 1)
			tx.Fee = minapp.Fee(199)
			return [][]byte{r, a.Sign(0, tx)}
		},
		"fee on a lane transaction": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, edited(a, a.Submit(1, 0, good(1)), func(tx *minapp.Tx) { tx.Fee = minapp.Fee(1_000) })}
		},
		"lane gas too low": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, edited(a, a.Submit(1, 0, good(1)), func(tx *minapp.Tx) { tx.Gas-- })}
		},
		"lane gas too high": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, edited(a, a.Submit(1, 0, good(1)), func(tx *minapp.Tx) { tx.Gas++ })}
		},
		"evidence beside a transfer": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, edited(a, a.Submit(1, 0, good(1)), func(tx *minapp.Tx) {
				tx.Msgs = append(tx.Msgs, banktypes.NewMsgSend(a.Accounts[1].Address, a.Accounts[0].Address, minapp.Fee(1)))
				tx.Fee = minapp.Fee(1_000)
			})}
		},
		"memo in the lane": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, edited(a, a.Submit(1, 0, good(1)), func(tx *minapp.Tx) { tx.Memo = "x" })}
		},
		"padding in the lane": func(a *minapp.App, r []byte) [][]byte {
			var raw txtypes.TxRaw
			require.NoError(t, raw.Unmarshal(a.Sign(1, a.Submit(1, 0, good(1)))))
			// Field 1024 is one that decoders may ignore.
			raw.BodyBytes = protowire.AppendBytes(protowire.AppendTag(raw.BodyBytes, 1024, protowire.BytesType), make([]byte, 1_000))
			padded, err := raw.Marshal()
			require.NoError(t, err)
			return [][]byte{r, padded}
		},
		"same items twice": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, a.Sign(1, a.Submit(1, 0, good(1))), a.Sign(2, a.Submit(2, 0, good(1)))}
		},
		"invalid device signature": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, a.Sign(1, a.Submit(1, 0, good(1), minapp.Item(2, 7, false, true)))}
		},
		"invalid proof": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, a.Sign(1, a.Submit(1, 0, good(1), minapp.Item(2, 7, true, false)))}
		},
		"wrong sequence": func(a *minapp.App, r []byte) [][]byte {
			return [][]byte{r, a.Sign(0, a.Send(0, 1, 1))}
		},
		"signed by another": func(a *minapp.App, r []byte) [][]byte { return [][]byte{r, a.Sign(1, a.Send(0, 0, 1))} },
	}
	reasons := map[string]string{
		"missing reveal":                "transaction 0 is not the reveal",
		"empty block":                   "transaction 0 is not the reveal",
		"reveal not first":              "transaction 0 is not the reveal",
		"two reveals":                   "unexpected reveal",
		"reveal of old block":           "transaction 0 is not the reveal",
		"reveal with a byte more":       "transaction 0 is not the reveal",
		"garbage":                       "does not decode",
		"empty transaction":             "does not decode",
		"no fee field":                  "no fee field",
		"reveal in authz":               "only a block's proposer places a MsgReveal",
		"reveal in a proposal in authz": "only a block's proposer places a MsgReveal",
		"paying before evidence":        "evidence comes first",
		"fee below the minimum":         "fee is 199ujoule, at least 200ujoule",
		"fee on a lane transaction":     "the evidence lane takes no fee",
		"lane gas too low":              "must be exactly",
		"lane gas too high":             "must be exactly",
		"evidence beside a transfer":    "must be the only message",
		"memo in the lane":              "has no memo",
		"padding in the lane":           "canonical encoding",
		"same items twice":              "nothing new",
		"invalid device signature":      "device signature fails",
		"invalid proof":                 "proof fails",
		"wrong sequence":                "account sequence mismatch",
		"signed by another":             "pubKey does not match signer",
	}
	require.Len(t, reasons, len(cases))
	for name, hostile := range cases {
		t.Run(name, func(t *testing.T) {
			a := minapp.New(t, minapp.Options{})
			r := a.Reveals.At(a.Height() + 1)
			require.True(t, a.Process([][]byte{r}), "a block with nothing but the reveal is good")
			block := hostile(a, r)
			a.Log.Take()
			require.False(t, a.Process(block))
			require.Contains(t, a.Log.Take(), reasons[name])
		})
	}
}

func reveal(a *minapp.App) *beacontypes.MsgReveal {
	msg, _, _ := beacontypes.ParseRevealTx(a.Reveals.At(a.Height() + 1))
	return msg
}

// withoutFee drops the fee from a transaction's auth info: the decoder lets it pass and the SDK's accessors panic on
// it.
func withoutFee(t *testing.T, a *minapp.App, bz []byte) []byte {
	t.Helper()
	var raw txtypes.TxRaw
	require.NoError(t, raw.Unmarshal(bz))
	var info txtypes.AuthInfo
	require.NoError(t, info.Unmarshal(raw.AuthInfoBytes))
	info.Fee = nil
	var err error
	raw.AuthInfoBytes, err = info.Marshal()
	require.NoError(t, err)
	out, err := raw.Marshal()
	require.NoError(t, err)
	require.NotZero(t, a.Check(out).Code, "CheckTx refuses it and does not crash")
	return out
}

// Limits hold to the unit: the block that uses them up is good, the next transaction is not.
func TestProposalLimits(t *testing.T) {
	batch := func(a *minapp.App, relayer int, n int) []byte {
		items := make([]worktypes.Evidence, n)
		for i := range items {
			items[i] = minapp.Item(1_000*relayer+i, 7, true, true)
		}
		return a.Sign(relayer, a.Submit(relayer, 0, items...))
	}
	block := func(a *minapp.App, txs ...[]byte) [][]byte {
		return append([][]byte{a.Reveals.At(a.Height() + 1)}, txs...)
	}
	defaults := worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 7_500, BlockVerifyUs: 300_000, NewcomerBps: 2_000}

	t.Run("verification budget", func(t *testing.T) {
		a := minapp.New(t, minapp.Options{})
		one, two := batch(a, 1, 2), batch(a, 2, 1)
		lane := defaults
		lane.BlockVerifyUs = verifyCost(t, a, one) + verifyCost(t, a, two)
		a.Work.SetLane(lane)
		require.True(t, a.Process(block(a, one, two)))
		lane.BlockVerifyUs--
		a.Work.SetLane(lane)
		require.False(t, a.Process(block(a, one, two)))
	})
	t.Run("lane bytes", func(t *testing.T) {
		a := minapp.New(t, minapp.Options{MaxBytes: 10_000})
		one, two := batch(a, 1, 2), batch(a, 2, 1)
		lane := defaults
		used := len(one) + len(two) + 2*3 // a tag and two bytes of length each
		lane.BlockBytesBps = uint32(used) // bps of 10,000 bytes
		a.Work.SetLane(lane)
		require.True(t, a.Process(block(a, one, two)))
		lane.BlockBytesBps--
		a.Work.SetLane(lane)
		require.False(t, a.Process(block(a, one, two)))
	})
	t.Run("paying gas", func(t *testing.T) {
		a := minapp.New(t, minapp.Options{MaxGas: 800_000})
		pays := [][]byte{a.Sign(0, a.Send(0, 0, 1)), a.Sign(1, a.Send(1, 0, 1)), a.Sign(2, a.Send(2, 0, 1))}
		require.True(t, a.Process(block(a, pays[:2]...)))
		require.False(t, a.Process(block(a, pays...)))
	})
	t.Run("lane gas", func(t *testing.T) {
		one := batch(minapp.New(t, minapp.Options{}), 1, 32)
		gas := int64(gasOf(t, one))
		a := minapp.New(t, minapp.Options{MaxGas: 2 * gas})
		pay := a.Send(0, 0, 1)
		pay.Gas, pay.Fee = uint64(gas), minapp.Fee(gas)
		require.True(t, a.Process(block(a, one, a.Sign(0, pay))), "each has a half of its own")
		require.False(t, a.Process(block(a, one, batch(a, 2, 1))))
		short := minapp.New(t, minapp.Options{MaxGas: 2 * (gas - 1)})
		require.False(t, short.Process(block(short, one)))
	})
	t.Run("block bytes", func(t *testing.T) {
		a := minapp.New(t, minapp.Options{})
		pay := a.Sign(0, a.Send(0, 0, 1))
		size := int64(len(pay) + 3 + len(a.Reveals.At(2)) + 3)
		exact := minapp.New(t, minapp.Options{MaxBytes: size})
		require.True(t, exact.Process(block(exact, pay)))
		short := minapp.New(t, minapp.Options{MaxBytes: size - 1})
		require.False(t, short.Process(block(short, pay)))
	})
	t.Run("transaction bytes", func(t *testing.T) {
		a := minapp.New(t, minapp.Options{})
		tx := batch(a, 1, 2)
		lane := defaults
		lane.MaxTxBytes = uint64(len(tx))
		a.Work.SetLane(lane)
		require.True(t, a.Process(block(a, tx)))
		lane.MaxTxBytes--
		a.Work.SetLane(lane)
		require.False(t, a.Process(block(a, tx)))
	})
}
