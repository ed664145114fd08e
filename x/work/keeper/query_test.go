package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func TestQueries(t *testing.T) {
	c := newChain(t, opensAt(5, 6, 36))
	d := c.device(1)
	c.earn(5, 2, d)
	c.reach(19)
	params, err := c.query.Params(c.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, testutil.Params(), params.Params)

	windows, err := c.query.Windows(c.ctx, &types.QueryWindowsRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 19, windows.Height)
	require.Len(t, windows.Windows, 3)
	require.Equal(t, c.window(5).Epoch, windows.Windows[2].Id, "the epoch's radio window")
	require.Equal(t, c.window(5), windows.Windows[0])
	require.Equal(t, c.window(6), windows.Windows[1])

	work, err := c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: c.device(2).Text()})
	require.NoError(t, err)
	require.Equal(t, types.NewDeviceWork(gpuClass, testutil.NewDevice(chainID, 2).ID()), work.Work)
	require.True(t, work.Claimable.IsZero())

	c.earn(36, 2, d)
	c.next()
	page, err := c.query.Tallies(c.ctx, &types.QueryTalliesRequest{WorkClass: gpuClass, Pagination: &query.PageRequest{Limit: 1, Reverse: true}})
	require.NoError(t, err)
	require.Equal(t, []types.Tally{c.tally(2)}, page.Tallies)
	require.NotEmpty(t, page.Pagination.NextKey)
	page, err = c.query.Tallies(c.ctx, &types.QueryTalliesRequest{WorkClass: devicetypes.WORK_CLASS_RADIO})
	require.NoError(t, err)
	require.Empty(t, page.Tallies)
}

func TestQueryRefusals(t *testing.T) {
	c := newChain(t, opensAt())
	for name, tc := range map[string]struct {
		want codes.Code
		ask  func() error
	}{
		"window": {codes.NotFound, func() error { _, err := c.query.Window(c.ctx, &types.QueryWindowRequest{Id: 9}); return err }},
		"window's class": {codes.InvalidArgument, func() error {
			_, err := c.query.Window(c.ctx, &types.QueryWindowRequest{Id: 9, WorkClass: 9})
			return err
		}},
		"device id": {codes.InvalidArgument, func() error {
			_, err := c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: "joule1x"})
			return err
		}},
		"device": {codes.NotFound, func() error {
			_, err := c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: testutil.NewDevice(chainID, 1).Text()})
			return err
		}},
		"tally": {codes.NotFound, func() error {
			_, err := c.query.Tally(c.ctx, &types.QueryTallyRequest{WorkClass: gpuClass, Epoch: 1})
			return err
		}},
		"tally's class": {codes.InvalidArgument, func() error { _, err := c.query.Tally(c.ctx, &types.QueryTallyRequest{Epoch: 1}); return err }},
		"class":         {codes.InvalidArgument, func() error { _, err := c.query.Tallies(c.ctx, &types.QueryTalliesRequest{WorkClass: 9}); return err }},
		"page": {codes.InvalidArgument, func() error {
			_, err := c.query.Tallies(c.ctx, &types.QueryTalliesRequest{WorkClass: gpuClass, Pagination: &query.PageRequest{Limit: types.MaxPageSize + 1}})
			return err
		}},
	} {
		require.Equal(t, tc.want, status.Code(tc.ask()), name)
	}
}
