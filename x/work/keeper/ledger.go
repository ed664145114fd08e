package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// ledger is the keeper as one class may use it.
type ledger struct {
	k     *Keeper
	class devicetypes.WorkClass
}

var _ class.Ledger = ledger{}

func (k *Keeper) ledgerOf(number devicetypes.WorkClass) class.Ledger { return ledger{k, number} }

func (l ledger) Params(ctx context.Context) (types.Params, error) { return l.k.Params.Get(ctx) }

func (l ledger) Authority() string { return l.k.authority }

func (l ledger) Account(text string) ([]byte, error) { return l.k.addresses.StringToBytes(text) }

func (l ledger) CurrentEpoch(ctx context.Context) (beacontypes.Epoch, error) {
	return l.k.beacon.CurrentEpoch(ctx)
}

func (l ledger) Device(ctx context.Context, id []byte) (devicetypes.Device, bool, error) {
	return l.k.Device(ctx, id)
}

func (l ledger) BondAllowance(ctx context.Context, d devicetypes.Device) (uint64, error) {
	return l.k.devices.BondAllowance(ctx, d)
}

func (l ledger) TierPpm(ctx context.Context, id []byte, epoch uint64) (uint32, error) {
	return l.k.devices.TierPpm(ctx, id, epoch)
}

func (l ledger) Record(ctx context.Context, id []byte) (types.DeviceWork, bool, error) {
	return l.k.record(ctx, l.class, id)
}

func (l ledger) SetRecord(ctx context.Context, d types.DeviceWork) error {
	return l.k.setRecord(ctx, d)
}

func (l ledger) Settle(ctx sdk.Context, d *types.DeviceWork) error { return l.k.settle(ctx, d) }

func (l ledger) Contribute(ctx sdk.Context, epoch uint64, units math.Int) {
	c := newContribution()
	c.units = units
	l.k.contribute(ctx, l.class, epoch, c)
}

func (l ledger) Windows(ctx context.Context) ([]types.Window, error) {
	return l.k.LiveWindowsOf(ctx, l.class)
}

func (l ledger) HasWindow(ctx context.Context, id uint64) (bool, error) {
	return l.k.Windows.Has(ctx, collections.Join(int32(l.class), id))
}

func (l ledger) SetWindow(ctx context.Context, w types.Window) error { return l.k.setWindow(ctx, w) }

func (l ledger) RatesWait(ctx sdk.Context, epoch uint64) (bool, error) {
	return l.k.ratesWait(ctx, epoch)
}

func (l ledger) FundCommunityPool(ctx context.Context, amount sdk.Coins, from sdk.AccAddress) error {
	return l.k.community.FundCommunityPool(ctx, amount, from)
}
