package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestRelayerCannotBeGriefed: another relayer lands one item of a batch first; the others still land.
func TestRelayerCannotBeGriefed(t *testing.T) {
	c := newChain(t, opensAt(5))
	var commits, openings []types.Evidence
	var fleet []*testutil.Device
	w := c.open(5)
	for n := range uint64(5) {
		fleet = append(fleet, c.device(n+1))
		commits = append(commits, fleet[n].Commit(w, 2))
	}
	c.accept(commits[2])
	res, err := c.submit(commits...)
	require.NoError(t, err)
	for i, r := range res.Results {
		require.Equal(t, i != 2, r.Accepted, r.Reason)
	}
	w = c.drawn(5)
	for _, d := range fleet {
		openings = append(openings, d.Open(w))
	}
	c.accept(openings[0])
	c.devices.SetState(fleet[1].ID(), 3) // retired meanwhile: its work is paid all the same
	res, err = c.submit(openings...)
	require.NoError(t, err)
	for i, r := range res.Results {
		require.Equal(t, i != 0, r.Accepted, r.Reason)
	}
	c.next()
	require.Equal(t, "2560", c.units(1))
	require.EqualValues(t, 5, c.tally(1).Evidence)
}

// TestStrangerCannotFileForAVictim: nothing that the victim has not signed counts, and its own copy lands whoever
// carries it.
func TestStrangerCannotFileForAVictim(t *testing.T) {
	c := newChain(t, opensAt(5))
	victim, mallory := c.device(1), c.device(2)
	w := c.open(5)
	poor := types.Evidence{DeviceId: victim.ID(), WorkClass: gpuClass, Window: 5, Phase: types.PHASE_COMMIT, Payload: commitment(1_000)}
	require.ErrorIs(t, c.refuse(mallory.Sign(poor)), types.ErrBadSignature)
	// A front-runner's copy is the victim's own statement: the victim is credited.
	front := victim.Commit(w, 3)
	_, err := c.msg.SubmitWork(c.ctx, &types.MsgSubmitWork{Relayer: relayer(9), Evidence: []types.Evidence{front}})
	require.NoError(t, err)
	c.skip(types.ErrNotLarger, front)
	// Seeds are bound to the device: the victim's work is worth nothing under another key.
	stolen := victim.Commit(w, 3).Payload
	c.accept(mallory.Statement(5, types.PHASE_COMMIT, stolen))
	w = c.drawn(5)
	require.ErrorIs(t, c.refuse(mallory.Statement(5, types.PHASE_OPEN, victim.Open(w).Payload)), types.ErrBadProof)
	c.accept(victim.Open(w))
	c.next()
	require.Equal(t, "768", c.units(1))
	require.True(t, c.record(mallory).TotalUnits.IsZero())
}

// TestReplays: a signature holds for one chain, window, phase, class, device and payload.
func TestReplays(t *testing.T) {
	c := newChain(t, opensAt(5, 6))
	d := c.device(1)
	w := c.open(5)
	c.reach(8)
	signed := d.Commit(w, 2)
	elsewhere := testutil.NewDevice("joule-other-1", 1)
	for name, e := range map[string]types.Evidence{
		"chain":   elsewhere.Commit(w, 2),
		"window":  change(signed, func(e *types.Evidence) { e.Window = 6 }),
		"phase":   change(signed, func(e *types.Evidence) { e.Phase = types.PHASE_OPEN }),
		"payload": change(signed, func(e *types.Evidence) { e.Payload[0]++ }),
	} {
		err := c.refuse(c.device(2).Claim(w, 2), e)
		require.ErrorIs(t, err, types.ErrBadSignature, name)
	}
	c.accept(signed)
	// An opening of one window is none of another: the roots and seeds differ.
	c.accept(d.Commit(c.window(6), 2))
	c.reach(19)
	opening := d.Open(c.window(5))
	c.accept(opening)
	require.ErrorIs(t, c.refuse(d.Statement(6, types.PHASE_OPEN, opening.Payload)), types.ErrBadProof)
	c.accept(d.Open(c.window(6)))
}

