package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/device/types"
)

const (
	// MaxPageSize is the most devices that one page of a query holds.
	MaxPageSize = 200
	// maxLooked is the most devices that one query reads. A page that keeps few of them ends before it is full, with
	// the key to go on with.
	maxLooked = 2_000

	defaultPageSize = 100
	// maxPageOffset bounds the devices that a query skips; page.key goes on at any depth for nothing.
	maxPageOffset = 1_000
)

// checkPage bounds a page request: the SDK's own pages count the whole registry when no limit is given.
func checkPage(page *query.PageRequest) (*query.PageRequest, error) {
	if page == nil {
		return &query.PageRequest{Limit: defaultPageSize}, nil
	}
	out := *page
	if out.Limit == 0 {
		out.Limit = defaultPageSize
	}
	switch {
	case out.Limit > MaxPageSize:
		return nil, types.ErrInvalidPage.Wrapf("pagination.limit is %d, at most %d", out.Limit, MaxPageSize)
	case out.Offset > maxPageOffset:
		return nil, types.ErrInvalidPage.Wrapf("pagination.offset is %d, at most %d: go on with pagination.key", out.Offset, maxPageOffset)
	case out.Offset > 0 && len(out.Key) > 0:
		return nil, types.ErrInvalidPage.Wrap("pagination has both key and offset, want one of them")
	case out.CountTotal:
		return nil, types.ErrInvalidPage.Wrap("pagination.count_total is not served: it would read every device")
	case len(out.Key) > 0 && len(out.Key) != types.DeviceIDSize:
		return nil, types.ErrInvalidPage.Wrapf("pagination.key has %d bytes, want the %d of a device id: take next_key as it came", len(out.Key), types.DeviceIDSize)
	}
	return &out, nil
}

// walk calls fn for devices in the order of their ids from one on, that one included, or from the first; until fn
// returns true.
type walk func(ctx context.Context, from []byte, reverse bool, fn func(d types.Device) (stop bool, err error)) error

// walkAll visits every device.
func (k *Keeper) walkAll(ctx context.Context, from []byte, reverse bool, fn func(types.Device) (bool, error)) error {
	return k.Devices.Walk(ctx, ranged(new(collections.Range[[]byte]), from, reverse), func(_ []byte, d types.Device) (bool, error) { return fn(d) })
}

// walkAccount visits the devices that pay an account or that it owns.
func (k *Keeper) walkAccount(account sdk.AccAddress) walk {
	return func(ctx context.Context, from []byte, reverse bool, fn func(types.Device) (bool, error)) error {
		r := collections.NewPrefixedPairRange[[]byte, []byte](account)
		switch {
		case len(from) > 0 && reverse:
			r = r.EndInclusive(from)
		case len(from) > 0:
			r = r.StartInclusive(from)
		}
		if reverse {
			r = r.Descending()
		}
		return k.Devices.Indexes.Account.set.Walk(ctx, r, func(key accountKey) (bool, error) {
			d, err := k.GetDevice(ctx, key.K2())
			if err != nil {
				return true, err
			}
			return fn(d)
		})
	}
}

func ranged(r *collections.Range[[]byte], from []byte, reverse bool) *collections.Range[[]byte] {
	switch {
	case len(from) > 0 && reverse:
		r = r.EndInclusive(from)
	case len(from) > 0:
		r = r.StartInclusive(from)
	}
	if reverse {
		r = r.Descending()
	}
	return r
}

// page collects the kept devices of a walk. It looks at no more than maxLooked of them: where that ends it, the page is
// short and its key goes on; ErrInvalidPage when not even the offset is reached by then.
func page(ctx context.Context, req *query.PageRequest, over walk, keep func(types.Device) bool) ([]types.DeviceView, *query.PageResponse, error) {
	req, err := checkPage(req)
	if err != nil {
		return nil, nil, err
	}
	var (
		views   []types.DeviceView
		res     = &query.PageResponse{}
		looked  int
		skipped uint64
	)
	err = over(ctx, req.Key, req.Reverse, func(d types.Device) (bool, error) {
		if uint64(len(views)) == req.Limit || looked == maxLooked {
			res.NextKey = d.Id
			return true, nil
		}
		looked++
		switch {
		case !keep(d):
		case skipped < req.Offset:
			skipped++
		default:
			views = append(views, view(d))
		}
		return false, nil
	})
	if err == nil && skipped < req.Offset && len(res.NextKey) > 0 {
		err = types.ErrInvalidPage.Wrapf("pagination.offset %d: a query looks at %d devices and found %d to skip; go on with pagination.key", req.Offset, maxLooked, skipped)
	}
	return views, res, err
}

// ofClass keeps the devices of a class, or all where none is named; ErrInvalidPage for an unknown class.
func ofClass(class types.WorkClass) (func(types.Device) bool, error) {
	if class == types.WORK_CLASS_UNSPECIFIED {
		return func(types.Device) bool { return true }, nil
	}
	if !class.Known() {
		return nil, types.ErrInvalidPage.Wrapf("work_class %d is not 1 (gpu), 2 (disk) or 3 (radio)", int32(class))
	}
	return func(d types.Device) bool { return d.WorkClass == class }, nil
}

func view(d types.Device) types.DeviceView { return types.DeviceView{DeviceId: d.Text(), Device: d} }
