package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

func TestMixFollowsReveals(t *testing.T) {
	f := newFixture(t, 2)
	previous := f.lastMix()
	require.Equal(t, vrf.GenesisMix(chainID), previous.Mix)
	require.Zero(t, previous.Height)

	tx := f.reveal(1, beacontest.Key(1))
	msg, _, err := types.ParseRevealTx(tx)
	require.NoError(t, err)
	output, err := vrf.Verify(beacontest.Key(1).PublicKey(), msg.Proof, vrf.RevealInput(chainID, 1, previous.Mix))
	require.NoError(t, err)
	f.block(consAddr(1), tx, []byte("a user's"))
	require.Equal(t, types.Mix{Height: 1, Mix: vrf.NextMix(previous.Mix, output), Revealed: true}, f.lastMix())
	f.requireEvent("joule.beacon.v1.EventMixUpdated")
	require.EqualValues(t, 1, f.misses(1).Reveals)

	mix, err := f.k.Mix(f.ctx, 1)
	require.NoError(t, err)
	require.Equal(t, f.lastMix().Mix, mix)
	mix, err = f.k.Mix(f.ctx, 0)
	require.NoError(t, err)
	require.Equal(t, previous.Mix, mix)
	for _, height := range []int64{2, -1, 1 << 40} {
		_, err = f.k.Mix(f.ctx, height)
		require.ErrorIs(t, err, types.ErrMixUnknown)
	}
	// What a block holds beside its reveal does not enter the mix.
	g := newFixture(t, 2)
	g.block(consAddr(1), tx)
	require.Equal(t, f.lastMix(), g.lastMix())
}

// badBlocks are blocks of validator 0 at the fixture's next height that break the reveal's rules.
func badBlocks(f *fixture) map[string]struct {
	txs  [][]byte
	want error
} {
	f.t.Helper()
	next, mix := f.height()+1, f.lastMix().Mix
	key := beacontest.Key(0)
	reveal := func(chain string, i int, k vrf.SecretKey, height int64, mix []byte) []byte {
		return beacontest.RevealTx(f.t, chain, i, k, height, mix)
	}
	good := f.reveal(0, key)
	old, err := f.k.Mix(f.ctx, f.height()-1)
	require.NoError(f.t, err)
	return map[string]struct {
		txs  [][]byte
		want error
	}{
		"no transactions": {nil, types.ErrRevealMissing},
		"missing":         {[][]byte{[]byte("user")}, types.ErrRevealMissing},
		"at index 1":      {[][]byte{[]byte("user"), good}, types.ErrRevealMissing},
		"empty":           {[][]byte{{}}, types.ErrRevealMissing},
		"cut":             {[][]byte{good[:len(good)-1]}, types.ErrRevealMissing},
		"not canonical":   {[][]byte{append(append([]byte{}, good...), 0x1A, 0x00)}, types.ErrRevealMalformed},
		"last block's":    {[][]byte{reveal(chainID, 0, key, next-1, old)}, types.ErrRevealInvalid},
		"old mix":         {[][]byte{reveal(chainID, 0, key, next, old)}, types.ErrRevealInvalid},
		"next height":     {[][]byte{reveal(chainID, 0, key, next+1, mix)}, types.ErrRevealInvalid},
		"other chain":     {[][]byte{reveal("joule-1", 0, key, next, mix)}, types.ErrRevealInvalid},
		"other validator": {[][]byte{reveal(chainID, 1, beacontest.Key(1), next, mix)}, types.ErrRevealInvalid},
		"other key":       {[][]byte{reveal(chainID, 0, beacontest.Key(1), next, mix)}, types.ErrRevealInvalid},
	}
}

// Such blocks never pass ProcessProposal. If they are final all the same, every node must reach one state.
func TestBadRevealsAreRefusedAndCountAsNone(t *testing.T) {
	names := func(f *fixture) map[string]bool {
		out := map[string]bool{}
		for name := range badBlocks(f) {
			out[name] = true
		}
		return out
	}
	probe := newFixture(t, 2)
	probe.honestUntil(3)
	for name := range names(probe) {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, 2)
			f.honestUntil(3)
			c := badBlocks(f)[name]
			e, err := f.k.Expect(f.ctx, 4, consAddr(0))
			require.NoError(t, err)
			_, err = e.Verify(c.txs)
			require.ErrorIs(t, err, c.want)
			before := f.lastMix()
			f.block(consAddr(0), c.txs...)
			require.Equal(t, types.Mix{Height: 4, Mix: vrf.NextMix(before.Mix, nil)}, f.lastMix())
			require.EqualValues(t, 1, f.misses(0).Total)
			f.requireEvent("joule.beacon.v1.EventRevealMissed")
		})
	}
}

