package class

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// Devices finds registered devices; a Ledger does, and so does the keeper.
type Devices interface {
	Device(ctx context.Context, id []byte) (d devicetypes.Device, known bool, err error)
}

// KnownDevice reads a device by its text; its errors are a query's.
func KnownDevice(ctx context.Context, devices Devices, text string) (d devicetypes.Device, err error) {
	id, err := devicetypes.ParseDeviceID(text)
	if err != nil {
		return d, status.Error(codes.InvalidArgument, err.Error())
	}
	d, known, err := devices.Device(ctx, id)
	if err == nil && !known {
		err = status.Errorf(codes.NotFound, "device %s is not registered", text)
	}
	return d, err
}

// CheckPage bounds the page of a query.
func CheckPage(page *query.PageRequest) error {
	if page != nil && page.Limit > types.MaxPageSize {
		return status.Errorf(codes.InvalidArgument, "pagination.limit is %d; want at most %d", page.Limit, types.MaxPageSize)
	}
	return nil
}