// TestMarks: within a proposal the second transaction with the same item is refused; elsewhere marks do not exist.
func TestMarks(t *testing.T) {
	c := newChain(t, opensAt(5))
	victim, mallory := c.device(1), c.device(2)
	w := c.open(5)
	old, item := victim.Claim(w, 1), victim.Commit(w, 3) // MinRounds is 2: old is stale whenever it comes
	for _, mode := range []sdk.ExecMode{sdk.ExecModePrepareProposal, sdk.ExecModeProcessProposal} {
		proposal, _ := c.ctx.CacheContext()
		proposal = proposal.WithExecMode(mode)
		require.NoError(t, c.k.VerifyBatch(proposal, batch(item)))
		require.NoError(t, c.k.MarkPending(proposal, batch(item)))
		require.ErrorIs(t, c.k.VerifyBatch(proposal, batch(item)), types.ErrNothingNew)
		require.NoError(t, c.k.VerifyBatch(proposal, batch(item, mallory.Claim(w, 2))), "a batch with another new item")
		for _, other := range []sdk.ExecMode{sdk.ExecModeCheck, sdk.ExecModeFinalize, sdk.ExecModeSimulate} {
			require.NoError(t, c.k.VerifyBatch(proposal.WithExecMode(other), batch(item)))
		}
	}
	// Somebody who carries a victim's old statement beside an item of their own does not keep the new one out.
	proposal, _ := c.ctx.CacheContext()
	proposal = proposal.WithExecMode(sdk.ExecModePrepareProposal)
	padded := batch(mallory.Claim(w, 2), old)
	require.ErrorIs(t, c.k.VerifyBatch(proposal, padded), types.ErrTooStale)
	require.ErrorIs(t, c.k.CheckLive(c.ctx.WithExecMode(sdk.ExecModeReCheck), padded), types.ErrTooStale)
	require.NoError(t, c.k.VerifyBatch(c.ctx.WithExecMode(sdk.ExecModeFinalize), padded), "a block may have landed it since")
	fourth := c.device(4)
	spoiler := batch(mallory.Claim(w, 2), old, c.device(3).Claim(w, 2), fourth.Claim(w, 2))
	require.NoError(t, c.k.VerifyBatch(proposal, spoiler))
	require.NoError(t, c.k.MarkPending(proposal, spoiler))
	require.NoError(t, c.k.VerifyBatch(proposal, batch(item)))
	// Nor somebody who makes one up.
	forged := batch(c.device(5).Claim(w, 2), c.device(3).Claim(w, 2), fourth.Claim(w, 2), change(old, func(e *types.Evidence) { e.Payload[20] ^= 1 }))
	require.ErrorIs(t, c.k.VerifyBatch(proposal, forged), types.ErrBadSignature)
}

// TestNothingWrittenByAFailedMessage: settlement, faults and contributions of a batch that fails late are gone with it.
func TestNothingWrittenByAFailedMessage(t *testing.T) {
	c := newChain(t, opensAt(5, 95))
	d, other := c.device(1), c.device(2)
	c.earn(5, 2, d, other)
	c.reachEpoch(4)
	w := c.open(95)
	require.True(t, c.tally(1).Frozen)
	before := c.export()
	err := c.tx(func(ctx sdk.Context) error {
		_, err := c.msg.SubmitWork(ctx, batch(d.Commit(w, 2), other.Commit(w, 2)))
		require.NoError(t, err)
		return types.ErrAccounting // a later message of the same transaction fails
	})
	require.ErrorIs(t, err, types.ErrAccounting)
	require.Equal(t, before, c.export())
	c.next()
	c.holds()
	require.EqualValues(t, 500_001, c.claim(d))
	c.next()
	c.holds()
}