func TestProposerWithoutActiveKey(t *testing.T) {
	f := newFixture(t, 1)
	f.bond(1) // no key at all
	f.bond(2) // pending key
	f.honestUntil(2)
	active, err := f.register(2, beacontest.Key(2))
	require.NoError(t, err)
	for name, proposer := range map[string][]byte{"no key": consAddr(1), "pending": consAddr(2), "nobody": consAddr(77), "none": nil} {
		e, err := f.k.Expect(f.ctx, 3, proposer)
		require.NoError(t, err)
		output, err := e.Verify([][]byte{[]byte("user")})
		require.NoError(t, err, name)
		require.Nil(t, output)
		_, err = e.Verify(nil)
		require.NoError(t, err, name)
		_, err = e.Verify([][]byte{f.reveal(2, beacontest.Key(2))})
		require.ErrorIs(t, err, types.ErrRevealUnexpected, name)
	}
	before := f.lastMix()
	f.block(consAddr(1))
	require.Equal(t, vrf.NextMix(before.Mix, nil), f.lastMix().Mix)
	require.EqualValues(t, 1, f.misses(1).Consecutive)
	f.block(consAddr(77))
	f.block(nil)
	require.False(t, f.lastMix().Revealed)
	// One block before its activation the pending key owes nothing, at it everything.
	f.honestUntil(active - 2)
	f.block(consAddr(2))
	require.EqualValues(t, 1, f.misses(2).Total)
	e, err := f.k.Expect(f.ctx, active, consAddr(2))
	require.NoError(t, err)
	_, err = e.Verify(nil)
	require.ErrorIs(t, err, types.ErrRevealMissing)
	f.block(consAddr(2), f.reveal(2, beacontest.Key(2)))
	require.True(t, f.lastMix().Revealed)
	require.EqualValues(t, 0, f.misses(2).Consecutive, "a reveal ends the row")
}

func TestRepeatedMissesJail(t *testing.T) {
	f := newFixture(t, 2)
	f.bond(2)
	for i := range 2 {
		f.block(consAddr(2))
		f.honest(0) // others' blocks between do not matter
		require.False(t, f.jailed(2), "miss %d", i)
	}
	f.block(consAddr(2))
	require.True(t, f.jailed(2))
	f.requireEvent("joule.beacon.v1.EventValidatorJailed")
	require.EqualValues(t, 3, f.misses(2).Total)
	require.EqualValues(t, 0, f.misses(2).Consecutive, "it starts afresh after its return")
	f.block(consAddr(2)) // it proposes until CometBFT has removed it
	require.EqualValues(t, 1, f.misses(2).Consecutive)
}

func TestJailSparesWhoeverIsNotAtFault(t *testing.T) {
	// A validator whose first key waits cannot reveal; anyone who proposes can put its address into the header.
	f := newFixture(t, 2)
	f.bond(2)
	f.honestUntil(1)
	_, err := f.register(2, beacontest.Key(2))
	require.NoError(t, err)
	for range 9 {
		f.block(consAddr(2))
	}
	require.False(t, f.jailed(2))
	require.EqualValues(t, 9, f.misses(2).Consecutive)

	// Nobody else has a key: jailing would only empty the validator set.
	f = newFixture(t, 0)
	f.bond(0)
	f.bond(1)
	for range 9 {
		f.block(consAddr(0))
		f.block(consAddr(1))
	}
	require.False(t, f.jailed(0))
	require.False(t, f.jailed(1))

	// The only validator with a key is not jailed either, even by final blocks that break the rules.
	f = newFixture(t, 1)
	f.bond(1)
	for range 9 {
		f.block(consAddr(0))
	}
	require.False(t, f.jailed(0))
	for range 3 {
		f.block(consAddr(1))
	}
	require.True(t, f.jailed(1), "the other one has no key")
}

func TestEpochBoundary(t *testing.T) {
	f := newFixture(t, 1)
	at := func(height int64, number uint64, start int64, blocks uint64, end bool) {
		t.Helper()
		f.at(height)
		epoch, err := f.k.CurrentEpoch(f.ctx)
		require.NoError(t, err)
		require.Equal(t, types.Epoch{Number: number, StartHeight: start, Blocks: blocks}, epoch)
		ends, err := f.k.IsEpochEnd(f.ctx)
		require.NoError(t, err)
		require.Equal(t, end, ends)
		n, err := f.k.EpochNumber(f.ctx)
		require.NoError(t, err)
		require.Equal(t, number, n)
	}
	at(1, 1, 1, 10, false)
	at(9, 1, 1, 10, false)
	require.NoError(t, f.k.EndBlock(f.ctx))
	at(10, 1, 1, 10, true)
	p := params()
	p.EpochBlocks = 4 // takes effect at the next epoch
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
	require.NoError(t, err)
	at(10, 1, 1, 10, true)
	require.NoError(t, f.k.EndBlock(f.ctx))
	f.requireEvent("joule.beacon.v1.EventEpochStarted")
	at(11, 2, 11, 4, false)
	at(14, 2, 11, 4, true)
	require.NoError(t, f.k.EndBlock(f.ctx))
	at(15, 3, 15, 4, false)
}

func TestUpdateParamsRefusals(t *testing.T) {
	f := newFixture(t, 1)
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: beacontest.Address(t, 0), Params: params()})
	require.ErrorIs(t, err, sdkerrors.ErrUnauthorized)
	_, err = f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	got, err := f.k.Params(f.ctx)
	require.NoError(t, err)
	require.Equal(t, params(), got)
}

func TestMixHistory(t *testing.T) {
	f := newFixture(t, 1)
	known := func(height int64) bool {
		_, err := f.k.Mix(f.ctx, height)
		return err == nil
	}
	f.honestUntil(260)
	require.False(t, known(60))
	require.True(t, known(61), "200 heights are kept")
	require.True(t, known(260))
	// A longer history keeps what is there; a shorter one again drops two heights a block until it fits.
	p := params()
	p.MixHistoryBlocks = 300
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
	require.NoError(t, err)
	f.honestUntil(300)
	require.True(t, known(61))
	_, err = f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: authority, Params: params()})
	require.NoError(t, err)
	f.honest(0)
	require.False(t, known(62))
	require.True(t, known(63))
	f.honestUntil(345)
	require.False(t, known(145))
	require.True(t, known(146))
}
