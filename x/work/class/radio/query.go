package radio

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// Queries answers what only radios are asked.
type Queries struct{ *Class }

// Queries returns the class's queries.
func (c *Class) Queries() Queries { return Queries{c} }

// Radio answers Query/Radio.
func (q Queries) Radio(ctx context.Context, req *types.QueryRadioRequest) (*types.QueryRadioResponse, error) {
	device, err := class.KnownDevice(ctx, q.ledger, req.DeviceId)
	if err != nil {
		return nil, err
	}
	r, found, err := q.radioOf(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "device %s has asserted no antenna", req.DeviceId)
	}
	return q.response(ctx, device, r)
}

// ByNumber answers Query/RadioByNumber.
func (q Queries) ByNumber(ctx context.Context, req *types.QueryRadioByNumberRequest) (*types.QueryRadioResponse, error) {
	id, found, err := q.deviceOf(ctx, req.Number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "no radio has number %d", req.Number)
	}
	return q.Radio(ctx, &types.QueryRadioRequest{DeviceId: devicetypes.FormatDeviceID(id)})
}

func (q Queries) response(goCtx context.Context, device devicetypes.Device, r types.Radio) (*types.QueryRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	view, err := q.view(ctx, r)
	if err != nil {
		return nil, err
	}
	record, _, err := q.ledger.Record(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	res := &types.QueryRadioResponse{Radio: view}
	if record.Radio != nil {
		res.Work = *record.Radio
	}
	if r.CountedCell != 0 {
		if res.Scale, err = q.scaleAt(ctx, r.CountedCell); err != nil {
			return nil, err
		}
	}
	windows, err := q.ledger.Windows(ctx)
	if err != nil || len(windows) == 0 {
		return res, err
	}
	w := windows[len(windows)-1]
	res.Epoch, res.Slot = w.Epoch, proof.SlotOf(w.RadioChallenge(ctx.ChainID(), proof.DeviceID(device.Id)), w.Radio.Slots)
	res.SlotOpenMillis = w.Radio.StartMillis + int64(w.Radio.SlotOpenMillis(res.Slot))
	reason := q.standing(w, device, r, record, view.Denied)
	res.Standing, res.StandingText = uint32(reason), reason.String()
	if reason == proof.ReasonPaid {
		res.StandingText = "nothing keeps it from being paid"
	}
	return res, nil
}

// standing is what keeps a radio from being paid in an epoch, whatever it hears.
func (q Queries) standing(w types.Window, device devicetypes.Device, r types.Radio, record types.DeviceWork, denied bool) proof.Reason {
	f := station{known: true, device: device, denied: denied, record: record}
	f.assertion, f.asserted = r.AssertionFor(w.Epoch, device.Generation)
	facts := f.radio(w, heardAt)
	switch limit := w.Radio.Params.ReciprocitySeconds; {
	case !facts.Active:
		return proof.ReasonInactive
	case !facts.Asserted:
		return proof.ReasonUnasserted
	case denied:
		return proof.ReasonDenied
	case facts.QuietSeconds > limit || f.radio(w, hearingAt).QuietSeconds > limit:
		return proof.ReasonReciprocity
	}
	return proof.ReasonPaid
}

func (q Queries) scaleAt(ctx context.Context, cell uint64) (uint64, error) {
	crowds, err := q.crowds(ctx, proof.Cell(cell))
	if err != nil {
		return 0, err
	}
	return proof.Scale(proof.HIP104(), crowds)
}

func (q Queries) view(ctx context.Context, r types.Radio) (types.RadioView, error) {
	view := types.RadioView{Radio: r, DeviceId: devicetypes.FormatDeviceID(r.DeviceId)}
	if newest, ok := r.Newest(); ok {
		view.Cell = fmt.Sprintf("%x", newest.Cell)
	}
	var err error
	view.Denied, err = q.Denied.Has(ctx, r.Number)
	return view, err
}

// List answers Query/Radios.
func (q Queries) List(ctx context.Context, req *types.QueryRadiosRequest) (*types.QueryRadiosResponse, error) {
	if err := class.CheckPage(req.Pagination); err != nil {
		return nil, err
	}
	if req.Cell == "" {
		views, page, err := query.CollectionPaginate(ctx, q.Numbers, req.Pagination, func(_ uint32, id []byte) (types.RadioView, error) {
			r, _, err := q.radioOf(ctx, id)
			if err != nil {
				return types.RadioView{}, err
			}
			return q.view(ctx, r)
		})
		return &types.QueryRadiosResponse{Radios: views, Pagination: page}, err
	}
	cell, err := parseCell(req.Cell, 0)
	if err != nil {
		return nil, err
	}
	return q.listIn(ctx, cell, req.Pagination)
}

// listIn pages over the radios of a cell: the cells of resolution 10 in it are a range of numbers. Its page key is
// that of the next place; total and reverse are not offered.
func (q Queries) listIn(ctx context.Context, cell proof.Cell, page *query.PageRequest) (*types.QueryRadiosResponse, error) {
	first, last, err := cell.Range(types.RadioDensityCell)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	limit, start := types.MaxPageSize, collections.Join(uint64(first), uint32(0))
	if page != nil {
		if page.Reverse || page.CountTotal || page.Offset > 0 {
			return nil, status.Error(codes.InvalidArgument, "pages of a cell go by limit and key alone")
		}
		if page.Limit > 0 {
			limit = int(page.Limit)
		}
		if len(page.Key) > 0 {
			if _, start, err = q.Places.KeyCodec().Decode(page.Key); err != nil || start.K1() < uint64(first) {
				return nil, status.Error(codes.InvalidArgument, "pagination.key is not one of this query")
			}
		}
	}
	res := &types.QueryRadiosResponse{Pagination: &query.PageResponse{}}
	end := collections.Join(uint64(last)+1, uint32(0))
	ranger := new(collections.Range[collections.Pair[uint64, uint32]]).StartInclusive(start).EndExclusive(end)
	err = q.Places.Walk(ctx, ranger, func(at collections.Pair[uint64, uint32]) (bool, error) {
		if len(res.Radios) == limit {
			key := make([]byte, q.Places.KeyCodec().Size(at))
			_, err := q.Places.KeyCodec().Encode(key, at)
			res.Pagination.NextKey = key
			return true, err
		}
		id, _, err := q.deviceOf(ctx, at.K2())
		if err != nil {
			return true, err
		}
		r, _, err := q.radioOf(ctx, id)
		if err != nil {
			return true, err
		}
		view, err := q.view(ctx, r)
		res.Radios = append(res.Radios, view)
		return false, err
	})
	return res, err
}

// parseCell reads an H3 cell of resolution least to 10 in hexadecimal.
func parseCell(text string, least int) (proof.Cell, error) {
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, status.Errorf(codes.InvalidArgument, "cell %q is no hexadecimal number of 64 bits", text)
	}
	cell := proof.Cell(n)
	if err := cell.Validate(); err != nil {
		return 0, status.Error(codes.InvalidArgument, err.Error())
	}
	if r := cell.Resolution(); r < least || r > types.RadioDensityCell {
		return 0, status.Errorf(codes.InvalidArgument, "cell %s has resolution %d; want %d to %d", text, r, least, types.RadioDensityCell)
	}
	return cell, nil
}

