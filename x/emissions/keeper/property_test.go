package keeper_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// Whatever happens in whatever order, every coin is accounted for at every height and the cap holds.
func TestConservationUnderRandomSequences(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			f := newFixture(t, testParams(), 3)
			var ids [][]byte
			for i := range 12 {
				ids = append(ids, f.device(f.addr(i%4)))
			}
			for f.clock.epoch.Number < 45 {
				f.clock.nextBlocks = 2 + uint64(r.Intn(4))
				f.block(func() {
					for range r.Intn(6) {
						randomStep(f, r, ids)
					}
				})
				f.holds()
				require.True(t, f.supply().Total().LTE(types.MaxSupply()))
			}
			closed, err := f.k.NextClose.Get(f.ctx)
			require.NoError(t, err)
			require.Greater(t, closed, uint64(10), "the run must close claim windows")
		})
	}
}

func randomStep(f *fixture, r *rand.Rand, ids [][]byte) {
	id := ids[r.Intn(len(ids))]
	device := f.devices.byID[string(id)]
	payee := sdk.MustAccAddressFromBech32(device.Beneficiary)
	switch r.Intn(10) {
	case 0, 1, 2, 3:
		f.works(id, uint64(r.Intn(400)))
	case 4:
		f.claim(payee, id)
	case 5:
		f.claim(f.addr(r.Intn(4)))
	case 6:
		_, err := f.msg.Burn(f.ctx, &types.MsgBurn{Sender: f.name(f.addr(0)), Amount: sdk.NewInt64Coin(types.Denom, 1+r.Int63n(1_000_000_000))})
		require.NoError(f, err)
	case 7: // another module burns
		c := ujoules(math.NewInt(1 + r.Int63n(1_000_000)))
		require.NoError(f, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), govtypes.ModuleName, c))
		require.NoError(f, f.counting.BurnCoins(f.ctx, govtypes.ModuleName, c))
	case 8: // the device pays another account from now on
		require.NoError(f, f.k.DeviceHooks().BeforePayeeChanged(f.ctx, device))
		device.Beneficiary = f.name(f.addr(r.Intn(4)))
		f.devices.byID[string(id)] = device
	case 9:
		p := testParams()
		p.Classes[0].ShareBps = uint32(r.Intn(7_001))
		p.ValidatorsBps = 9_000 - p.Classes[0].ShareBps
		p.SpeedBps = uint32(r.Intn(10_001))
		p.Classes[0].BaselineUnits = math.NewInt(1 + r.Int63n(2_000))
		p.Classes[0].BaselineGrowthPpb = uint32(r.Intn(types.MaxGrowthPpb))
		_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: p})
		require.NoError(f, err)
	}
}

// The same work pays each device the same in all, whoever claims when and how often; only coins that dust leaves behind
// may differ by claim window.
func TestPayIndependentOfClaimOrder(t *testing.T) {
	run := func(claims *rand.Rand) []string {
		work := rand.New(rand.NewSource(77))
		f := newFixture(t, testParams(), 4)
		var ids [][]byte
		for range 8 {
			ids = append(ids, f.device(f.addr(9)))
		}
		for f.clock.epoch.Number < 20 {
			f.block(func() {
				f.works(ids[work.Intn(8)], uint64(1+work.Intn(500)))
				for range claims.Intn(3) {
					order := claims.Perm(8)[:1+claims.Intn(8)]
					for _, i := range order {
						f.claim(f.addr(9), ids[i])
					}
				}
			})
		}
		f.claim(f.addr(9), ids...)
		f.holds()
		var totals []string
		for _, id := range slices.Sorted(maps.Keys(f.work.records)) {
			totals = append(totals, f.work.records[id].lifetime.String())
		}
		return append(totals, f.balance(f.addr(9)).String(), f.supply().Minted.String())
	}
	want := run(rand.New(rand.NewSource(1)))
	for seed := range int64(5) {
		require.Equal(t, want, run(rand.New(rand.NewSource(seed+2))), "seed %d", seed)
	}
}

