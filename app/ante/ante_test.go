package ante_test

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/cosmos/cosmos-sdk/client"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

type coded interface {
	ABCICode() uint32
	Codespace() string
}

func requireRefused(t *testing.T, res *abci.ResponseCheckTx, want coded, text string) {
	t.Helper()
	require.Equal(t, want.ABCICode(), res.Code, res.Log)
	require.Equal(t, want.Codespace(), res.Codespace, res.Log)
	require.Contains(t, res.Log, text)
}

func good(device int) worktypes.Evidence { return minapp.Item(device, 1, true, true) }

func TestRejectReveal(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	reveal, _, err := beacontypes.ParseRevealTx(a.Reveals.At(2))
	require.NoError(t, err)
	nest := func(msg sdk.Msg) sdk.Msg {
		exec := authz.NewMsgExec(a.Accounts[0].Address, []sdk.Msg{msg})
		return &exec
	}
	proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{reveal}, nil, a.Accounts[0].Address.String(), "", "t", "s", false)
	require.NoError(t, err)
	deep := sdk.Msg(banktypes.NewMsgSend(a.Accounts[0].Address, a.Accounts[1].Address, minapp.Fee(1)))
	for range 12 {
		deep = nest(deep)
	}
	for name, msg := range map[string]sdk.Msg{
		"authz": nest(reveal), "authz in authz": nest(nest(reveal)), "proposal in authz": nest(proposal),
	} {
		t.Run(name, func(t *testing.T) {
			res := a.Check(a.Sign(0, minapp.Tx{Msgs: []sdk.Msg{msg}, Gas: 200_000, Fee: minapp.Fee(200)}))
			requireRefused(t, res, sdkerrors.ErrUnauthorized, "only a block's proposer")
		})
	}
	res := a.Check(a.Sign(0, minapp.Tx{Msgs: []sdk.Msg{deep}, Gas: 200_000, Fee: minapp.Fee(200)}))
	require.NotZero(t, res.Code, "too deep to tell: the decoder refuses it already")
	res = a.Check(a.Reveals.At(2))
	require.NotZero(t, res.Code, "transaction 0 itself")
	shallow := nest(nest(banktypes.NewMsgSend(a.Accounts[0].Address, a.Accounts[1].Address, minapp.Fee(1))))
	require.Zero(t, a.Check(a.Sign(0, minapp.Tx{Msgs: []sdk.Msg{shallow}, Gas: 200_000, Fee: minapp.Fee(200)})).Code)
}

func TestLaneShape(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	change := func(edit func(*minapp.Tx)) []byte {
		tx := a.Submit(1, 0, good(1))
		edit(&tx)
		return a.Sign(1, tx)
	}
	raw := func(edit func(*txtypes.TxRaw)) []byte {
		var r txtypes.TxRaw
		require.NoError(t, r.Unmarshal(a.Sign(1, a.Submit(1, 0, good(1)))))
		edit(&r)
		bz, err := r.Marshal()
		require.NoError(t, err)
		return bz
	}
	padding := protowire.AppendBytes(protowire.AppendTag(nil, 1024, protowire.BytesType), make([]byte, 100))
	send := banktypes.NewMsgSend(a.Accounts[1].Address, a.Accounts[0].Address, minapp.Fee(1))
	cases := map[string]struct {
		tx   []byte
		err  coded
		text string
	}{
		"two messages":  {change(func(tx *minapp.Tx) { tx.Msgs = append(tx.Msgs, tx.Msgs[0]) }), lane.ErrShape, "has 2 messages"},
		"with transfer": {change(func(tx *minapp.Tx) { tx.Msgs = append(tx.Msgs, send) }), lane.ErrShape, "only message"},
		"fee":           {change(func(tx *minapp.Tx) { tx.Fee = minapp.Fee(1) }), lane.ErrShape, "takes no fee"},
		"memo":          {change(func(tx *minapp.Tx) { tx.Memo = "hi" }), lane.ErrShape, "has no memo"},
		"granter":       {change(func(tx *minapp.Tx) { tx.Granter = a.Accounts[0].Address }), lane.ErrShape, "no fee payer or granter"},
		"payer": {change(func(tx *minapp.Tx) {
			tx.Edit = func(b client.TxBuilder) { b.SetFeePayer(a.Accounts[1].Address) }
		}), lane.ErrShape, "no fee payer or granter"},
		"body padding": {raw(func(r *txtypes.TxRaw) { r.BodyBytes = append(r.BodyBytes, padding...) }), lane.ErrShape, "canonical"},
		"message padding": {raw(func(r *txtypes.TxRaw) {
			var body txtypes.TxBody
			require.NoError(t, body.Unmarshal(r.BodyBytes))
			body.Messages[0].Value = append(body.Messages[0].Value, padding...)
			bz, err := body.Marshal()
			require.NoError(t, err)
			r.BodyBytes = bz
		}), lane.ErrShape, "canonical"},
		"redundant default":    {raw(func(r *txtypes.TxRaw) { r.BodyBytes = append(r.BodyBytes, 0x12, 0x00) }), lane.ErrShape, "canonical"},
		"gas below":            {change(func(tx *minapp.Tx) { tx.Gas-- }), lane.ErrWrongGas, "must be exactly"},
		"gas above":            {change(func(tx *minapp.Tx) { tx.Gas++ }), lane.ErrWrongGas, "must be exactly"},
		"gas zero":             {change(func(tx *minapp.Tx) { tx.Gas = 0 }), lane.ErrWrongGas, "must be exactly"},
		"no items":             {a.Sign(1, a.Submit(1, 0)), worktypes.ErrEmptyBatch, "at least 1"},
		"duplicate":            {a.Sign(1, a.Submit(1, 0, good(1), good(1))), worktypes.ErrDuplicateItem, "items 0 and 1"},
		"gas beyond the block": {change(func(tx *minapp.Tx) { tx.Gas = 1 << 60 }), sdkerrors.ErrInvalidGasLimit, "exceeds the block's"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { requireRefused(t, a.Check(c.tx), c.err, c.text) })
	}
	require.Zero(t, a.Pool.CountTx())
	res := a.Check(a.Sign(1, a.Submit(1, 0, good(1))))
	require.Zero(t, res.Code, res.Log)
}

