package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/device/keeper"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// fleet writes n devices of account 0 and n of account 1 without bonds' detours; the first third of each are radios and
// pay account 2.
func fleet(f *fixture, n int) {
	f.Helper()
	for i := range 2 * n {
		key := testutil.NumberedKey(uint64(i))
		r := f.sign(account(i/n), key)
		d := types.Device{
			Id: key.ID(), Owner: r.Owner, PublicKey: r.PublicKey, WorkClass: r.WorkClass, Capability: r.Capability, Beneficiary: r.Owner,
			Bond: r.Bond, BondPayer: r.Owner, State: types.DEVICE_STATE_ACTIVE, Generation: 1,
		}
		if i%n < n/3 {
			d.WorkClass, d.Beneficiary = types.WORK_CLASS_RADIO, account(2)
		}
		require.NoError(f, f.k.Devices.Set(f.ctx, d.Id, d))
	}
}

type pager func(*query.PageRequest) ([]types.DeviceView, *query.PageResponse, error)

func (f *fixture) pagers() map[string]pager {
	return map[string]pager{
		"all": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.Devices(f.ctx, &types.QueryDevicesRequest{Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
		"class": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.Devices(f.ctx, &types.QueryDevicesRequest{WorkClass: types.WORK_CLASS_RADIO, Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
		"owner": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(1), Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
		"owner and class": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(1), WorkClass: types.WORK_CLASS_GPU, Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
		"beneficiary": func(p *query.PageRequest) ([]types.DeviceView, *query.PageResponse, error) {
			res, err := f.query.DevicesByBeneficiary(f.ctx, &types.QueryDevicesByBeneficiaryRequest{Beneficiary: account(2), Pagination: p})
			return res.GetDevices(), res.GetPagination(), err
		},
	}
}

func TestPages(t *testing.T) {
	f := newFixture(t)
	fleet(f, 30)
	want := map[string]int{"all": 60, "class": 20, "owner": 30, "owner and class": 20, "beneficiary": 20}
	for name, page := range f.pagers() {
		t.Run(name, func(t *testing.T) {
			whole, _, err := page(nil)
			require.NoError(t, err)
			require.Len(t, whole, want[name])
			for _, reverse := range []bool{false, true} {
				var got []types.DeviceView
				req := &query.PageRequest{Limit: 7, Reverse: reverse}
				for {
					views, res, err := page(req)
					require.NoError(t, err)
					require.LessOrEqual(t, len(views), 7)
					got = append(got, views...)
					if len(res.NextKey) == 0 {
						break
					}
					req = &query.PageRequest{Limit: 7, Reverse: reverse, Key: res.NextKey}
				}
				if reverse {
					for i, j := 0, len(got)-1; i < j; i, j = i+1, j-1 {
						got[i], got[j] = got[j], got[i]
					}
				}
				require.Equal(t, whole, got)
			}
			skipped, _, err := page(&query.PageRequest{Offset: 5, Limit: 3})
			require.NoError(t, err)
			require.Equal(t, whole[5:8], skipped)
			for _, v := range whole {
				require.Equal(t, types.FormatDeviceID(v.Device.Id), v.DeviceId)
			}
		})
	}
}

func TestPagesAreBounded(t *testing.T) {
	f := newFixture(t)
	fleet(f, 120)
	for name, page := range f.pagers() {
		t.Run(name, func(t *testing.T) {
			for why, req := range map[string]*query.PageRequest{
				"pagination.limit":       {Limit: keeper.MaxPageSize + 1},
				"pagination.offset":      {Offset: 10_001},
				"key and offset":         {Offset: 1, Key: []byte{1}},
				"pagination.count_total": {CountTotal: true},
			} {
				_, _, err := page(req)
				require.ErrorIs(t, err, types.ErrInvalidPage)
				require.ErrorContains(t, err, why)
			}
		})
	}
	views, res, err := f.pagers()["all"](nil)
	require.NoError(t, err)
	require.Len(t, views, 100, "no limit means 100, not everything")
	require.NotEmpty(t, res.NextKey)
	views, _, err = f.pagers()["all"](&query.PageRequest{Limit: keeper.MaxPageSize})
	require.NoError(t, err)
	require.Len(t, views, keeper.MaxPageSize)
}

func TestQueryErrors(t *testing.T) {
	f := newFixture(t)
	_, err := f.query.Device(f.ctx, &types.QueryDeviceRequest{DeviceId: "jouledev1"})
	require.ErrorIs(t, err, types.ErrInvalidDeviceID)
	_, err = f.query.Device(f.ctx, &types.QueryDeviceRequest{DeviceId: testutil.NumberedKey(1).Text()})
	require.ErrorIs(t, err, types.ErrDeviceNotFound)
	_, err = f.query.Device(f.ctx, nil)
	require.ErrorIs(t, err, types.ErrInvalidDeviceID)
	_, err = f.query.Devices(f.ctx, &types.QueryDevicesRequest{WorkClass: 9})
	require.ErrorIs(t, err, types.ErrInvalidPage)
	_, err = f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{Owner: account(0), WorkClass: 9})
	require.ErrorIs(t, err, types.ErrInvalidPage)
	_, err = f.query.DevicesByOwner(f.ctx, &types.QueryDevicesByOwnerRequest{})
	require.ErrorIs(t, err, types.ErrInvalidAddress)
	_, err = f.query.DevicesByBeneficiary(f.ctx, &types.QueryDevicesByBeneficiaryRequest{Beneficiary: "x"})
	require.ErrorIs(t, err, types.ErrInvalidAddress)
	res, err := f.query.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, types.DefaultParams(), res.Params)
	id := f.registered(account(0), testutil.NumberedKey(1))
	one, err := f.query.Device(f.ctx, &types.QueryDeviceRequest{DeviceId: id})
	require.NoError(t, err)
	require.Equal(t, types.DeviceView{DeviceId: id, Device: f.device(testutil.NumberedKey(1))}, one.Device)
}

func TestKeeperPagesByBeneficiary(t *testing.T) {
	f := newFixture(t)
	fleet(f, 30)
	to := bytesOf(t, account(2))
	whole, next, err := f.k.DevicesByBeneficiary(f.ctx, to, nil, keeper.MaxPageSize)
	require.NoError(t, err)
	require.Len(t, whole, 20)
	require.Nil(t, next)
	var got []types.Device
	for after := []byte(nil); ; after = next {
		var page []types.Device
		page, next, err = f.k.DevicesByBeneficiary(f.ctx, to, after, 10)
		require.NoError(t, err)
		got = append(got, page...)
		if next == nil {
			break
		}
	}
	require.Equal(t, whole, got)
	for _, limit := range []int{-1, 0, keeper.MaxPageSize + 1} {
		_, _, err = f.k.DevicesByBeneficiary(f.ctx, to, nil, limit)
		require.ErrorIs(t, err, types.ErrInvalidPage)
	}
}
