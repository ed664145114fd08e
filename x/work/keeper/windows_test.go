package keeper_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestWindowHeights walks one window's life. Id 5: seed at 6, commitments at 7, 8, 9, draws at 10 and 17, openings at
// 18 … 22.
func TestWindowHeights(t *testing.T) {
	c := newChain(t, opensAt(5))
	honest, last, lazy := c.device(1), c.device(2), c.device(3)

	c.reach(5)
	c.skip(types.ErrUnknownWindow, honest.Statement(5, types.PHASE_COMMIT, commitment(2)))
	c.reach(6)
	c.skip(types.ErrWindowNotOpen, honest.Statement(5, types.PHASE_COMMIT, commitment(2)))
	require.Empty(t, c.window(5).SeedMix)

	c.reach(7)
	w := c.window(5)
	require.Equal(t, types.Window{
		Id: 5, WorkClass: gpuClass, Epoch: 1, OpenHeight: 7, CloseHeight: 9, DrawAHeight: 10, DrawBHeight: 17, DeadlineHeight: 22,
		SeedMix: c.mix(6), Gpu: testutil.Params().Gpu,
	}, w)
	c.accept(honest.Commit(w, 2))
	c.accept(lazy.Commit(w, 2))
	c.reach(9)
	c.accept(honest.Commit(w, 3))
	c.accept(last.Commit(w, 2))
	c.reach(10)
	c.skip(types.ErrWindowClosed, lazy.Commit(w, 4))
	c.reach(11)
	c.skip(types.ErrWindowClosed, c.device(4).Commit(w, 4))
	require.Equal(t, c.mix(10), c.window(5).DrawAMix)
	require.Empty(t, c.window(5).DrawBMix)
	c.skip(types.ErrTooEarly, honest.Statement(5, types.PHASE_OPEN, []byte{1}))
	c.reach(17)
	c.skip(types.ErrTooEarly, honest.Statement(5, types.PHASE_OPEN, []byte{1}))

	c.reach(18)
	w = c.window(5)
	require.Equal(t, c.mix(17), w.DrawBMix)
	c.accept(honest.Open(w))
	c.skip(types.ErrAlreadyOpened, honest.Open(w))
	c.reach(22)
	c.accept(last.Open(w))
	c.reach(23)
	c.skip(types.ErrTooLate, lazy.Statement(5, types.PHASE_OPEN, []byte{1}))
	c.skip(types.ErrAlreadyOpened, last.Open(w))
	c.skip(types.ErrUnknownWindow, lazy.Statement(5, types.PHASE_COMMIT, commitment(4)))
	windows, err := c.k.LiveWindowsOf(c.ctx, gpuClass)
	require.NoError(t, err)
	require.Empty(t, windows)
	require.Equal(t, "1280", c.units(1)) // 5 rounds of 256
	c.holds()
}

// TestChecksUseTheExecutionHeight: CheckTx sees the last committed height h and judges for h + 1.
func TestChecksUseTheExecutionHeight(t *testing.T) {
	for height, want := range map[int64]error{4: types.ErrUnknownWindow, 5: types.ErrWindowNotOpen, 6: nil, 8: nil, 9: types.ErrWindowClosed} {
		c := newChain(t, opensAt(5))
		commit := c.device(1).Statement(5, types.PHASE_COMMIT, commitment(2))
		c.reach(height)
		require.NoError(t, c.k.EndBlock(c.ctx))
		for name, ctx := range map[string]sdk.Context{"check": c.ctx.WithIsCheckTx(true), "recheck": c.ctx.WithIsReCheckTx(true), "simulate": c.ctx.WithExecMode(sdk.ExecModeSimulate)} {
			reasons, err := c.k.Classify(ctx, batch(commit))
			require.NoError(t, err)
			require.ErrorIs(t, reasons[0], want, "%s at %d", name, height)
		}
	}
}

// TestEpochOfAWindow: units belong to the epoch of the deciding block, though everything else happens in the next one.
func TestEpochOfAWindow(t *testing.T) {
	c := newChain(t, opensAt(epochBlocks, epochBlocks+1))
	d := c.device(1)
	w := c.open(epochBlocks)
	require.EqualValues(t, 1, w.Epoch)
	c.accept(d.Commit(w, 2))
	c.next()
	second := c.window(epochBlocks + 1)
	require.EqualValues(t, 2, second.Epoch)
	c.accept(d.Commit(second, 3))
	results := c.accept(d.Open(c.drawn(w.Id)))
	require.EqualValues(t, 1, results[0].Epoch)
	c.accept(d.Open(c.drawn(second.Id)))
	c.next()
	require.Equal(t, "512", c.units(1))
	require.Equal(t, "768", c.units(2))
}

