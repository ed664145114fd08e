package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// full is one reward unit.
const full = radio.RewardUnit

// radioChain is a chain with radios of different owners, 2 km apart in a row; radio i has number i + 1.
type radioChain struct {
	*chain
	radios []*testutil.RadioDevice
}

// newRadioChain asserts n radios in epoch 1 and lets all hear each other in epoch 3, so that from epoch 4 on
// reciprocity holds. It stands at the first height at which epoch 4's window takes commitments.
func newRadioChain(t testing.TB, n int, opts ...option) *radioChain {
	t.Helper()
	c := &radioChain{chain: newChain(t, append([]option{opensAt()}, opts...)...)}
	for i := range n {
		c.radios = append(c.radios, c.radio(uint64(i)))
	}
	c.reachEpoch(3)
	w := c.openRadio(3)
	if n < 2 {
		return c
	}
	c.reach(w.DrawAHeight + 1)
	for i, d := range c.radios {
		receipts := c.hear(w, i)
		c.accept(d.Open(c.radioWindow(3), receipts[:min(len(receipts), radio.MaxWitnesses)]...))
	}
	c.openRadio(4)
	return c
}

// radio registers and asserts the n-th device, of relayer(n+1).
func (c *radioChain) radio(n uint64) *testutil.RadioDevice {
	c.Helper()
	d := testutil.NewRadioDevice(chainID, n)
	c.devices.RegisterRadio(d, relayer(byte(n)))
	res, err := c.assert(d.Assert(relayer(byte(n)), c.epoch()))
	require.NoError(c, err)
	d.Number = res.Number
	return d
}

func (c *radioChain) assert(msg *types.MsgAssertRadio) (res *types.MsgAssertRadioResponse, err error) {
	err = c.tx(func(ctx sdk.Context) error {
		res, err = c.msg.AssertRadio(ctx, msg)
		return err
	})
	return res, err
}

// hear lets all other radios hear the i-th, in the order of their numbers.
func (c *radioChain) hear(w types.Window, i int) (receipts []radio.Receipt) {
	for j, d := range c.radios {
		if j != i {
			receipts = append(receipts, d.Hear(w, c.radios[i]))
		}
	}
	return receipts
}

// openRadio reaches the first height at which an epoch's window takes commitments.
func (c *radioChain) openRadio(epoch uint64) types.Window {
	c.Helper()
	c.reach(int64((epoch-1)*epochBlocks) + 2)
	return c.radioWindow(epoch)
}

// drawnRadio reaches the first height at which an epoch's beacons are opened, lateRadio that of late receipts.
func (c *radioChain) drawnRadio(epoch uint64) types.Window {
	c.Helper()
	c.reach(c.radioWindow(epoch).DrawAHeight + 1)
	return c.radioWindow(epoch)
}

func (c *radioChain) lateRadio(epoch uint64) types.Window {
	c.Helper()
	c.reach(c.radioWindow(epoch).Radio.ProveHeight)
	return c.radioWindow(epoch)
}

func (c *radioChain) radioWindow(epoch uint64) types.Window {
	c.Helper()
	res, err := c.query.Window(c.ctx, &types.QueryWindowRequest{Id: epoch, WorkClass: radioClass})
	require.NoError(c, err)
	return res.Window
}

// beacon is the record of a radio's beacon.
func (c *radioChain) beacon(epoch uint64, d *testutil.RadioDevice) *types.QueryRadioBeaconResponse {
	c.Helper()
	res, err := c.query.RadioBeacon(c.ctx, &types.QueryRadioBeaconRequest{Epoch: epoch, Number: d.Number})
	require.NoError(c, err)
	return res
}

// reasons are those of a beacon's witnesses, in the order of their numbers.
func (c *radioChain) reasons(epoch uint64, d *testutil.RadioDevice) (out []radio.Reason) {
	c.Helper()
	for _, w := range c.beacon(epoch, d).Beacon.Witnesses {
		out = append(out, radio.Reason(w.Reason))
	}
	return out
}

// units are what a radio has in an epoch that is not settled.
func (c *radioChain) units(d *testutil.RadioDevice, epoch uint64) uint64 {
	c.Helper()
	for _, u := range c.record(d).Units {
		if u.Epoch == epoch {
			return u.Units
		}
	}
	return 0
}

func (c *radioChain) radioTally(epoch uint64) types.Tally {
	c.Helper()
	res, err := c.query.Tally(c.ctx, &types.QueryTallyRequest{WorkClass: radioClass, Epoch: epoch})
	require.NoError(c, err)
	return res.Tally
}

// holds checks the accounting of the block's end: within a block the sums lack its transactions.
func (c *radioChain) holds() {
	c.Helper()
	c.next()
	c.chain.holds()
}