func TestLaneRefusesMultisignatures(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	tx := a.Build(1, a.Submit(1, 0, good(1)))
	b, err := a.TxConfig.WrapTxBuilder(tx)
	require.NoError(t, err)
	sigs, err := b.GetTx().GetSignaturesV2()
	require.NoError(t, err)
	sigs[0].Data = &signing.MultiSignatureData{BitArray: nil, Signatures: nil}
	bz, err := a.TxConfig.TxEncoder()(tx)
	require.NoError(t, err)
	require.NoError(t, lane.CheckShape(tx, bz))
	require.ErrorIs(t, lane.CheckShape(multisigTx{b.GetTx().(protoTx), sigs}, bz), lane.ErrShape)
}

func TestEvidence(t *testing.T) {
	cases := map[string]struct {
		items []worktypes.Evidence
		text  string
	}{
		"bad signature":       {[]worktypes.Evidence{good(1), minapp.Item(2, 1, false, true)}, "item 1: device signature fails"},
		"bad proof":           {[]worktypes.Evidence{good(1), minapp.Item(2, 1, true, false)}, "item 1: proof fails"},
		"signatures go first": {[]worktypes.Evidence{minapp.Item(1, 1, true, false), minapp.Item(2, 1, false, true)}, "item 1: device signature fails"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := minapp.New(t, minapp.Options{})
			res := a.Check(a.Sign(1, a.Submit(1, 0, c.items...)))
			require.NotZero(t, res.Code)
			require.Contains(t, res.Log, c.text)
			require.Zero(t, a.Pool.CountTx())
		})
	}
}

// A pending transaction keeps no other from being checked: it may fail later, and marks live in proposals only.
func TestCheckTxIgnoresWhatIsPending(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	for relayer := range 3 {
		res := a.Check(a.Sign(relayer, a.Submit(relayer, 0, good(1))))
		require.Zero(t, res.Code, res.Log)
	}
	requireRefused(t, a.Check(a.Sign(3, a.Submit(3, 0, good(1)))), lane.ErrItemPending, "3 pending transactions")
	txs := a.Prepare(1 << 20)
	require.Len(t, txs, 2, "one of them is enough for a block")
	require.Equal(t, 3, a.Pool.CountTx(), "the others stay until the block is committed")
}

