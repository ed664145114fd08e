package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// settled runs a chain in which account 5 has two devices with rewards and account 6 one.
func settled(t *testing.T) (*fixture, [][]byte) {
	f := newFixture(t, testParams(), 3)
	ids := [][]byte{f.device(f.addr(5)), f.device(f.addr(5)), f.device(f.addr(6))}
	f.epoch(func() {
		for _, id := range ids {
			f.works(id, 100)
		}
	})
	for range testDelay {
		f.epoch(nil)
	}
	return f, ids
}

func TestClaimRefused(t *testing.T) {
	f, ids := settled(t)
	text := devicetypes.FormatDeviceID
	five := f.name(f.addr(5))
	many := make([]string, 51)
	for i := range many {
		many[i] = text(ids[0])
	}
	for name, c := range map[string]struct {
		msg  types.MsgClaim
		err  error
		says string
	}{
		"stranger":           {types.MsgClaim{Beneficiary: five, DeviceIds: []string{text(ids[0]), text(ids[2])}}, types.ErrNotBeneficiary, f.name(f.addr(6))},
		"twice":              {types.MsgClaim{Beneficiary: five, DeviceIds: []string{text(ids[0]), text(ids[0])}}, types.ErrDuplicateDevice, text(ids[0])},
		"too many":           {types.MsgClaim{Beneficiary: five, DeviceIds: many}, types.ErrTooManyDevices, "at most 50"},
		"limit":              {types.MsgClaim{Beneficiary: five, Limit: 51}, types.ErrTooManyDevices, "at most 50"},
		"bad id":             {types.MsgClaim{Beneficiary: five, DeviceIds: []string{"jouledev1x"}}, types.ErrInvalidDeviceName, "device_ids[0]"},
		"bad start":          {types.MsgClaim{Beneficiary: five, StartAfter: "?"}, types.ErrInvalidDeviceName, "start_after"},
		"ids and page":       {types.MsgClaim{Beneficiary: five, DeviceIds: []string{text(ids[0])}, Limit: 3}, types.ErrInvalidClaim, "leave them empty"},
		"bad address":        {types.MsgClaim{Beneficiary: "cosmos1"}, types.ErrInvalidAddress, "beneficiary"},
		"blocked":            {types.MsgClaim{Beneficiary: f.name(f.accounts.GetModuleAddress(types.ModuleName))}, types.ErrBlockedRecipient, "module's account"},
		"unknown device":     {types.MsgClaim{Beneficiary: five, DeviceIds: []string{text(make([]byte, 20))}}, nil, "unknown"},
		"stranger, no funds": {types.MsgClaim{Beneficiary: f.name(f.addr(7)), DeviceIds: []string{text(ids[0])}}, types.ErrNotBeneficiary, five},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.msg.Claim(f.ctx, &c.msg)
			require.Error(t, err)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
			}
			require.ErrorContains(t, err, c.says)
			f.holds()
		})
	}
	require.True(t, f.balance(f.addr(5)).IsZero(), "a refused claim moves nothing")
}

func TestClaimPagesAndPaysOnce(t *testing.T) {
	f, ids := settled(t)
	five := f.name(f.addr(5))
	first, err := f.msg.Claim(f.ctx, &types.MsgClaim{Beneficiary: five, Limit: 1})
	require.NoError(t, err)
	require.EqualValues(t, 1, first.Devices)
	require.Equal(t, devicetypes.FormatDeviceID(ids[0]), first.Next)
	second, err := f.msg.Claim(f.ctx, &types.MsgClaim{Beneficiary: five, StartAfter: first.Next, Limit: 1})
	require.NoError(t, err)
	require.Empty(t, second.Next)
	require.Equal(t, first.Amount, second.Amount)
	require.True(t, first.Amount.IsPositive())
	require.Equal(t, first.Amount.Add(second.Amount).Amount, f.balance(f.addr(5)))

	again, err := f.msg.Claim(f.ctx, &types.MsgClaim{Beneficiary: five})
	require.NoError(t, err, "nothing to claim is no error")
	require.True(t, again.Amount.IsZero())
	require.EqualValues(t, 2, again.Devices)
	none, err := f.msg.Claim(f.ctx, &types.MsgClaim{Beneficiary: f.name(f.addr(8))})
	require.NoError(t, err)
	require.Zero(t, none.Devices)
	f.holds()
}

