package abci

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beaconkeeper "github.com/joulechain/joule/x/beacon/keeper"
	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

const revealChain = "joule-test-1"

// revealState answers as the keeper would for validator i with a key.
type revealState struct {
	e   beaconkeeper.Expectation
	err error
}

func (s revealState) Expect(_ context.Context, height int64, _ []byte) (beaconkeeper.Expectation, error) {
	e := s.e
	e.Height = height
	return e, s.err
}

func stateOf(t testing.TB, i int, key []byte, mix []byte) revealState {
	t.Helper()
	return revealState{e: beaconkeeper.Expectation{
		ChainID: revealChain, Operator: beacontest.Operator(i), Address: beacontest.Address(t, i), Key: key, PreviousMix: mix,
	}}
}

func revealCtx() sdk.Context { return sdk.Context{}.WithLogger(log.NewNopLogger()) }

// brokenSigner holds every key and proves nothing.
type brokenSigner struct {
	proof []byte
	err   error
}

func (brokenSigner) PublicKeys() [][]byte                { return nil }
func (s brokenSigner) Prove(_, _ []byte) ([]byte, error) { return s.proof, s.err }

// Whatever PrepareProposal builds, ProcessProposal accepts: for any validator, key, height and mix.
func TestBuiltRevealIsAccepted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		i, k := r.IntN(50), r.IntN(50)
		height := 1 + r.Int64N(1<<62)
		mix := make([]byte, vrf.MixSize)
		for b := range mix {
			mix[b] = byte(r.Uint32())
		}
		ring := vrf.KeyRing{beacontest.Key(k + 1), beacontest.Key(k), beacontest.Key(k + 2)}
		state := stateOf(t, i, beacontest.Key(k).PublicKey(), mix)
		tx, expected := BuildReveal(revealCtx(), state, ring, height, nil)
		require.True(t, expected)
		require.LessOrEqual(t, len(tx), beacontypes.MaxRevealTxBytes)
		block := [][]byte{tx, []byte("user"), nil}
		require.NoError(t, CheckReveal(revealCtx(), state, block, height, nil))
		require.True(t, beacontypes.IsRevealTx(block[0]))
		// and by no other height, mix or key
		require.ErrorIs(t, CheckReveal(revealCtx(), state, block, height-1+2, nil), beacontypes.ErrRevealInvalid)
		state.e.PreviousMix = bytes.Repeat([]byte{1}, vrf.MixSize)
		require.ErrorIs(t, CheckReveal(revealCtx(), state, block, height, nil), beacontypes.ErrRevealInvalid)
	}
}

func TestBuildRevealNeverFails(t *testing.T) {
	mix := vrf.GenesisMix(revealChain)
	key := beacontest.Key(0)
	with := stateOf(t, 0, key.PublicKey(), mix)
	low, _ := beacontest.LowOrderPoints()
	for name, c := range map[string]struct {
		state    RevealKeeper
		signer   vrf.Signer
		expected bool
	}{
		"no active key":       {stateOf(t, 0, nil, mix), key, false},
		"no key, no signer":   {stateOf(t, 0, nil, mix), nil, false},
		"no signer":           {with, nil, true},
		"another key":         {with, beacontest.Key(1), true},
		"empty ring":          {with, vrf.KeyRing{}, true},
		"signer is down":      {with, brokenSigner{err: errors.New("down")}, true},
		"signer sends short":  {with, brokenSigner{proof: []byte{1}}, true},
		"signer sends low s":  {with, brokenSigner{proof: append(bytes.Clone(low[0]), bytes.Repeat([]byte{0xFF}, 48)...)}, true},
		"state is unreadable": {revealState{err: errors.New("disk")}, key, false},
	} {
		tx, expected := BuildReveal(revealCtx(), c.state, c.signer, 5, nil)
		require.Nil(t, tx, name)
		require.Equal(t, c.expected, expected, name)
	}
}

func TestCheckReveal(t *testing.T) {
	mix := vrf.GenesisMix(revealChain)
	key := beacontest.Key(0)
	state, keyless := stateOf(t, 0, key.PublicKey(), mix), stateOf(t, 0, nil, mix)
	good := beacontest.RevealTx(t, revealChain, 0, key, 5, mix)
	user := []byte("user")
	for name, c := range map[string]struct {
		state RevealKeeper
		txs   [][]byte
		want  error
	}{
		"reveal alone":              {state, [][]byte{good}, nil},
		"reveal in front":           {state, [][]byte{good, user}, nil},
		"keyless, empty":            {keyless, nil, nil},
		"keyless, users":            {keyless, [][]byte{user, user}, nil},
		"type URL in a user's text": {state, [][]byte{good, []byte(beacontypes.RevealTypeURL)}, nil},
		"empty block":               {state, nil, beacontypes.ErrRevealMissing},
		"missing":                   {state, [][]byte{user}, beacontypes.ErrRevealMissing},
		"behind a user":             {state, [][]byte{user, good}, beacontypes.ErrRevealMissing},
		"malformed":                 {state, [][]byte{append(bytes.Clone(good), 0x1A, 0)}, beacontypes.ErrRevealMalformed},
		"second":                    {state, [][]byte{good, good}, beacontypes.ErrRevealUnexpected},
		"second, last":              {state, [][]byte{good, user, user, good}, beacontypes.ErrRevealUnexpected},
		"second, malformed":         {state, [][]byte{good, append(bytes.Clone(good), 0x1A, 0)}, beacontypes.ErrRevealUnexpected},
		"keyless, reveal":           {keyless, [][]byte{good}, beacontypes.ErrRevealUnexpected},
		"keyless, malformed":        {keyless, [][]byte{append(bytes.Clone(good), 0x1A, 0)}, beacontypes.ErrRevealMalformed},
		"keyless, later reveal":     {keyless, [][]byte{user, good}, beacontypes.ErrRevealUnexpected},
		"other validator":           {state, [][]byte{beacontest.RevealTx(t, revealChain, 1, key, 5, mix)}, beacontypes.ErrRevealInvalid},
		"other height":              {state, [][]byte{beacontest.RevealTx(t, revealChain, 0, key, 4, mix)}, beacontypes.ErrRevealInvalid},
		"other chain":               {state, [][]byte{beacontest.RevealTx(t, "joule-1", 0, key, 5, mix)}, beacontypes.ErrRevealInvalid},
		"other key":                 {state, [][]byte{beacontest.RevealTx(t, revealChain, 0, beacontest.Key(1), 5, mix)}, beacontypes.ErrRevealInvalid},
	} {
		err := CheckReveal(revealCtx(), c.state, c.txs, 5, nil)
		if c.want == nil {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, c.want, name)
		}
	}
	require.EqualError(t, CheckReveal(revealCtx(), revealState{err: errors.New("disk")}, nil, 5, nil), "disk")
	require.True(t, CarriesReveal(append(bytes.Clone(good), 0x1A, 0)))
	require.False(t, CarriesReveal(user))
}