// pay runs one chain in which account i's devices do units[i] each epoch, and returns what account i gets for epochs of
// work.
func pay(t *testing.T, params types.Params, epochs int, units ...[]uint64) []math.Int {
	f := newFixture(t, params, 10)
	ids := make([][][]byte, len(units))
	for i := range units {
		for range units[i] {
			ids[i] = append(ids[i], f.device(f.addr(i+20)))
		}
	}
	for range epochs {
		f.epoch(func() {
			for i := range units {
				for j, u := range units[i] {
					f.works(ids[i][j], u)
				}
			}
		})
	}
	for range testDelay + 1 {
		f.epoch(nil)
	}
	f.holds()
	paid := make([]math.Int, len(units))
	for i := range units {
		paid[i] = f.claim(f.addr(i+20), ids[i]...)
	}
	return paid
}

// Below the baseline pay per unit is fixed: without the competitor, or with it, a device earns the same.
func TestExcludingCompetitorDoesNotRaisePay(t *testing.T) {
	params := testParams()
	params.Classes[0].BaselineUnits = math.NewInt(1_000)
	both := pay(t, params, 5, []uint64{300}, []uint64{700})
	alone := pay(t, params, 5, []uint64{300})
	require.True(t, both[0].IsPositive())
	// Pools are floored once an epoch, shares once a device: 5 epochs differ by at most 5 + 5 coins. The reserve
	// differs a little, too: what the competitor is not paid stays in the reserve and is emitted over decades.
	gain := alone[0].Sub(both[0])
	require.True(t, gain.MulRaw(100_000).LTE(both[0]), "excluding a competitor gained %s on %s", gain, both[0])
}

// Above the baseline, while a class grows faster than its trailing mean, a pool is shared by all of its units; the docs
// say so.
func TestGrowthPhaseSharesPool(t *testing.T) {
	params := testParams()
	params.Classes[0].BaselineUnits = math.NewInt(100)
	both := pay(t, params, 1, []uint64{300}, []uint64{700})
	alone := pay(t, params, 1, []uint64{300})
	require.True(t, alone[0].GT(both[0].MulRaw(3)))
	require.True(t, both[0].Add(both[1]).LTE(alone[0].AddRaw(1)), "the pool itself does not grow")
}

// Ten identities with a tenth of the work each earn what one earns, but for the floors.
func TestSplittingIdentitiesPaysTheSame(t *testing.T) {
	ten := slices.Repeat([]uint64{37}, 10)
	paid := pay(t, testParams(), 5, []uint64{370}, ten)
	require.True(t, paid[0].GTE(paid[1]), "one device got %s, ten got %s", paid[0], paid[1])
	require.True(t, paid[0].Sub(paid[1]).LTE(math.NewInt(10*5)), "one device got %s, ten got %s", paid[0], paid[1])
}

// The reserve only feeds what is left: even a supply at the cap mints nothing more, and burning reopens exactly what
// was burned.
func TestCapIsNeverPassed(t *testing.T) {
	f := newFixture(t, testParams(), 2, func(f *fixture) { f.fund(f.addr(1), types.MaxSupplyUjoule-hundredM) })
	id := f.device(f.addr(2))
	for range 5 {
		f.epoch(func() { f.works(id, 1_000) })
		f.holds()
	}
	require.Equal(t, types.MaxSupply(), f.supply().Total())
	require.True(t, f.supply().Minted.IsZero())
	burned := math.NewInt(hundredM)
	_, err := f.msg.Burn(f.ctx, &types.MsgBurn{Sender: f.name(f.addr(0)), Amount: sdk.NewCoin(types.Denom, burned)})
	require.NoError(t, err)
	f.epoch(func() { f.works(id, 1_000) })
	require.Equal(t, types.Budget(burned, 2, types.BpsScale), f.account(f.clock.epoch.Number-1).Budget)
	f.holds()
}
