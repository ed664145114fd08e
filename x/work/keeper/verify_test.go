package keeper_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestJobs: the jobs of a batch are its pure work. They run in any goroutine, after the state has moved on.
func TestJobs(t *testing.T) {
	c := newChain(t, opensAt(5))
	a, b := c.device(1), c.device(2)
	w := c.open(5)
	none, err := c.k.Jobs(c.ctx, batch(a.Statement(4, types.PHASE_COMMIT, commitment(2))))
	require.NoError(t, err)
	require.Empty(t, none, "nothing new, nothing to do")
	_, err = c.k.Jobs(c.ctx, batch())
	require.ErrorIs(t, err, types.ErrEmptyBatch)

	msg := batch(a.Commit(w, 2), b.Commit(w, 2))
	commits, err := c.k.Jobs(c.ctx, msg)
	require.NoError(t, err)
	c.accept(msg.Evidence...)
	w = c.drawn(5)
	forged := b.Open(w)
	forged.Payload[7] ^= 1
	msg = batch(a.Open(w), b.Sign(forged), c.device(3).Statement(4, types.PHASE_COMMIT, commitment(2)))
	opens, err := c.k.Jobs(c.ctx, msg)
	require.NoError(t, err)
	require.Len(t, opens, 3)
	for i := range msg.Evidence { // the jobs hold copies
		clear(msg.Evidence[i].Payload)
		clear(msg.Evidence[i].Signature)
	}
	c.reach(60)
	verdicts := make([]error, 5)
	var wg sync.WaitGroup
	for i, j := range append(commits, opens...) {
		wg.Go(func() { verdicts[i] = types.DirectVerifier{}.Verify(j) })
	}
	wg.Wait()
	for i, v := range verdicts {
		if i == 3 {
			require.ErrorIs(t, v, types.ErrBadProof)
		} else {
			require.NoError(t, v)
		}
	}
	params := testutil.Params()
	cost, err := types.VerifyCost(batch(a.Open(w)), params)
	require.NoError(t, err)
	require.Equal(t, cost, opens[0].Cost)
	require.EqualValues(t, types.SignatureCostUs, opens[2].Cost)
	require.Equal(t, []int{0, 1, 2}, []int{opens[0].Index, opens[1].Index, opens[2].Index})
	require.Equal(t, a.ID(), opens[0].DeviceID)
}

// TestJobKeys: a key names one verdict. Whatever may change a verdict changes the key.
func TestJobKeys(t *testing.T) {
	keys := map[[32]byte]string{}
	add := func(name string, c *chain, e types.Evidence) {
		t.Helper()
		jobs, err := c.k.Jobs(c.ctx, batch(e))
		require.NoError(t, err, name)
		require.Len(t, jobs, 1, name)
		again, err := c.k.Jobs(c.ctx, batch(e))
		require.NoError(t, err)
		require.Equal(t, jobs[0].Key, again[0].Key)
		if other, seen := keys[jobs[0].Key]; seen {
			t.Fatalf("%s and %s have one key", name, other)
		}
		keys[jobs[0].Key] = name
	}
	run := func(name string, rounds uint64, salt byte, change func(*types.Params)) {
		c := newChain(t, opensAt(5), withParams(change))
		c.beacon.Salt = salt
		d := c.device(1)
		w := c.open(5)
		add(name+" commit", c, d.Commit(w, rounds))
		c.accept(d.Commit(w, 9))
		liar := c.device(2)
		c.accept(liar.Claim(w, 9))
		w = c.drawn(5)
		e := d.Open(w)
		add(name+" open", c, e)
		e.Payload[3] ^= 1
		add(name+" other payload", c, d.Sign(e))
		e.Signature[3] ^= 1
		add(name+" other signature", c, e)
		// The same bytes, signed alike: only what is asked differs.
		add(name+" challenge", c, liar.Statement(5, types.PHASE_OPEN, []byte{1}))
	}
	same := func(*types.Params) {}
	run("plain", 2, 0, same)
	run("openings", 3, 0, func(p *types.Params) { p.Gpu.T = 3 })
	run("mixes", 2, 1, same)
	require.Len(t, keys, 15)
}

// TestGasOutsideTheLane: a batch inside another message pays for its verification, cached or not.
func TestGasOutsideTheLane(t *testing.T) {
	c := newChain(t, opensAt(5))
	d := c.device(1)
	msg := batch(d.Commit(c.open(5), 2))
	gas, err := types.LaneGas(msg, testutil.Params())
	require.NoError(t, err)
	meter := storetypes.NewGasMeter(10_000_000)
	ctx, _ := c.ctx.WithGasMeter(meter).CacheContext()
	_, err = c.msg.SubmitWork(ctx, msg)
	require.NoError(t, err)
	require.Greater(t, meter.GasConsumed(), gas)
	spent := meter.GasConsumed()
	t.Logf("formula %d, with the store's metered reads and writes %d", gas, spent)

	counted := &counter{}
	c.k.SetVerifier(counted)
	small := c.ctx.WithGasMeter(storetypes.NewGasMeter(gas / 2))
	require.Panics(t, func() { _, _ = c.msg.SubmitWork(small, msg) }, "out of gas before any verification")
	require.Zero(t, counted.signatures)
}
