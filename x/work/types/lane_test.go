package types_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func opening(size int) types.Evidence {
	e := sample()
	e.Phase, e.Payload = types.PHASE_OPEN, make([]byte, size)
	return e
}

// diskProof is evidence of the right shape with n proofs at k = 28, base+2.
func diskProof(n int) types.Evidence {
	e := sample()
	params := disk.Params{K: 28, Strength: 4}
	e.WorkClass, e.Phase = devicetypes.WORK_CLASS_DISK, types.PHASE_PROVE
	e.Payload = append([]byte{disk.EvidenceVersion1, params.K, params.Strength}, make([]byte, disk.EvidenceSize(params, n)-3)...)
	return e
}

// TestDiskLaneGas: the figures of the README.
func TestDiskLaneGas(t *testing.T) {
	params := types.DefaultParams()
	for n, want := range map[int]uint64{1: 29_618, 4: 43_502} {
		got, err := types.LaneGas(&types.MsgSubmitWork{Evidence: []types.Evidence{diskProof(n)}}, params)
		require.NoError(t, err)
		require.Equal(t, 20_000+4_000+10*uint64(3+452*n)+6*uint64(160+18*n), got)
		require.Equal(t, want, got)
	}
	broken := diskProof(1)
	broken.Payload = broken.Payload[1:]
	cost, err := types.VerifyCost(&types.MsgSubmitWork{Evidence: []types.Evidence{broken}}, params)
	require.NoError(t, err)
	require.EqualValues(t, 160+disk.EvidenceCostLimit, cost, "what has no shape has a bounded cost")
}

// TestDiskShapes: what a payload says of itself is checked before any state.
func TestDiskShapes(t *testing.T) {
	require.NoError(t, diskProof(1).ValidateShape())
	require.NoError(t, diskProof(16).ValidateShape())
	for name, tc := range map[string]struct {
		spoil func(*types.Evidence)
		want  error
	}{
		"commitment":  {func(e *types.Evidence) { e.Phase = types.PHASE_COMMIT }, types.ErrWrongPhase},
		"opening":     {func(e *types.Evidence) { e.Phase = types.PHASE_OPEN }, types.ErrWrongPhase},
		"no payload":  {func(e *types.Evidence) { e.Payload = nil }, types.ErrPayloadSize},
		"no proofs":   {func(e *types.Evidence) { e.Payload = e.Payload[:3] }, types.ErrPayloadSize},
		"left over":   {func(e *types.Evidence) { e.Payload = append(e.Payload, 0) }, types.ErrPayloadSize},
		"17 proofs":   {func(e *types.Evidence) { *e = diskProof(17) }, types.ErrPayloadSize},
		"version":     {func(e *types.Evidence) { e.Payload[0] = 0 }, types.ErrInvalidEvidence},
		"k":           {func(e *types.Evidence) { e.Payload[1] = 27 }, types.ErrInvalidEvidence},
		"strength":    {func(e *types.Evidence) { e.Payload[2] = 9 }, types.ErrInvalidEvidence},
		"other class": {func(e *types.Evidence) { e.WorkClass = 4 }, types.ErrUnsupportedClass},
	} {
		e := diskProof(2)
		tc.spoil(&e)
		require.ErrorIs(t, e.ValidateShape(), tc.want, name)
	}
}

// TestLaneGas: the figures of the README.
func TestLaneGas(t *testing.T) {
	params := types.DefaultParams()
	gas := func(items ...types.Evidence) uint64 {
		t.Helper()
		got, err := types.LaneGas(&types.MsgSubmitWork{Evidence: items}, params)
		require.NoError(t, err)
		return got
	}
	commit := uint64(6*(160+1) + 4_000 + 10*40)
	require.EqualValues(t, 20_000+commit, gas(sample()))
	require.EqualValues(t, 20_000+3*commit, gas(sample(), sample(), sample()))
	open := 6*(160+gpu.OpeningCost(gpu.MainnetParams())) + 4_000 + 10*8_000
	require.EqualValues(t, 20_000+open+commit, gas(opening(8_000), sample()))
	require.EqualValues(t, 20_000, gas())

	cost, err := types.VerifyCost(&types.MsgSubmitWork{Evidence: []types.Evidence{opening(1), sample()}}, params)
	require.NoError(t, err)
	require.EqualValues(t, 160+gpu.OpeningCost(gpu.MainnetParams())+161, cost)
	require.Less(t, cost, params.Lane.BlockVerifyUs)

	bad := sample()
	bad.WorkClass = 9
	_, err = types.LaneGas(&types.MsgSubmitWork{Evidence: []types.Evidence{sample(), bad}}, params)
	require.ErrorIs(t, err, types.ErrUnsupportedClass)
	require.ErrorContains(t, err, "item 1")
}

