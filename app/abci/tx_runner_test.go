package abci

import (
	"context"
	"errors"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/baseapp/txnrunner"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

func anyTx([]byte) (sdk.Tx, error) { return nil, nil }

// runners are the two that blockexec installs.
func runners() (map[string]sdk.TxRunner, storetypes.MultiStore) {
	key := storetypes.NewKVStoreKey("s")
	ctx := testutil.DefaultContextWithKeys(map[string]*storetypes.KVStoreKey{"s": key}, nil, nil)
	return map[string]sdk.TxRunner{
		"sequential": txnrunner.NewDefaultRunner(anyTx),
		"block-stm":  txnrunner.NewSTMRunner(anyTx, []storetypes.StoreKey{key}, 4, false, func(storetypes.MultiStore) string { return "ujoule" }),
	}, ctx.MultiStore()
}

func TestRevealRunner(t *testing.T) {
	reveal := beacontest.RevealTx(t, revealChain, 0, beacontest.Key(0), 5, vrf.GenesisMix(revealChain))
	malformed := append(append([]byte{}, reveal...), 0x1A, 0)
	all, ms := runners()
	for name, next := range all {
		for block, txs := range map[string][][]byte{
			"empty":            nil,
			"reveal alone":     {reveal},
			"reveal and users": {reveal, []byte("a"), []byte("b"), []byte("c")},
			"users alone":      {[]byte("a"), []byte("b")},
			"second reveal":    {reveal, reveal},
			"malformed":        {malformed, []byte("a")},
		} {
			t.Run(name+"/"+block, func(t *testing.T) {
				var mu sync.Mutex
				ran := map[int]string{}
				deliver := func(tx []byte, _ sdk.Tx, _ storetypes.MultiStore, index int, _ map[string]any) *abci.ExecTxResult {
					mu.Lock()
					defer mu.Unlock()
					ran[index] = string(tx)
					return &abci.ExecTxResult{Code: 9, Data: tx}
				}
				results, err := RevealRunner(next).Run(context.Background(), ms, txs, deliver)
				require.NoError(t, err)
				require.Len(t, results, len(txs), "CometBFT wants a result for each transaction")
				for i, tx := range txs {
					if i == 0 && beacontypes.IsRevealTx(tx) {
						require.Equal(t, revealResult(), results[i])
						require.NotContains(t, ran, 0, "the reveal is not executed")
						continue
					}
					require.Equal(t, tx, results[i].Data, "result %d belongs to its transaction", i)
					require.Equal(t, string(tx), ran[i], "the index is the one in the block")
				}
			})
		}
	}
}

type failingRunner struct{}

func (failingRunner) Run(context.Context, storetypes.MultiStore, [][]byte, sdk.DeliverTxFunc) ([]*abci.ExecTxResult, error) {
	return nil, context.Canceled
}

func TestRevealRunnerPassesErrorsOn(t *testing.T) {
	reveal := beacontest.RevealTx(t, revealChain, 0, beacontest.Key(0), 5, vrf.GenesisMix(revealChain))
	_, err := RevealRunner(failingRunner{}).Run(context.Background(), nil, [][]byte{reveal, nil}, nil)
	require.ErrorIs(t, err, context.Canceled, "an aborted optimistic execution")
}

// BaseApp must still see the parallel runner inside, to refuse it together with a block gas meter.
func TestRevealRunnerUnwraps(t *testing.T) {
	all, _ := runners()
	bApp := baseapp.NewBaseApp("t", log.NewNopLogger(), dbm.NewMemDB(), anyTx)
	bApp.SetDisableBlockGasMeter(false)
	require.Panics(t, func() { bApp.SetBlockSTMTxRunner(RevealRunner(all["block-stm"])) })
	require.NotPanics(t, func() { bApp.SetBlockSTMTxRunner(RevealRunner(all["sequential"])) })
	bApp.SetDisableBlockGasMeter(true)
	require.NotPanics(t, func() { bApp.SetBlockSTMTxRunner(RevealRunner(all["block-stm"])) })
}

type mixState struct {
	calls    *[]string
	txs      [][]byte
	proposer []byte
	err      error
}

func (s *mixState) PreBlock(_ context.Context, txs [][]byte, proposer []byte) error {
	*s.calls = append(*s.calls, "beacon")
	s.txs, s.proposer = txs, proposer
	return s.err
}

// emptyTx has no messages and no fee.
type emptyTx struct{ sdk.Tx }

func (emptyTx) GetMsgs() []sdk.Msg { return nil }

// feeState notes which transactions are charged.
type feeState struct {
	calls *[]string
	txs   []sdk.Tx
}

func (s *feeState) Collect(_ sdk.Context, txs []sdk.Tx) {
	*s.calls = append(*s.calls, "fees")
	s.txs = txs
}

func TestPreBlocker(t *testing.T) {
	var calls []string
	beacon, fees := &mixState{calls: &calls}, &feeState{calls: &calls}
	reveal := beacontest.RevealTx(t, revealChain, 0, beacontest.Key(0), 5, vrf.GenesisMix(revealChain))
	known := emptyTx{}
	decode := func(bz []byte) (sdk.Tx, error) {
		if len(bz) == 0 {
			return nil, errors.New("empty")
		}
		return known, nil
	}
	var failure error
	modules := func(sdk.Context) (*sdk.ResponsePreBlock, error) {
		calls = append(calls, "modules")
		return &sdk.ResponsePreBlock{ConsensusParamsChanged: true}, failure
	}
	run := NewPreBlocker(PreBlock{Verifier: NewPreVerifier(decode, nil, nil, 1), Modules: modules, Beacon: beacon, Fees: fees})
	req := &abci.RequestFinalizeBlock{Txs: [][]byte{reveal, {1}, {}, reveal}, ProposerAddress: []byte{2}}
	res, err := run(revealCtx(), req)
	require.NoError(t, err)
	require.True(t, res.ConsensusParamsChanged)
	require.Equal(t, []string{"modules", "beacon", "fees"}, calls, "an upgrade migrates first")
	require.Equal(t, []sdk.Tx{nil, known, nil, known}, fees.txs, "neither transaction 0, the reveal, nor what does not decode has a fee")
	require.Equal(t, req.Txs, beacon.txs)
	require.Equal(t, req.ProposerAddress, beacon.proposer)

	beacon.err = errors.New("disk")
	_, err = run(revealCtx(), req)
	require.EqualError(t, err, "disk")
	failure, calls = errors.New("upgrade"), nil
	_, err = run(revealCtx(), req)
	require.EqualError(t, err, "upgrade")
	require.Equal(t, []string{"modules"}, calls)
}
