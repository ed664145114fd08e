package keeper

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// Radio implements types.QueryServer.
func (s queryServer) Radio(ctx context.Context, req *types.QueryRadioRequest) (*types.QueryRadioResponse, error) {
	device, err := s.knownDevice(ctx, req.DeviceId)
	if err != nil {
		return nil, err
	}
	r, found, err := s.radioOf(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "device %s has asserted no antenna", req.DeviceId)
	}
	return s.radioResponse(ctx, device, r)
}

// RadioByNumber implements types.QueryServer.
func (s queryServer) RadioByNumber(ctx context.Context, req *types.QueryRadioByNumberRequest) (*types.QueryRadioResponse, error) {
	id, found, err := s.deviceOf(ctx, req.Number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "no radio has number %d", req.Number)
	}
	return s.Radio(ctx, &types.QueryRadioRequest{DeviceId: devicetypes.FormatDeviceID(id)})
}

func (s queryServer) radioResponse(goCtx context.Context, device devicetypes.Device, r types.Radio) (*types.QueryRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	view, err := s.radioView(ctx, r)
	if err != nil {
		return nil, err
	}
	record, _, err := s.record(ctx, devicetypes.WORK_CLASS_RADIO, device.Id)
	if err != nil {
		return nil, err
	}
	res := &types.QueryRadioResponse{Radio: view}
	if record.Radio != nil {
		res.Work = *record.Radio
	}
	if r.CountedCell != 0 {
		if res.Scale, err = s.scaleAt(ctx, r.CountedCell); err != nil {
			return nil, err
		}
	}
	windows, err := s.LiveWindowsOf(ctx, devicetypes.WORK_CLASS_RADIO)
	if err != nil || len(windows) == 0 {
		return res, err
	}
	w := windows[len(windows)-1]
	res.Epoch, res.Slot = w.Epoch, radio.SlotOf(w.RadioChallenge(ctx.ChainID(), radio.DeviceID(device.Id)), w.Radio.Slots)
	res.SlotOpenMillis = w.Radio.StartMillis + int64(w.Radio.SlotOpenMillis(res.Slot))
	reason := s.standing(w, device, r, record, view.Denied)
	res.Standing, res.StandingText = uint32(reason), reason.String()
	if reason == radio.ReasonPaid {
		res.StandingText = "nothing keeps it from being paid"
	}
	return res, nil
}

// standing is what keeps a radio from being paid in an epoch, whatever it hears.
func (s queryServer) standing(w types.Window, device devicetypes.Device, r types.Radio, record types.DeviceWork, denied bool) radio.Reason {
	f := radioFacts{known: true, device: device, denied: denied, record: record}
	f.assertion, f.asserted = r.AssertionFor(w.Epoch, device.Generation)
	facts := f.radio(w, heardAt)
	switch limit := w.Radio.Params.ReciprocitySeconds; {
	case !facts.Active:
		return radio.ReasonInactive
	case !facts.Asserted:
		return radio.ReasonUnasserted
	case denied:
		return radio.ReasonDenied
	case facts.QuietSeconds > limit || f.radio(w, hearingAt).QuietSeconds > limit:
		return radio.ReasonReciprocity
	}
	return radio.ReasonPaid
}

func (s queryServer) scaleAt(ctx context.Context, cell uint64) (uint64, error) {
	crowds, err := s.crowds(ctx, radio.Cell(cell))
	if err != nil {
		return 0, err
	}
	return radio.Scale(radio.HIP104(), crowds)
}

func (s queryServer) radioView(ctx context.Context, r types.Radio) (types.RadioView, error) {
	view := types.RadioView{Radio: r, DeviceId: devicetypes.FormatDeviceID(r.DeviceId)}
	if newest, ok := r.Newest(); ok {
		view.Cell = fmt.Sprintf("%x", newest.Cell)
	}
	var err error
	view.Denied, err = s.Keeper.DeniedRadios.Has(ctx, r.Number)
	return view, err
}

// Radios implements types.QueryServer.
func (s queryServer) Radios(ctx context.Context, req *types.QueryRadiosRequest) (*types.QueryRadiosResponse, error) {
	if err := checkPage(req.Pagination); err != nil {
		return nil, err
	}
	if req.Cell == "" {
		views, page, err := query.CollectionPaginate(ctx, s.RadioNumbers, req.Pagination, func(_ uint32, id []byte) (types.RadioView, error) {
			r, _, err := s.radioOf(ctx, id)
			if err != nil {
				return types.RadioView{}, err
			}
			return s.radioView(ctx, r)
		})
		return &types.QueryRadiosResponse{Radios: views, Pagination: page}, err
	}
	cell, err := parseCell(req.Cell, 0)
	if err != nil {
		return nil, err
	}
	return s.radiosIn(ctx, cell, req.Pagination)
}