// Verdicts answers Query/RadioVerdicts.
func (q Queries) Verdicts(ctx context.Context, req *types.QueryRadioVerdictsRequest) (*types.QueryRadioVerdictsResponse, error) {
	device, err := class.KnownDevice(ctx, q.ledger, req.DeviceId)
	if err != nil {
		return nil, err
	}
	record, _, err := q.ledger.Record(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	res := &types.QueryRadioVerdictsResponse{}
	if record.Radio != nil {
		for _, v := range record.Radio.Verdicts {
			res.Verdicts = append(res.Verdicts, types.RadioVerdictView{Verdict: v, ReasonText: proof.Reason(v.Reason).String()})
		}
	}
	return res, nil
}

// Cell answers Query/RadioCell.
func (q Queries) Cell(ctx context.Context, req *types.QueryRadioCellRequest) (*types.QueryRadioCellResponse, error) {
	table := proof.HIP104()
	cell, err := parseCell(req.Cell, table[0].Resolution-1)
	if err != nil {
		return nil, err
	}
	c, err := class.OrZero(q.Cells.Get(ctx, uint64(cell)))
	res := &types.QueryRadioCellResponse{Cell: c}
	if err != nil || cell.Resolution() < table[0].Resolution {
		return res, err
	}
	parent, err := cell.Parent(cell.Resolution() - 1)
	if err != nil {
		return nil, err
	}
	above, err := class.OrZero(q.Cells.Get(ctx, uint64(parent)))
	res.Limit = table[cell.Resolution()-table[0].Resolution].Limit(above.Occupied)
	return res, err
}

// ListDenied answers Query/DeniedRadios.
func (q Queries) ListDenied(ctx context.Context, req *types.QueryDeniedRadiosRequest) (*types.QueryDeniedRadiosResponse, error) {
	if err := class.CheckPage(req.Pagination); err != nil {
		return nil, err
	}
	numbers, page, err := query.CollectionPaginate(ctx, q.Denied, req.Pagination,
		func(number uint32, _ collections.NoValue) (uint32, error) { return number, nil })
	return &types.QueryDeniedRadiosResponse{Numbers: numbers, Pagination: page}, err
}

// ListDeniedEdges answers Query/DeniedRadioEdges.
func (q Queries) ListDeniedEdges(ctx context.Context, req *types.QueryDeniedRadioEdgesRequest) (*types.QueryDeniedRadioEdgesResponse, error) {
	if err := class.CheckPage(req.Pagination); err != nil {
		return nil, err
	}
	edges, page, err := query.CollectionPaginate(ctx, q.DeniedEdges, req.Pagination,
		func(e collections.Pair[uint32, uint32], _ collections.NoValue) (types.RadioEdge, error) {
			return types.RadioEdge{A: e.K1(), B: e.K2()}, nil
		})
	return &types.QueryDeniedRadioEdgesResponse{Edges: edges, Pagination: page}, err
}
