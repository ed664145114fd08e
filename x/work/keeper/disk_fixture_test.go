package keeper_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// plotters are the disks of all tests: their plots are real and made once. What a device knows beside them is nothing.
var plotters = map[uint64]*testutil.DiskDevice{}

func plotter(n uint64) *testutil.DiskDevice {
	if plotters[n] == nil {
		plotters[n] = testutil.NewDiskDevice(chainID, n)
	}
	return plotters[n]
}

// newDiskChain has no GPU windows.
func newDiskChain(tb testing.TB, opts ...option) *chain {
	tb.Helper()
	return newChain(tb, append([]option{opensAt()}, opts...)...)
}

func withDisk(change func(*types.DiskParams)) option {
	return withParams(func(p *types.Params) { change(&p.Disk) })
}

// disk registers the n-th device as a disk of relayer(n).
func (c *chain) disk(n uint64) *testutil.DiskDevice {
	d := plotter(n)
	c.devices.RegisterDisk(d, relayer(byte(n)))
	return d
}

// plots is the claim message of the n-th device for so many plots of the smallest kind; 0 ends the claim.
func plots(n uint64, count uint32) *types.MsgSetDiskClaim {
	msg := &types.MsgSetDiskClaim{Owner: relayer(byte(n)), DeviceId: plotter(n).Text(), Plots: count}
	if count > 0 {
		msg.K, msg.Strength = disk.MinK, disk.BaseStrength
	}
	return msg
}

func (c *chain) setClaim(msg *types.MsgSetDiskClaim) (from uint64, err error) {
	err = c.tx(func(ctx sdk.Context) error {
		res, err := c.msg.SetDiskClaim(ctx, msg)
		if err == nil {
			from = res.FromEpoch
		}
		return err
	})
	return from, err
}

// claimant registers a disk that claims so many plots in the current epoch.
func (c *chain) claimant(n uint64, count uint32) *testutil.DiskDevice {
	c.Helper()
	d := c.disk(n)
	_, err := c.setClaim(plots(n, count))
	require.NoError(c, err)
	return d
}

func (c *chain) epoch() uint64 {
	epoch, err := c.beacon.CurrentEpoch(c.ctx)
	require.NoError(c, err)
	return epoch.Number
}

// turn is the device's window of an epoch under the present parameters.
func (c *chain) turn(d *testutil.DiskDevice, epoch uint64) types.Window {
	c.Helper()
	params, err := c.k.GetParams(c.ctx)
	require.NoError(c, err)
	blocks := c.beacon.EpochBlocks
	s := types.NewDiskSchedule(epoch, int64((epoch-1)*blocks)+1, blocks, params.Disk)
	return s.Window(types.DiskCohort(d.ID(), s.Params.Cohorts), nil)
}

// lucky fixes the mix of the device's window in a coming epoch, so that its chains satisfy want.
func (c *chain) lucky(d *testutil.DiskDevice, epoch uint64, stored uint32, want func(w types.Window, chains []disk.Share) bool) types.Window {
	c.Helper()
	w := c.turn(d, epoch)
	require.Greater(c, w.OpenHeight-1, c.ctx.BlockHeight(), "its mix is still to come")
	for n := range uint64(20_000) {
		mix := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("lucky"), n))
		w.SeedMix = mix[:]
		if !types.WindowOpens(gpuClass, mix[:], c.beacon.Ppm) && want(w, d.Chains(w.Id, mix, stored)) {
			if c.beacon.Fixed == nil {
				c.beacon.Fixed = map[int64][32]byte{}
			}
			c.beacon.Fixed[w.OpenHeight-1] = mix
			return w
		}
	}
	c.Fatal("no mix is as wanted")
	return w
}

// pays wants n chains within the threshold of a claim of so many plots, all stored.
func pays(claim uint32, n int) func(types.Window, []disk.Share) bool {
	return func(w types.Window, chains []disk.Share) bool { return within(w, chains, claim) >= n }
}

func within(w types.Window, chains []disk.Share, claim uint32) (n int) {
	for _, s := range chains {
		if s.Quality.Within(uint64(claim), uint64(w.Disk.Lambda)) {
			n++
		}
	}
	return n
}

// proving has a device claim so many plots and reaches its window of epoch 3, in which it has at least n chains that
// pay.
func proving(t *testing.T, count uint32, n int, opts ...option) (*chain, *testutil.DiskDevice, types.Window) {
	t.Helper()
	c := newDiskChain(t, opts...)
	d := c.claimant(1, count)
	w := c.lucky(d, 3, count, pays(count, n))
	c.reach(w.OpenHeight)
	got := c.diskWindow(w.Id)
	require.Equal(t, w, got)
	return c, d, got
}

func (c *chain) diskWindow(id uint64) types.Window {
	c.Helper()
	res, err := c.query.Window(c.ctx, &types.QueryWindowRequest{Id: id, WorkClass: diskClass})
	require.NoError(c, err)
	return res.Window
}

// proof is what the device sends in a window under a claim of so many plots; it must have something to send.
func (c *chain) proof(d *testutil.DiskDevice, w types.Window, count uint32) types.Evidence {
	c.Helper()
	e, ok := d.Prove(w, count)
	require.True(c, ok)
	return e
}

func (c *chain) diskTally(epoch uint64) types.Tally {
	c.Helper()
	res, err := c.query.Tally(c.ctx, &types.QueryTallyRequest{WorkClass: diskClass, Epoch: epoch})
	require.NoError(c, err)
	return res.Tally
}

func diskKey(id uint64) collections.Pair[int32, uint64] {
	return collections.Join(int32(diskClass), id)
}

// fiveProofs repeats a payload's first proof, one more than the parameters pay.
func fiveProofs(e types.Evidence) []byte {
	payload := append([]byte(nil), e.Payload[:3]...)
	for range 5 {
		payload = append(payload, e.Payload[3:3+292]...)
	}
	return payload
}