// An item that a block has held is skipped in a batch with enough that is new, and refuses a batch without.
func TestStateChecksAndRecheck(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	first := a.Sign(1, a.Submit(1, 0, good(1), good(7)))
	both := a.Sign(2, a.Submit(2, 0, good(1), good(2), good(3), good(4)))
	padded := a.Sign(0, a.Submit(0, 0, good(7), good(5), good(6)))
	same := a.Sign(3, a.Submit(3, 0, good(1)))
	for _, tx := range [][]byte{first, both, same, padded} {
		require.Zero(t, a.Check(tx).Code)
	}
	proofs := a.Work.Proofs.Load()
	a.Commit([][]byte{a.Reveals.At(2), first})
	require.Zero(t, a.Recheck(both).Code)
	requireRefused(t, a.Recheck(same), worktypes.ErrNothingNew, "")
	requireRefused(t, a.Recheck(padded), worktypes.ErrTooStale, "the first is item 0")
	require.Equal(t, proofs, a.Work.Proofs.Load(), "a recheck verifies nothing")
	require.Equal(t, 1, a.Pool.CountTx())
}

func TestRecheckRestores(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	evidence, pay := a.Sign(1, a.Submit(1, 0, good(1))), a.Sign(0, a.Send(0, 0, 1))
	for _, bz := range [][]byte{evidence, pay} {
		require.Zero(t, a.Check(bz).Code)
		tx, err := a.TxConfig.TxDecoder()(bz)
		require.NoError(t, err)
		require.NoError(t, a.Pool.Remove(tx)) // as an abandoned execution does
	}
	a.Commit([][]byte{a.Reveals.At(2)})
	require.Zero(t, a.Recheck(evidence).Code)
	require.Zero(t, a.Recheck(pay).Code)
	require.Equal(t, 2, a.Pool.CountTx())
	require.Len(t, a.Prepare(1<<20), 3)
}

func TestOffendersAreIgnoredLocally(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	for window := range uint64(3) {
		res := a.Check(a.Sign(1, a.Submit(1, 0, minapp.Item(1, 10+window, true, false))))
		require.Contains(t, res.Log, "proof fails")
	}
	tx := a.Sign(1, a.Submit(1, 0, good(2), good(1)))
	requireRefused(t, a.Check(tx), lane.ErrOffender, "item 1")
	require.True(t, a.Process([][]byte{a.Reveals.At(2), tx}), "in a block it is judged like any other")
	a.Work.Epoch++
	require.Zero(t, a.Check(tx).Code, "a new epoch forgives")
}

func TestStrangersGetNobodyIgnored(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	for window := range uint64(20) {
		res := a.Check(a.Sign(1, a.Submit(1, 0, minapp.Item(1, 10+window, false, false))))
		require.Contains(t, res.Log, "device signature fails")
	}
	require.Zero(t, a.Check(a.Sign(1, a.Submit(1, 0, good(1)))).Code)
}

// Gas is a formula of the shape: neither the cache nor the state nor the phase shows in it.
func TestLaneGasIsTheFormula(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	tx := a.Submit(1, 0, good(1), good(2))
	bz := a.Sign(1, tx)
	check := a.Check(bz)
	require.EqualValues(t, tx.Gas, check.GasUsed)
	again := minapp.New(t, minapp.Options{})
	cold := again.Commit([][]byte{again.Reveals.At(2), bz})
	warm := a.Commit([][]byte{a.Reveals.At(2), bz})
	require.Equal(t, cold, warm)
	require.EqualValues(t, tx.Gas, warm[1].GasUsed)
	require.EqualValues(t, tx.Gas, warm[1].GasWanted)

	simulated := a.Submit(1, 1, good(3), good(4), good(5))
	want := simulated.Gas
	simulated.Gas = 0
	gas, _, err := a.Simulate(a.Sign(1, simulated))
	require.NoError(t, err)
	require.Equal(t, want, gas.GasUsed)
}

func TestUnorderedLaneTransactions(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	tx := a.Submit(1, 0, good(1))
	tx.Timeout = minapp.Time(a.Height()).Add(time.Minute)
	bz := a.Sign(1, tx)
	require.Zero(t, a.Check(bz).Code)
	require.NotZero(t, a.Check(bz).Code, "one timeout per sender")
	tx.Timeout = tx.Timeout.Add(time.Hour)
	require.Contains(t, a.Check(a.Sign(1, tx)).Log, "ttl exceeds")
	txs := a.Prepare(1 << 20)
	require.Len(t, txs, 2)
	require.True(t, a.Process(txs))
	require.Zero(t, a.Commit(txs)[1].Code)
	replayed := a.Commit([][]byte{a.Reveals.At(a.Height() + 1), bz})
	require.NotZero(t, replayed[1].Code)
}

func TestNewDemandsItsKeepers(t *testing.T) {
	_, err := ante.New(ante.Options{})
	require.Error(t, err)
}
