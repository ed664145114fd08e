package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	googleproto "google.golang.org/protobuf/proto"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
)

// pagedMethods are all query methods that the node serves and whose requests have a page, by their path.
func pagedMethods(t *testing.T, a *app.App) map[string]protoreflect.MessageDescriptor {
	t.Helper()
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	paged := map[string]protoreflect.MessageDescriptor{}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				path := "/" + string(f.Services().Get(i).FullName()) + "/" + string(m.Name())
				if m.Input().Fields().ByName("pagination") != nil && a.GRPCQueryRouter().Route(path) != nil {
					paged[path] = m.Input()
				}
			}
		}
		return true
	})
	return paged
}

// Every paged query of every module refuses pages that would cost more than a page.
func TestPagesAreBounded(t *testing.T) {
	c := apptest.New(t, apptest.Options{Variants: apptest.Variants[:1]})
	paged := pagedMethods(t, c.App())
	for _, path := range []string{
		"/joule.device.v1.Query/Devices", "/joule.device.v1.Query/DevicesByOwner", "/joule.work.v1.Query/Tallies", "/joule.work.v1.Query/Radios",
		"/joule.beacon.v1.Query/Mixes", "/joule.beacon.v1.Query/ValidatorKeys", "/joule.emissions.v1.Query/Epochs", "/joule.emissions.v1.Query/Rewards",
		"/cosmos.bank.v1beta1.Query/TotalSupply", "/cosmos.staking.v1beta1.Query/Validators", "/cosmos.gov.v1.Query/Proposals",
	} {
		require.Contains(t, paged, path)
	}
	for path, input := range paged {
		for field, value := range map[protoreflect.Name]any{"offset": uint64(1_000_000_000), "limit": uint64(app.MaxQueryLimit + 1), "count_total": true} {
			req := dynamicpb.NewMessage(input)
			page := req.Mutable(input.Fields().ByName("pagination")).Message()
			page.Set(page.Descriptor().Fields().ByName(field), protoreflect.ValueOf(value))
			data, err := googleproto.Marshal(req)
			require.NoError(t, err)
			_, err = c.App().GRPCQueryRouter().Route(path)(c.Ctx(), &abci.RequestQuery{Data: data})
			require.ErrorContains(t, err, "pagination."+string(field), path)
		}
		// A key that no page gave, forwards and backwards, must be answered in one way or the other.
		for _, reverse := range []bool{false, true} {
			req := dynamicpb.NewMessage(input)
			page := req.Mutable(input.Fields().ByName("pagination")).Message()
			page.Set(page.Descriptor().Fields().ByName("key"), protoreflect.ValueOf([]byte{0xff}))
			page.Set(page.Descriptor().Fields().ByName("reverse"), protoreflect.ValueOf(reverse))
			data, err := googleproto.Marshal(req)
			require.NoError(t, err)
			require.NotPanics(t, func() { _, _ = c.App().GRPCQueryRouter().Route(path)(c.Ctx(), &abci.RequestQuery{Data: data}) }, path)
		}
	}
}

// A page without a limit is the SDK's, but counts nothing.
func TestPagesWithoutALimit(t *testing.T) {
	c := apptest.New(t, apptest.Options{Variants: apptest.Variants[:1]})
	for name, req := range map[string]*banktypes.QueryTotalSupplyRequest{"no page": {}, "an empty one": {Pagination: &query.PageRequest{}}} {
		data, err := req.Marshal()
		require.NoError(t, err)
		answer, err := c.App().GRPCQueryRouter().Route("/cosmos.bank.v1beta1.Query/TotalSupply")(c.Ctx(), &abci.RequestQuery{Data: data})
		require.NoError(t, err, name)
		var res banktypes.QueryTotalSupplyResponse
		require.NoError(t, res.Unmarshal(answer.Value))
		require.NotEmpty(t, res.Supply, name)
		require.Zero(t, res.Pagination.Total, name)
	}
}
