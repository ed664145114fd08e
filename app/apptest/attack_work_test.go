package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// The tests here run the real keepers and show that an attack pays no more per unit of work than honesty does. One
// variant is enough: that all variants agree is tested elsewhere.

// attackBlocks is how long each attack goes on: about 40 windows.
const attackBlocks = 280

func newAttack(t *testing.T, members ...*Member) *Chain {
	t.Helper()
	return New(t, Options{Genesis: attackGenesis(members...), Variants: Variants[:1]})
}

// attackGenesis lets cheats go on for ever: suspension would stop most of them early and hide what the payment rule
// does.
func attackGenesis(members ...*Member) func(*Genesis) {
	return func(g *Genesis) {
		workGenesis(members...)(g)
		Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) { s.Params.FaultLimit = worktypes.MaxFaultLimit })
	}
}

// finish lets every open window end and every epoch be settled, so that all work done is paid for.
func finish(c *Chain, members ...*Member) {
	for _, m := range members {
		m.Rounds = func(worktypes.Window) uint64 { return 0 }
	}
	c.Work(80, members...)
	c.RequireInvariants()
}

// perUnit is a member's pay per unit of true work in 10^-6 ujoule.
func perUnit(c *Chain, m *Member) math.Int {
	require.NotZero(c.t, m.Worked(), "device %s did no work", m.Text())
	return c.Earned(m).MulRaw(1_000_000).Quo(math.NewIntFromUint64(m.Worked()))
}

// requireBondsUntouched fails if any device lost bond.
func requireBondsUntouched(c *Chain, members ...*Member) {
	for _, m := range members {
		d, err := c.App().DeviceKeeper.GetDevice(c.Ctx(), m.ID())
		require.NoError(c.t, err)
		require.Equal(c.t, int64(DeviceBond), d.Bond.Amount.Int64(), "device %s lost bond", m.Text())
	}
}

// half computes the left half of every product and makes the rest up.
func half(p gpu.Params, seed gpu.Seed, row, col uint32) []int32 {
	if col < p.Grid()/2 {
		return gpu.Tile(p, seed, row, col)
	}
	return make([]int32, p.B*p.B)
}

// A device that computes half of its tiles claims twice the work that it does, and passes with 1/2^t: with t = 2 it is
// paid about half of what the honest device gets for the same work. It is not slashed, and neither is anybody else.
func TestAttackHalfOfTheTiles(t *testing.T) {
	honest, cheat := NewMember(1, NewAccount("account", 0), 4), NewMember(2, NewAccount("account", 1), 4)
	cheat.Tile = half
	c := newAttack(t, honest, cheat)
	c.Work(attackBlocks, honest, cheat)
	finish(c, honest, cheat)
	// The cheat's true work is half of the rounds that it declared.
	paid := perUnit(c, cheat).MulRaw(2)
	t.Logf("pay per unit of true work: honest %s, computing half %s (10^-6 ujoule)", perUnit(c, honest), paid)
	require.True(t, paid.LT(perUnit(c, honest)), "computing half pays %s per unit, honest work %s", paid, perUnit(c, honest))
	requireBondsUntouched(c, honest, cheat)
}

// A device that is present only where it likes the window, by anything that the window shows, is paid per unit like one
// that is always there: windows come with a constant probability and are paid by their units.
func TestAttackFavourableWindowsOnly(t *testing.T) {
	honest, picky := NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 3)
	lastEpoch := uint64(0)
	picky.Rounds = func(w worktypes.Window) uint64 {
		// Favourable: the epoch's first window, which a pay per epoch or a pay per presence would overpay.
		if w.Epoch == lastEpoch {
			return 0
		}
		lastEpoch = w.Epoch
		return 3
	}
	c := newAttack(t, honest, picky)
	c.Work(attackBlocks, honest, picky)
	finish(c, honest, picky)
	t.Logf("pay per unit: always there %s, first windows only %s", perUnit(c, honest), perUnit(c, picky))
	requireWithin(t, perUnit(c, honest), perUnit(c, picky))
	require.True(t, c.Earned(picky).LT(c.Earned(honest)))
}

// requireWithin allows what floors and the reserve's decay over the run explain: one part in a thousand.
func requireWithin(t *testing.T, honest, attack math.Int) {
	t.Helper()
	require.True(t, attack.LTE(honest.AddRaw(honest.Int64()/1_000+1)), "the attack pays %s per unit, honest work %s", attack, honest)
}