func TestBurn(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	zero := f.name(f.addr(0))
	for name, c := range map[string]struct {
		msg types.MsgBurn
		err error
	}{
		"denom":    {types.MsgBurn{Sender: zero, Amount: sdk.NewInt64Coin("uatom", 1)}, types.ErrDenomMismatch},
		"nothing":  {types.MsgBurn{Sender: zero, Amount: sdk.NewInt64Coin(types.Denom, 0)}, types.ErrInvalidAmount},
		"negative": {types.MsgBurn{Sender: zero, Amount: sdk.Coin{Denom: types.Denom, Amount: math.NewInt(-1)}}, types.ErrInvalidAmount},
		"missing":  {types.MsgBurn{Sender: zero, Amount: sdk.Coin{Denom: types.Denom}}, types.ErrInvalidAmount},
		"address":  {types.MsgBurn{Sender: "x", Amount: sdk.NewInt64Coin(types.Denom, 1)}, types.ErrInvalidAddress},
		"poor":     {types.MsgBurn{Sender: f.name(f.addr(3)), Amount: sdk.NewInt64Coin(types.Denom, 1)}, sdkerrors.ErrInsufficientFunds},
	} {
		_, err := f.msg.Burn(f.ctx, &c.msg)
		require.ErrorIs(t, err, c.err, name)
	}
	reserve := f.supply().Reserve()
	_, err := f.msg.Burn(f.ctx, &types.MsgBurn{Sender: zero, Amount: sdk.NewInt64Coin(types.Denom, 12)})
	require.NoError(t, err)
	require.Equal(t, reserve.AddRaw(12), f.supply().Reserve())
	f.holds()
}

// Other denominations that another module burns leave the counters alone.
func TestRecordBurnCountsUjouleOnly(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	require.NoError(t, f.k.RecordBurn(f.ctx, sdk.NewCoins(sdk.NewInt64Coin("uatom", 5))))
	require.True(t, f.supply().Burned.IsZero())
}

func TestUpdateParamsRefused(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.name(f.addr(0)), Params: testParams()})
	require.ErrorIs(t, err, types.ErrUnauthorized)
	p := testParams()
	p.Denom = "uatom"
	_, err = f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	require.ErrorContains(t, err, "denom")
}

// A change of payee pays the old one first. One that may not receive coins loses nothing: the new one gets it.
func TestPayeeChange(t *testing.T) {
	f, ids := settled(t)
	device := f.devices.byID[string(ids[0])]
	require.NoError(t, f.k.DeviceHooks().BeforePayeeChanged(f.ctx, device))
	paid := f.balance(f.addr(5))
	require.True(t, paid.IsPositive())
	require.True(t, f.claim(f.addr(5), ids[0]).IsZero())

	blocked := f.devices.byID[string(ids[1])]
	blocked.Beneficiary = f.name(f.accounts.GetModuleAddress(types.EscrowName))
	require.NoError(t, f.k.DeviceHooks().BeforePayeeChanged(f.ctx, blocked))
	blocked.Beneficiary = f.name(f.addr(9))
	f.devices.byID[string(ids[1])] = blocked
	require.Equal(t, paid, f.claim(f.addr(9), ids[1]))
	f.holds()
}

// A deposit that gov burns is counted by the wrapper that the app gives it.
func TestBurnOfAnotherModule(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	c := ujoules(math.NewInt(777))
	require.NoError(t, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), govtypes.ModuleName, c))
	require.NoError(t, f.counting.BurnCoins(f.ctx, govtypes.ModuleName, c))
	require.Equal(t, math.NewInt(777), f.supply().Burned)
	f.holds()
}