// TestParamsOfAWindow: live windows keep the rules of their decision.
func TestParamsOfAWindow(t *testing.T) {
	c := newChain(t, opensAt(5, 8))
	d := c.device(1)
	w := c.open(5)
	params, err := c.k.GetParams(c.ctx)
	require.NoError(t, err)
	params.Gpu.MinRounds, params.Gpu.T, params.Gpu.OpeningBlocks = 5, 3, 9
	_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: relayer(1), Params: params})
	require.ErrorIs(t, err, types.ErrInvalidAuthority)
	bad := params
	bad.FaultLimit = 0
	_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: bad})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: params})
	require.NoError(t, err)

	c.accept(d.Commit(w, 2))
	second := c.open(8)
	require.Equal(t, second.DrawBHeight+9, second.DeadlineHeight)
	require.Equal(t, w.DrawBHeight+5, w.DeadlineHeight)
	c.skip(types.ErrRounds, d.Claim(second, 4))
	c.accept(d.Commit(second, 5))
	require.EqualValues(t, 512, c.accept(d.Open(c.drawn(5)))[0].Units)
	require.EqualValues(t, 1_280, c.accept(d.Open(c.drawn(8)))[0].Units)
}

// TestUnitsKeepTheirWorth: governance changes neither what a unit is nor how many of them the same machines do in an
// epoch: baselines, tallies and bonds would not follow.
func TestUnitsKeepTheirWorth(t *testing.T) {
	for field, change := range map[string]func(*types.GpuParams){
		"gpu.unit_shift":             func(p *types.GpuParams) { p.UnitShift++ },
		"gpu.window_probability_ppm": func(p *types.GpuParams) { p.WindowProbabilityPpm-- },
		"gpu.window_blocks":          func(p *types.GpuParams) { p.WindowBlocks++ },
	} {
		c := newChain(t, opensAt(5))
		before, err := c.k.GetParams(c.ctx)
		require.NoError(t, err)
		params := before
		change(&params.Gpu)
		_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: params})
		require.ErrorIs(t, err, types.ErrInvalidParams)
		require.ErrorContains(t, err, field+" cannot become")
		after, err := c.k.GetParams(c.ctx)
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
}

// TestUnitsDoNotDependOnN: the same operations are the same units under any n that governance may choose.
func TestUnitsDoNotDependOnN(t *testing.T) {
	c := newChain(t, opensAt(5, 8))
	d := c.device(1)
	first := c.open(5)
	params, err := c.k.GetParams(c.ctx)
	require.NoError(t, err)
	params.Gpu.N *= 2
	_, err = c.msg.UpdateParams(c.ctx, &types.MsgUpdateParams{Authority: c.k.Authority(), Params: params})
	require.NoError(t, err)
	c.accept(d.Commit(first, 16))
	c.accept(d.Commit(c.open(8), 2))
	small := c.accept(d.Open(c.drawn(5)))[0].Units
	require.Equal(t, small, c.accept(d.Open(c.drawn(8)))[0].Units)
}

func TestMaxLiveWindows(t *testing.T) {
	c := newChain(t, withParams(func(p *types.Params) { p.MaxLiveWindows = 3 }))
	c.beacon.Opens = func(int64) bool { return true }
	opened := map[uint64]bool{}
	for range 60 {
		c.next()
		windows, err := c.k.LiveWindowsOf(c.ctx, gpuClass)
		require.NoError(t, err)
		require.LessOrEqual(t, len(windows), 3)
		for _, w := range windows {
			opened[w.Id] = true
		}
	}
	// A window lives for 18 blocks from its decision; each that ends makes room for the next in the same block.
	require.Len(t, opened, 3*((60+16)/17))
}

// TestTooManyUnfrozenEpochs: no window opens while so many epochs wait that a record's ring could overflow.
func TestTooManyUnfrozenEpochs(t *testing.T) {
	c := newChain(t, withParams(func(p *types.Params) { p.SettlementDelayEpochs = types.MaxSettlementDelay }))
	c.beacon.EpochBlocks, c.beacon.Opens = 25, func(h int64) bool { return h%25 == 1 }
	d := c.device(1)
	most := 0
	for epoch := range int64(30) {
		c.earn(uint64(epoch*25+1), 2, d)
		most = max(most, len(c.record(d).Units))
	}
	require.EqualValues(t, types.MaxSettlementDelay+1, most, "delay + the current epoch")

	// Freezing stops: the ring fills and windows stop, and the device is never told ErrTooManyUnsettled.
	stuck := newChain(t)
	stuck.beacon.EpochBlocks, stuck.beacon.Opens = 25, c.beacon.Opens
	d = stuck.device(1)
	for height := int64(1); height < 25*20; height++ {
		windows, err := stuck.k.LiveWindowsOf(stuck.ctx, gpuClass)
		require.NoError(t, err)
		for _, w := range windows {
			switch stuck.ctx.BlockHeight() {
			case w.OpenHeight:
				stuck.accept(d.Commit(w, 2))
			case w.DrawBHeight + 1:
				stuck.accept(d.Open(w))
			}
		}
		require.NoError(t, stuck.k.EndBlock(stuck.ctx))
		stuck.cms.Commit()
		stuck.at(height + 1)
	}
	require.Len(t, stuck.record(d).Units, types.MaxUnsettledEpochs)
}

func (c *chain) mix(height int64) []byte {
	c.Helper()
	mix, err := c.beacon.Mix(c.ctx, height)
	require.NoError(c, err)
	return mix
}

func (c *chain) units(epoch uint64) string {
	c.Helper()
	units, err := c.k.Units(c.ctx, gpuClass, epoch)
	require.NoError(c, err)
	return units.String()
}

// commitment is a payload that stands for no work.
func commitment(rounds uint64) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, rounds), make([]byte, 32)...)
}