// Ten identities that share the work of one earn together what one earns, less floors.
func TestAttackTenIdentities(t *testing.T) {
	honest := NewMember(1, NewAccount("account", 0), 20)
	members := []*Member{honest}
	for i := range 10 {
		members = append(members, NewMember(uint64(10+i), NewAccount("account", 1), 2))
	}
	c := newAttack(t, members...)
	c.Work(attackBlocks/2, members...)
	finish(c, members...)
	together := math.ZeroInt()
	for _, m := range members[1:] {
		together = together.Add(c.Earned(m))
	}
	t.Logf("one identity earned %s, ten with the same work %s", c.Earned(honest), together)
	require.True(t, c.Earned(honest).IsPositive())
	require.True(t, together.LTE(c.Earned(honest)), "ten identities earn %s, one %s", together, c.Earned(honest))
	requireBondsUntouched(c, members...)
}

// A proposer that leaves a rival's evidence out of every second block earns nothing by it: pay per unit stays the same,
// and the rival loses at most pay, never bond.
func TestAttackCensorship(t *testing.T) {
	cheat, victim := NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 3)
	c := newAttack(t, cheat, victim)
	fair := newAttack(t, NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 3))
	for range attackBlocks {
		all := c.Evidence(cheat, victim)
		if c.Height()%2 == 0 {
			all = c.onlyFrom(cheat.Owner, all)
		}
		c.Block(all...)
	}
	finish(c, cheat, victim)
	fairMembers := []*Member{NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 3)}
	fair.Work(attackBlocks, fairMembers...)
	finish(fair, fairMembers...)
	t.Logf("pay per unit: censoring %s, fair %s; the victim's whole pay: %s against %s", perUnit(c, cheat), perUnit(fair, fairMembers[0]), c.Earned(victim), fair.Earned(fairMembers[1]))
	requireWithin(t, perUnit(fair, fairMembers[0]), perUnit(c, cheat))
	require.True(t, c.Earned(victim).LT(fair.Earned(fairMembers[1])))
	requireBondsUntouched(c, cheat, victim)
}

// onlyFrom keeps the transactions that an account signed.
func (c *Chain) onlyFrom(a Account, txs [][]byte) [][]byte {
	var kept [][]byte
	for _, bz := range txs {
		tx, err := c.App().TxConfig().TxDecoder()(bz)
		require.NoError(c.t, err)
		msg := tx.GetMsgs()[0].(*worktypes.MsgSubmitWork)
		if msg.Relayer == a.Address.String() {
			kept = append(kept, bz)
		}
	}
	return kept
}

// A relayer that copies another's evidence out of the mempool and lands it first only carries it: the device that
// signed is paid.
func TestAttackFrontRunning(t *testing.T) {
	victim, thief := NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 0)
	c := newAttack(t, victim, thief)
	for range attackBlocks / 2 {
		var copied [][]byte
		for _, bz := range c.Evidence(victim) {
			tx, err := c.App().TxConfig().TxDecoder()(bz)
			require.NoError(t, err)
			copied = append(copied, c.Submit(thief.Owner, tx.GetMsgs()[0].(*worktypes.MsgSubmitWork).Evidence...))
		}
		for _, res := range c.Block(copied...) {
			require.Zero(t, res.Code, res.Log)
		}
	}
	finish(c, victim, thief)
	require.True(t, c.Earned(victim).IsPositive())
	require.True(t, c.Earned(thief).IsZero())
}

// Evidence that names another device than the one that signed it is refused, so nobody can file poor evidence in a
// victim's name.
func TestAttackVictimsName(t *testing.T) {
	victim, thief := NewMember(1, NewAccount("account", 0), 3), NewMember(2, NewAccount("account", 1), 3)
	c := newAttack(t, victim, thief)
	for range 60 {
		for _, bz := range c.Evidence(thief) {
			tx, err := c.App().TxConfig().TxDecoder()(bz)
			require.NoError(t, err)
			e := tx.GetMsgs()[0].(*worktypes.MsgSubmitWork).Evidence[0]
			e.DeviceId = victim.ID()
			res := c.CheckTx(c.Submit(thief.Owner, thief.Sign(e)))
			require.NotZero(t, res.Code)
		}
		c.Block()
	}
	record, err := c.App().WorkKeeper.Devices.Has(c.Ctx(), worktypes.DeviceWorkKey(1, victim.ID()))
	require.NoError(t, err)
	require.False(t, record, "the victim has a record of evidence that it never signed")
}
