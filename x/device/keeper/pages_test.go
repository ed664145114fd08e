package keeper_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// crowd writes n devices of account 0 that pay account 1, and a radio of account 0's own whose id is the last but for
// luck; it returns the radio.
func crowd(f *fixture, n int) types.Device {
	f.Helper()
	d := types.Device{}
	put := func(i int, change func(*types.Device)) {
		pk := types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: binary.BigEndian.AppendUint64(make([]byte, 25), uint64(i))}
		r := f.sign(account(0), testutil.NumberedKey(1))
		d = types.Device{
			Id: types.DeviceID(pk), Owner: account(0), PublicKey: pk, WorkClass: r.WorkClass, Capability: r.Capability, Beneficiary: account(1),
			Bond: r.Bond, BondPayer: account(0), State: types.DEVICE_STATE_ACTIVE, Generation: 1,
		}
		if change != nil {
			change(&d)
		}
		require.NoError(f, f.k.Devices.Set(f.ctx, d.Id, d))
	}
	for i := range n {
		put(i, nil)
	}
	for i := n; ; i++ {
		pk := types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: binary.BigEndian.AppendUint64(make([]byte, 25), uint64(i))}
		if types.DeviceID(pk)[0] == 0xff {
			put(i, func(d *types.Device) { d.WorkClass, d.Beneficiary = types.WORK_CLASS_RADIO, account(0) })
			return d
		}
	}
}

// TestRarePages: a query that finds few of the devices that it reads gives short pages and goes on by their keys; it
// never reads more than 2,000 at once.
func TestRarePages(t *testing.T) {
	f := newFixture(t)
	rare := crowd(f, 2_100)
	for name, page := range map[string]pager{
		"radios": f.pagers()["class"],
		"an owner's radios": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(0), WorkClass: types.WORK_CLASS_RADIO, Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
		"who pays the owner": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.DevicesByBeneficiary(f.ctx, &types.QueryDevicesByBeneficiaryRequest{Beneficiary: account(0), Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			views, res, err := page(nil)
			require.NoError(t, err)
			require.Empty(t, views)
			require.Len(t, res.NextKey, types.DeviceIDSize)
			views, res, err = page(&query.PageRequest{Key: res.NextKey})
			require.NoError(t, err)
			require.Equal(t, []types.DeviceView{{DeviceId: rare.Text(), Device: rare}}, views)
			require.Empty(t, res.NextKey)
			_, _, err = page(&query.PageRequest{Offset: 1})
			require.ErrorIs(t, err, types.ErrInvalidPage)
			require.ErrorContains(t, err, "looks at 2000 devices and found 0 to skip")
			_, _, err = page(&query.PageRequest{Key: []byte("another page's")})
			require.ErrorContains(t, err, "pagination.key has 14 bytes")
		})
	}
}

// TestClaimsPagePassesWhatPaysOthers: a page of a claim counts what it looks at, and goes on.
func TestClaimsPagePassesWhatPaysOthers(t *testing.T) {
	f := newFixture(t)
	rare := crowd(f, 250)
	owner := bytesOf(t, account(0))
	devices, next, err := f.k.DevicesByBeneficiary(f.ctx, owner, nil, 200)
	require.NoError(t, err)
	require.Empty(t, devices)
	require.NotNil(t, next)
	devices, next, err = f.k.DevicesByBeneficiary(f.ctx, owner, next, 200)
	require.NoError(t, err)
	require.Nil(t, next)
	require.Equal(t, []types.Device{rare}, devices)
}

// TestAccountsIndex: a device is found by its owner and its beneficiary, whichever way they become the same or differ.
func TestAccountsIndex(t *testing.T) {
	f := newFixture(t)
	key := testutil.NumberedKey(1)
	f.registered(account(0), key)
	for _, parties := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {2, 1}, {2, 2}, {2, 0}} {
		d := f.device(key)
		d.Owner, d.Beneficiary = account(parties[0]), account(parties[1])
		require.NoError(t, f.k.Devices.Set(f.ctx, d.Id, d))
		f.holds()
		for n := range 3 {
			owned, err := f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(n)})
			require.NoError(t, err)
			require.Equal(t, n == parties[0], len(owned.Devices) == 1, "%v: owner %d", parties, n)
			paying, err := f.query.DevicesByBeneficiary(f.ctx, &types.QueryDevicesByBeneficiaryRequest{Beneficiary: account(n)})
			require.NoError(t, err)
			require.Equal(t, n == parties[1], len(paying.Devices) == 1, "%v: beneficiary %d", parties, n)
		}
	}
	d := f.device(key)
	require.NoError(t, f.k.Devices.Remove(f.ctx, d.Id))
	owned, err := f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(2)})
	require.NoError(t, err)
	require.Empty(t, owned.Devices)
}
