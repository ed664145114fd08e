package keeper_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

const (
	moneyAccounts = 5
	moneyKeys     = 8
	moneySteps    = 400
)

// money is a random walk over the module's messages with a model of who paid which bond.
type money struct {
	*fixture
	rng *rand.Rand
	// staked is what each account has in the module's account.
	staked map[string]int64
	done   map[string]int
}

// TestMoneyIsConserved sends random sequences of messages, sensible and senseless ones: after each, the module's
// account holds the sum of the bonds, each account has exactly what it did not stake, and nothing was lost.
func TestMoneyIsConserved(t *testing.T) {
	total := map[string]int{}
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &money{fixture: newFixture(t), rng: rand.New(rand.NewPCG(seed, 1)), staked: map[string]int64{}, done: total}
			for range moneySteps {
				m.step()
			}
			m.windUp()
		})
	}
	for _, op := range []string{"register", "batch", "sponsor", "add", "suspend", "resume", "faults", "offer", "accept", "replace", "retire", "withdraw", "notice", "reclaim", "keep"} {
		require.Positive(t, total[op], "the walk never managed to %s", op)
	}
}

func (m *money) step() {
	key := testutil.NumberedKey(m.rng.Uint64N(moneyKeys))
	who, other := m.anyone(), m.anyone()
	if d, err := m.k.GetDevice(m.ctx, key.ID()); err == nil && m.rng.IntN(4) > 0 {
		who = d.Owner
		if d.PendingOwner != "" && m.rng.IntN(2) == 0 {
			who = d.PendingOwner
		}
	}
	id := key.Text()
	switch m.rng.IntN(15) {
	case 0:
		m.register(who, who, "register", key)
	case 1:
		m.register(who, other, "sponsor", key)
	case 2:
		m.register(who, who, "batch", key, testutil.NumberedKey(m.rng.Uint64N(moneyKeys)))
	case 3:
		amount := 1 + m.rng.Int64N(minBond)
		m.try("add", func() error { return m.addBond(who, id, denom, amount) }, func() { m.staked[who] += amount })
	case 4:
		m.try("suspend", func() error { return m.suspend(who, id) }, nil)
	case 5:
		m.try("resume", func() error { return m.resume(who, id) }, nil)
	case 6:
		m.try("faults", func() error { return m.k.SuspendForFaults(m.ctx, key.ID(), m.epochs.number+m.rng.Uint64N(3)) }, nil)
	case 7:
		m.try("offer", func() error { return m.offer(who, id, other) }, nil)
	case 8:
		m.accepted(who, id, key)
	case 9:
		m.try("retire", func() error { return m.retire(who, id) }, nil)
	case 10:
		m.withdrawnBy(who, id, key)
	case 11:
		m.reclaimed(key)
	case 12:
		m.try("keep", func() error { return m.keep(who, id) }, nil)
	case 13:
		m.epochs.number += types.DefaultReclaimEpochs
		m.reclaimed(key)
	default:
		m.epochs.number += m.rng.Uint64N(types.DefaultUnbondingEpochs)
	}
	m.check()
}

func (m *money) anyone() string { return account(m.rng.IntN(moneyAccounts)) }

// try runs a message as a transaction would, and the model's side of it when it went through.
func (m *money) try(op string, run func() error, then func()) {
	cached, write := m.ctx.CacheContext()
	real := m.ctx
	m.ctx = cached
	err := run()
	m.ctx = real
	if err != nil {
		return
	}
	write()
	m.done[op]++
	if then != nil {
		then()
	}
}

func (m *money) register(owner, payer, op string, keys ...testutil.Key) {
	var regs []types.Registration
	var total int64
	for _, key := range keys {
		generation := uint64(1)
		if d, err := m.k.GetDevice(m.ctx, key.ID()); err == nil {
			generation = d.Generation + 1
		}
		bond := minBond/2 + m.rng.Int64N(minBond*2)
		total += bond
		regs = append(regs, m.sign(owner, key, testutil.WithBond(bond), testutil.WithBondPayer(payer), testutil.WithGeneration(generation)))
	}
	m.try(op, func() error {
		var err error
		switch op {
		case "sponsor":
			_, err = m.msg.SponsorDevices(m.ctx, &types.MsgSponsorDevices{Sponsor: payer, Registrations: regs})
		case "batch":
			_, err = m.msg.RegisterDevices(m.ctx, &types.MsgRegisterDevices{Owner: owner, Registrations: regs})
		default:
			_, err = m.msg.RegisterDevice(m.ctx, &types.MsgRegisterDevice{Owner: owner, Registration: regs[0]})
		}
		return err
	}, func() { m.staked[payer] += total })
}

func (m *money) accepted(who, id string, key testutil.Key) {
	before, err := m.k.GetDevice(m.ctx, key.ID())
	if err != nil {
		return
	}
	op, replace := "accept", m.rng.IntN(2) == 0
	if replace {
		op = "replace"
	}
	m.try(op, func() error { return m.accept(who, id, "", replace) }, func() {
		if replace {
			m.staked[before.BondPayer] -= before.Bond.Amount.Int64()
			m.staked[who] += before.Bond.Amount.Int64()
		}
	})
}

// reclaimed asks for a bond back, most often as who paid it.
func (m *money) reclaimed(key testutil.Key) {
	before, err := m.k.GetDevice(m.ctx, key.ID())
	if err != nil {
		return
	}
	payer, op := before.BondPayer, "notice"
	if m.rng.IntN(4) == 0 {
		payer = m.anyone()
	}
	if before.ReclaimEpoch != 0 {
		op = "reclaim"
	}
	m.try(op, func() error { return m.reclaim(payer, key.Text()) }, func() {
		require.Equal(m, before.BondPayer, payer)
		require.NotEqual(m, before.Owner, payer)
	})
}

func (m *money) withdrawnBy(who, id string, key testutil.Key) {
	before, err := m.k.GetDevice(m.ctx, key.ID())
	if err != nil {
		return
	}
	m.try("withdraw", func() error { return m.withdraw(who, id) }, func() { m.staked[before.BondPayer] -= before.Bond.Amount.Int64() })
}

func (m *money) check() {
	m.holds()
	var sum int64
	for n := range moneyAccounts {
		require.Equal(m, int64(funds)-m.staked[account(n)], m.balance(account(n)), account(n))
		sum += m.staked[account(n)]
	}
	require.Equal(m, sum, m.bonds())
	require.Equal(m, sdk.NewCoin(denom, math.NewInt(moneyAccounts*funds)), m.bank.GetSupply(m.ctx, denom))
}

// windUp retires everything and withdraws it: every account ends with what it began with.
func (m *money) windUp() {
	var ids []types.Device
	require.NoError(m, m.k.IterateDevices(m.ctx, func(d types.Device) (bool, error) {
		ids = append(ids, d)
		return false, nil
	}))
	for _, d := range ids {
		if !d.IsRetired() {
			require.NoError(m, m.retire(d.Owner, d.Text()))
		}
	}
	m.epochs.number += types.MaxUnbondingEpochs
	for _, d := range ids {
		if m.hasBond(m.ctx, d.Id) {
			require.NoError(m, m.withdraw(account(0), d.Text()))
		}
	}
	require.Zero(m, m.bonds())
	for n := range moneyAccounts {
		require.Equal(m, int64(funds), m.balance(account(n)))
	}
	m.holds()
}

func (m *money) hasBond(ctx context.Context, id []byte) bool {
	d, err := m.k.GetDevice(ctx, id)
	require.NoError(m, err)
	return d.HasBond()
}
