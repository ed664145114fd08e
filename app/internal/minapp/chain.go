package minapp

import (
	"crypto/sha256"
	"fmt"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp/txnrunner"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app/ante"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

// InitialBalance is what each account starts with, in ujoule.
const InitialBalance = 1_000_000_000

// Proposer is the consensus address that every header names.
var Proposer = []byte("proposer-proposer-20")

// Account is a funded account.
type Account struct {
	Key     *secp256k1.PrivKey
	Address sdk.AccAddress
	Number  uint64
}

func defaultRunner(decode sdk.TxDecoder) sdk.TxRunner { return txnrunner.NewDefaultRunner(decode) }

func newAccount(i int) Account {
	seed := sha256.Sum256(fmt.Appendf(nil, "minapp account %d", i))
	key := secp256k1.GenPrivKeyFromSecret(seed[:])
	return Account{Key: key, Address: sdk.AccAddress(key.PubKey().Address())}
}

func (a *App) initChainer(o Options) sdk.InitChainer {
	return func(ctx sdk.Context, _ *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
		if err := a.AuthKeeper.Params.Set(ctx, authtypes.DefaultParams()); err != nil {
			return nil, err
		}
		if err := a.Bank.SetParams(ctx, banktypes.DefaultParams()); err != nil {
			return nil, err
		}
		a.AuthKeeper.GetModuleAccount(ctx, emissionstypes.FeesName)
		for i := range o.Accounts {
			acc := newAccount(i)
			number := a.AuthKeeper.NewAccountWithAddress(ctx, acc.Address)
			a.AuthKeeper.SetAccount(ctx, number)
			acc.Number = number.GetAccountNumber()
			coins := sdk.NewCoins(sdk.NewInt64Coin(ante.FeeDenom, InitialBalance), sdk.NewInt64Coin("other", InitialBalance))
			if err := a.Bank.MintCoins(ctx, Minter, coins); err != nil {
				return nil, err
			}
			if err := a.Bank.SendCoinsFromModuleToAccount(ctx, Minter, acc.Address, coins); err != nil {
				return nil, err
			}
			a.Accounts = append(a.Accounts, acc)
		}
		return &abci.ResponseInitChain{}, nil
	}
}

func (a *App) initChain(o Options) {
	_, err := a.BaseApp.InitChain(&abci.RequestInitChain{
		ChainId: ChainID, Time: Time(0), InitialHeight: 1,
		ConsensusParams: &cmtproto.ConsensusParams{
			Block:     &cmtproto.BlockParams{MaxBytes: o.MaxBytes, MaxGas: o.MaxGas},
			Evidence:  &cmtproto.EvidenceParams{MaxAgeNumBlocks: 100, MaxAgeDuration: 1e9, MaxBytes: 1000},
			Validator: &cmtproto.ValidatorParams{PubKeyTypes: []string{"ed25519"}},
			Version:   &cmtproto.VersionParams{},
			Abci:      &cmtproto.ABCIParams{},
		},
	})
	require.NoError(a.t, err)
	// The state of InitChain is committed with the first block; CheckTx needs it before.
	a.Commit(nil)
}

// Height is the last committed height.
func (a *App) Height() int64 { return a.height }

// Check runs CheckTx on a new transaction.
func (a *App) Check(tx []byte) *abci.ResponseCheckTx {
	res, err := a.BaseApp.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
	require.NoError(a.t, err)
	return res
}

// Recheck runs CheckTx on a pending transaction.
func (a *App) Recheck(tx []byte) *abci.ResponseCheckTx {
	res, err := a.BaseApp.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_Recheck})
	require.NoError(a.t, err)
	return res
}

// Prepare returns the next block's transactions within maxBytes.
func (a *App) Prepare(maxBytes int64) [][]byte {
	res, err := a.BaseApp.PrepareProposal(&abci.RequestPrepareProposal{
		Height: a.height + 1, Time: Time(a.height + 1), MaxTxBytes: maxBytes, ProposerAddress: Proposer,
	})
	require.NoError(a.t, err)
	return res.Txs
}

// Process tells whether a validator accepts the transactions as the next block.
func (a *App) Process(txs [][]byte) bool {
	hash := blockHash(a.height+1, txs)
	res, err := a.BaseApp.ProcessProposal(&abci.RequestProcessProposal{
		Height: a.height + 1, Time: Time(a.height + 1), Txs: txs, ProposerAddress: Proposer, Hash: hash,
	})
	require.NoError(a.t, err)
	return res.Status == abci.ResponseProcessProposal_ACCEPT
}

// Commit finalizes and commits the next block.
func (a *App) Commit(txs [][]byte) []*abci.ExecTxResult {
	res, err := a.BaseApp.FinalizeBlock(&abci.RequestFinalizeBlock{
		Height: a.height + 1, Time: Time(a.height + 1), Txs: txs, ProposerAddress: Proposer, Hash: blockHash(a.height+1, txs),
	})
	require.NoError(a.t, err)
	_, err = a.BaseApp.Commit()
	require.NoError(a.t, err)
	a.height++
	return res.TxResults
}

// Ctx is a context on the committed state.
func (a *App) Ctx() sdk.Context {
	return a.NewUncachedContext(false, cmtproto.Header{ChainID: ChainID, Height: a.height, Time: Time(a.height)})
}

func blockHash(height int64, txs [][]byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d/%d", height, len(txs))
	for _, tx := range txs {
		fmt.Fprintf(h, "/%d/", len(tx))
		h.Write(tx)
	}
	return h.Sum(nil)
}

// CheckSequence is the sequence that CheckTx expects of an account.
func (a *App) CheckSequence(addr sdk.AccAddress) uint64 {
	acc := a.AuthKeeper.GetAccount(a.NewContextLegacy(true, cmtproto.Header{Height: a.height}), addr)
	return acc.GetSequence()
}

// Change changes the state with an empty block.
func (a *App) Change(change func(sdk.Context) error) (err error) {
	a.inject = func(ctx sdk.Context) error {
		err = change(ctx)
		return err
	}
	a.Commit([][]byte{a.Reveals.At(a.height + 1)})
	return err
}

// Use reports failures to another test from now on: a fuzz target has its own.
func (a *App) Use(t testing.TB) { a.t, a.Reveals.t = t, t }
