package apptest

import (
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// DeviceBond is each fleet device's bond in ujoule.
const DeviceBond = 1_000_000_000

// Member is a device of the fleet and how it behaves.
type Member struct {
	*worktestutil.Device
	// Owner owns the device, is paid for it and relays its evidence.
	Owner Account
	// Rounds is the true work per window; 0 is absence.
	Rounds func(w worktypes.Window) uint64
	// worked is the work done, in rounds, over the windows that it took part in.
	worked    uint64
	committed map[uint64]bool
	opened    map[uint64]bool
}

// NewMember is the n-th device; every member does the same rounds in each window.
func NewMember(n uint64, owner Account, rounds uint64) *Member {
	return &Member{
		Device: worktestutil.NewDevice(ChainID, n), Owner: owner,
		Rounds:    func(worktypes.Window) uint64 { return rounds },
		committed: map[uint64]bool{}, opened: map[uint64]bool{},
	}
}

// AddDevices registers the members at genesis, with their bonds in the module's account.
func (g *Genesis) AddDevices(members ...*Member) {
	Edit(g, devicetypes.ModuleName, func(s *devicetypes.GenesisState) {
		for _, m := range members {
			owner := m.Owner.Address.String()
			s.Devices = append(s.Devices, devicetypes.Device{
				Id: m.ID(), Owner: owner, Beneficiary: owner, BondPayer: owner, PublicKey: m.Public, WorkClass: devicetypes.WORK_CLASS_GPU,
				Capability: devicetypes.Capability{Kind: &devicetypes.Capability_Gpu{Gpu: &devicetypes.GpuCapability{Model: "apptest"}}},
				Bond:       sdk.NewInt64Coin(app.BaseDenom, DeviceBond), State: devicetypes.DEVICE_STATE_ACTIVE, Generation: 1,
			})
		}
		sortDevices(s.Devices)
	})
	Edit(g, banktypes.ModuleName, func(s *banktypes.GenesisState) {
		s.Balances = append(s.Balances, banktypes.Balance{
			Address: authtypes.NewModuleAddress(devicetypes.ModuleName).String(),
			Coins:   sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, DeviceBond*int64(len(members)))),
		})
	})
}

func sortDevices(devices []devicetypes.Device) {
	for i := range devices {
		for j := i; j > 0 && string(devices[j].Id) < string(devices[j-1].Id); j-- {
			devices[j], devices[j-1] = devices[j-1], devices[j]
		}
	}
}

// Work makes blocks in which every member commits to and opens its work as the windows allow, each in a transaction of
// its own.
func (c *Chain) Work(blocks int, members ...*Member) {
	c.t.Helper()
	for range blocks {
		c.Block(c.Evidence(members...)...)
	}
}

// Evidence is what the members would submit to the next block.
func (c *Chain) Evidence(members ...*Member) [][]byte {
	c.t.Helper()
	windows, err := c.App().WorkKeeper.LiveWindowsOf(c.Ctx(), devicetypes.WORK_CLASS_GPU)
	require.NoError(c.t, err)
	var txs [][]byte
	for _, w := range windows {
		for _, m := range members {
			if e, due := m.evidence(w, c.height+1); due {
				txs = append(txs, c.Submit(m.Owner, e))
			}
		}
	}
	return txs
}

func (m *Member) evidence(w worktypes.Window, height int64) (worktypes.Evidence, bool) {
	switch {
	case w.CheckCommit(height) == nil && !m.committed[w.Id]:
		m.committed[w.Id] = true
		rounds := m.Rounds(w)
		if rounds == 0 {
			return worktypes.Evidence{}, false
		}
		m.worked += rounds
		m.opened[w.Id] = false
		return m.Commit(w, rounds), true
	case w.CheckOpen(height) == nil:
		if done, took := m.opened[w.Id]; !took || done {
			return worktypes.Evidence{}, false
		}
		m.opened[w.Id] = true
		return m.Open(w), true
	}
	return worktypes.Evidence{}, false
}

// Worked is the member's true work in units, whether it was accepted or not.
func (m *Member) Worked() uint64 { return m.worked * worktestutil.UnitsPerRound }

// Earned is what the member's device has ever been credited or could claim now, in ujoule.
func (c *Chain) Earned(m *Member) math.Int {
	c.t.Helper()
	_, total, err := c.App().WorkKeeper.Claimable(c.Ctx(), m.ID())
	require.NoError(c.t, err)
	return total
}

// RequireInvariants recomputes the whole accounting.
func (c *Chain) RequireInvariants() {
	c.t.Helper()
	broken, err := c.App().EmissionsKeeper.CheckInvariants(c.Ctx())
	require.NoError(c.t, err)
	require.Empty(c.t, broken)
	broken, err = c.App().DeviceKeeper.CheckInvariants(c.Ctx())
	require.NoError(c.t, err)
	require.Empty(c.t, broken)
}

// Claim pays an owner everything its devices have earned.
func (c *Chain) Claim(owner Account) []byte {
	return c.Pay(owner, &emissionstypes.MsgClaim{Beneficiary: owner.Address.String()})
}