// TestLaneGasIsBounded: the largest batch under the widest parameters costs a known amount, far from overflow.
func TestLaneGasIsBounded(t *testing.T) {
	params := types.DefaultParams()
	params.Lane.MaxEvidencePerTx = types.MaxEvidencePerTx
	var msg types.MsgSubmitWork
	for range types.MaxEvidencePerTx {
		msg.Evidence = append(msg.Evidence, opening(types.MaxPayloadSize))
	}
	gas, err := types.LaneGas(&msg, params)
	require.NoError(t, err)
	require.Less(t, gas, uint64(20_000+types.MaxEvidencePerTx*(4_000+10*types.MaxPayloadSize+6*(160+int(gpu.CostLimit)))))
}

func TestStateErrorsAreThoseThatSkip(t *testing.T) {
	for _, err := range []error{
		types.ErrDeviceNotActive, types.ErrWrongClass, types.ErrUnknownWindow, types.ErrWindowNotOpen, types.ErrWindowClosed, types.ErrRounds, types.ErrNotLarger,
		types.ErrBondTooSmall, types.ErrNoCommitment, types.ErrAlreadyOpened, types.ErrTooEarly, types.ErrTooLate, types.ErrProofTooLarge, types.ErrSuspended,
	} {
		require.True(t, types.IsStateError(types.ItemError(1, err)), err)
	}
	for _, err := range []error{
		types.ErrInvalidParams, types.ErrEmptyBatch, types.ErrBadSignature, types.ErrBadProof, types.ErrNothingNew, types.ErrUnknownDevice, types.ErrPayloadSize, io.EOF, nil,
	} {
		require.False(t, types.IsStateError(err), err)
	}
}

func TestVerifierChecksTheSignatureFirst(t *testing.T) {
	proofs := 0
	job := types.Job{
		Signature: func() error { return types.ErrBadSignature },
		Proof:     func() error { proofs++; return nil },
	}
	require.ErrorIs(t, types.DirectVerifier{}.Verify(job), types.ErrBadSignature)
	require.ErrorIs(t, types.DirectVerifier{}.VerifySignature(job), types.ErrBadSignature)
	require.Zero(t, proofs)
	job.Signature = func() error { return nil }
	require.NoError(t, types.DirectVerifier{}.Verify(job))
	require.Equal(t, 1, proofs)
}

func TestParams(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, testutil.Params().Validate())
	for field, spoil := range map[string]func(*types.Params){
		"version":                    func(p *types.Params) { p.Gpu.Version = gpu.Version2 + 1 },
		"n is":                       func(p *types.Params) { p.Gpu.N = 100 },
		"b is":                       func(p *types.Params) { p.Gpu.B = 16 },
		"t is":                       func(p *types.Params) { p.Gpu.T = 1 },
		"max_rounds":                 func(p *types.Params) { p.Gpu.MaxRounds = 0 },
		"gpu.min_rounds":             func(p *types.Params) { p.Gpu.MinRounds = p.Gpu.MaxRounds + 1 },
		"gpu.min_rounds is 0":        func(p *types.Params) { p.Gpu.MinRounds = 0 },
		"raise min_rounds":           func(p *types.Params) { p.Gpu.N, p.Gpu.UnitShift = 64, 40 },
		"gpu.unit_shift is 9":        func(p *types.Params) { p.Gpu.UnitShift = 9 },
		"gpu.unit_shift is 41":       func(p *types.Params) { p.Gpu.UnitShift = 41 },
		"gpu.window_probability_ppm": func(p *types.Params) { p.Gpu.WindowProbabilityPpm = 0 },
		"want 1 to 1000000":          func(p *types.Params) { p.Gpu.WindowProbabilityPpm = 1_000_001 },
		"gpu.window_blocks":          func(p *types.Params) { p.Gpu.WindowBlocks = 1_001 },
		"gpu.opening_blocks":         func(p *types.Params) { p.Gpu.OpeningBlocks = 0 },
		"lane.max_evidence_per_tx":   func(p *types.Params) { p.Lane.MaxEvidencePerTx = 257 },
		"lane.max_tx_bytes":          func(p *types.Params) { p.Lane.MaxTxBytes = 1_023 },
		"lane.block_bytes_bps":       func(p *types.Params) { p.Lane.BlockBytesBps = 9_001 },
		"lane.block_verify_us":       func(p *types.Params) { p.Lane.BlockVerifyUs = 300_001 },
		"lane.newcomer_bps":          func(p *types.Params) { p.Lane.NewcomerBps = 10_001 },
		"settlement_delay_epochs":    func(p *types.Params) { p.SettlementDelayEpochs = 13 },
		"max_live_windows":           func(p *types.Params) { p.MaxLiveWindows = 65 },
		"fault_limit":                func(p *types.Params) { p.FaultLimit = 101 },
		"suspension_epochs":          func(p *types.Params) { p.SuspensionEpochs = 0 },
	} {
		p := types.DefaultParams()
		spoil(&p)
		err := p.Validate()
		require.ErrorIs(t, err, types.ErrInvalidParams, field)
		require.ErrorContains(t, err, field)
	}
}
