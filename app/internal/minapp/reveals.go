package minapp

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/abci"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// Reveals stands in for the beacon: it demands one fixed, canonical transaction 0 per height.
type Reveals struct {
	// Off means that the proposer has no key: no reveal is wanted.
	Off    bool
	t      testing.TB
	secret vrf.SecretKey
}

func newReveals(t testing.TB) *Reveals {
	seed := sha256.Sum256([]byte("minapp beacon key"))
	secret, err := vrf.NewSecretKey(seed[:])
	require.NoError(t, err)
	return &Reveals{t: t, secret: secret}
}

// At returns a height's transaction 0.
func (r *Reveals) At(height int64) []byte {
	proof, err := r.secret.Prove(r.secret.PublicKey(), vrf.RevealInput(ChainID, height, make([]byte, 32)))
	require.NoError(r.t, err)
	tx, err := beacontypes.BuildRevealTx(&beacontypes.MsgReveal{OperatorAddress: sdk.ValAddress(Proposer).String(), Height: height, Proof: proof})
	require.NoError(r.t, err)
	return tx
}

// Build returns transaction 0.
func (r *Reveals) Build(_ sdk.Context, height int64, _ []byte) []byte {
	if r.Off {
		return nil
	}
	return r.At(height)
}

// Check compares transaction 0 and refuses later reveals.
func (r *Reveals) Check(_ sdk.Context, txs [][]byte, height int64, _ []byte) error {
	rest := txs
	if !r.Off {
		if len(txs) == 0 || !bytes.Equal(txs[0], r.At(height)) {
			return errors.New("transaction 0 is not the reveal")
		}
		rest = txs[1:]
	}
	for _, tx := range rest {
		if abci.CarriesReveal(tx) {
			return errors.New("unexpected reveal")
		}
	}
	return nil
}