// radiosIn pages over the radios of a cell: the cells of resolution 10 in it are a range of numbers. Its page key is
// that of the next place; total and reverse are not offered.
func (s queryServer) radiosIn(ctx context.Context, cell radio.Cell, page *query.PageRequest) (*types.QueryRadiosResponse, error) {
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
			if _, start, err = s.RadioPlaces.KeyCodec().Decode(page.Key); err != nil || start.K1() < uint64(first) {
				return nil, status.Error(codes.InvalidArgument, "pagination.key is not one of this query")
			}
		}
	}
	res := &types.QueryRadiosResponse{Pagination: &query.PageResponse{}}
	end := collections.Join(uint64(last)+1, uint32(0))
	ranger := new(collections.Range[collections.Pair[uint64, uint32]]).StartInclusive(start).EndExclusive(end)
	err = s.RadioPlaces.Walk(ctx, ranger, func(at collections.Pair[uint64, uint32]) (bool, error) {
		if len(res.Radios) == limit {
			key := make([]byte, s.RadioPlaces.KeyCodec().Size(at))
			_, err := s.RadioPlaces.KeyCodec().Encode(key, at)
			res.Pagination.NextKey = key
			return true, err
		}
		id, _, err := s.deviceOf(ctx, at.K2())
		if err != nil {
			return true, err
		}
		r, _, err := s.radioOf(ctx, id)
		if err != nil {
			return true, err
		}
		view, err := s.radioView(ctx, r)
		res.Radios = append(res.Radios, view)
		return false, err
	})
	return res, err
}

// parseCell reads an H3 cell of resolution least to 10 in hexadecimal.
func parseCell(text string, least int) (radio.Cell, error) {
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, status.Errorf(codes.InvalidArgument, "cell %q is no hexadecimal number of 64 bits", text)
	}
	cell := radio.Cell(n)
	if err := cell.Validate(); err != nil {
		return 0, status.Error(codes.InvalidArgument, err.Error())
	}
	if r := cell.Resolution(); r < least || r > types.RadioDensityCell {
		return 0, status.Errorf(codes.InvalidArgument, "cell %s has resolution %d; want %d to %d", text, r, least, types.RadioDensityCell)
	}
	return cell, nil
}

func checkPage(page *query.PageRequest) error {
	if page != nil && page.Limit > types.MaxPageSize {
		return status.Errorf(codes.InvalidArgument, "pagination.limit is %d; want at most %d", page.Limit, types.MaxPageSize)
	}
	return nil
}

// RadioVerdicts implements types.QueryServer.
func (s queryServer) RadioVerdicts(ctx context.Context, req *types.QueryRadioVerdictsRequest) (*types.QueryRadioVerdictsResponse, error) {
	device, err := s.knownDevice(ctx, req.DeviceId)
	if err != nil {
		return nil, err
	}
	record, _, err := s.record(ctx, devicetypes.WORK_CLASS_RADIO, device.Id)
	if err != nil {
		return nil, err
	}
	res := &types.QueryRadioVerdictsResponse{}
	if record.Radio != nil {
		for _, v := range record.Radio.Verdicts {
			res.Verdicts = append(res.Verdicts, types.RadioVerdictView{Verdict: v, ReasonText: radio.Reason(v.Reason).String()})
		}
	}
	return res, nil
}

// RadioCell implements types.QueryServer.
func (s queryServer) RadioCell(ctx context.Context, req *types.QueryRadioCellRequest) (*types.QueryRadioCellResponse, error) {
	table := radio.HIP104()
	cell, err := parseCell(req.Cell, table[0].Resolution-1)
	if err != nil {
		return nil, err
	}
	c, err := optional(s.RadioCells.Get(ctx, uint64(cell)))
	res := &types.QueryRadioCellResponse{Cell: c}
	if err != nil || cell.Resolution() < table[0].Resolution {
		return res, err
	}
	parent, err := cell.Parent(cell.Resolution() - 1)
	if err != nil {
		return nil, err
	}
	above, err := optional(s.RadioCells.Get(ctx, uint64(parent)))
	res.Limit = table[cell.Resolution()-table[0].Resolution].Limit(above.Occupied)
	return res, err
}

// DeniedRadios implements types.QueryServer.
func (s queryServer) DeniedRadios(ctx context.Context, req *types.QueryDeniedRadiosRequest) (*types.QueryDeniedRadiosResponse, error) {
	if err := checkPage(req.Pagination); err != nil {
		return nil, err
	}
	numbers, page, err := query.CollectionPaginate(ctx, s.Keeper.DeniedRadios, req.Pagination,
		func(number uint32, _ collections.NoValue) (uint32, error) { return number, nil })
	return &types.QueryDeniedRadiosResponse{Numbers: numbers, Pagination: page}, err
}

// DeniedRadioEdges implements types.QueryServer.
func (s queryServer) DeniedRadioEdges(ctx context.Context, req *types.QueryDeniedRadioEdgesRequest) (*types.QueryDeniedRadioEdgesResponse, error) {
	if err := checkPage(req.Pagination); err != nil {
		return nil, err
	}
	edges, page, err := query.CollectionPaginate(ctx, s.Keeper.DeniedRadioEdges, req.Pagination,
		func(e collections.Pair[uint32, uint32], _ collections.NoValue) (types.RadioEdge, error) {
			return types.RadioEdge{A: e.K1(), B: e.K2()}, nil
		})
	return &types.QueryDeniedRadioEdgesResponse{Edges: edges, Pagination: page}, err
}

func missing(err error) bool { return errors.Is(err, collections.ErrNotFound) }
