package keeper_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestFatalItems: what the batch's maker could have known fails the batch, names the item, and leaves the state as it
// was.
func TestFatalItems(t *testing.T) {
	c := newChain(t, opensAt(5))
	good, bad, stranger := c.device(1), c.device(2), testutil.NewDevice(chainID, 3)
	w := c.open(5)
	fine := good.Commit(w, 2)
	tests := map[string]struct {
		item types.Evidence
		want error
		text string
	}{
		"unknown device":   {stranger.Claim(w, 2), types.ErrUnknownDevice, "register the key first"},
		"no device":        {types.Evidence{WorkClass: gpuClass, Window: 5, Phase: types.PHASE_COMMIT, Payload: commitment(2), Signature: make([]byte, 64)}, types.ErrInvalidEvidence, "want 20"},
		"short signature":  {change(bad.Claim(w, 2), func(e *types.Evidence) { e.Signature = e.Signature[:63] }), types.ErrInvalidEvidence, "signature has 63 bytes; want 64"},
		"bad signature":    {change(bad.Claim(w, 2), func(e *types.Evidence) { e.Signature[5] ^= 1 }), types.ErrBadSignature, "the device signs"},
		"another's":        {change(good.Claim(w, 2), func(e *types.Evidence) { e.DeviceId = bad.ID() }), types.ErrBadSignature, ""},
		"stale and forged": {change(bad.Statement(4, types.PHASE_COMMIT, commitment(2)), func(e *types.Evidence) { e.Payload[9] ^= 1 }), types.ErrBadSignature, ""},
		"unknown class":    {change(bad.Claim(w, 2), func(e *types.Evidence) { e.WorkClass = 99 }), types.ErrUnsupportedClass, "evidence is taken for"},
		"later class":      {change(bad.Claim(w, 2), func(e *types.Evidence) { e.WorkClass = 4 }), types.ErrUnsupportedClass, ""},
		"no phase":         {bad.Statement(5, types.PHASE_UNSPECIFIED, commitment(2)), types.ErrWrongPhase, "commitment (1) or an opening (2)"},
		"phase of others":  {bad.Statement(5, types.PHASE_PROVE, commitment(2)), types.ErrWrongPhase, ""},
		"long commitment":  {bad.Statement(5, types.PHASE_COMMIT, make([]byte, 41)), types.ErrPayloadSize, "want 40"},
		"short commitment": {bad.Statement(5, types.PHASE_COMMIT, make([]byte, 39)), types.ErrPayloadSize, "want 40"},
		"empty opening":    {bad.Statement(5, types.PHASE_OPEN, nil), types.ErrPayloadSize, "want 1 to 16384"},
		"huge opening":     {bad.Statement(5, types.PHASE_OPEN, make([]byte, types.MaxPayloadSize+1)), types.ErrPayloadSize, "want 1 to 16384"},
		"no rounds":        {bad.Claim(w, 0), types.ErrRounds, "want 1 to"},
		"endless rounds":   {bad.Claim(w, math.MaxUint64), types.ErrRounds, "want 1 to"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c.TB = t
			err := c.refuse(fine, tc.item)
			require.ErrorIs(t, err, tc.want)
			require.ErrorContains(t, err, "item 1")
			require.ErrorContains(t, err, tc.text)
			if name == "stale and forged" { // alone it is nothing new, and nobody looks at its signature
				tc.want = types.ErrNothingNew
			}
			require.ErrorIs(t, c.refuse(tc.item), tc.want)
		})
	}
	c.TB = t
	require.ErrorIs(t, c.refuse(), types.ErrEmptyBatch)
	require.ErrorIs(t, c.refuse(fine, bad.Claim(w, 2), fine), types.ErrDuplicateItem)
	require.ErrorIs(t, c.refuse(fine, good.Claim(w, 3)), types.ErrDuplicateItem, "the same device, window and phase")
	most := int(types.DefaultParams().Lane.MaxEvidencePerTx)
	many := make([]types.Evidence, most+1)
	for i := range many {
		many[i] = testutil.NewDevice(chainID, uint64(100+i)).Claim(w, 2)
	}
	err := c.refuse(many...)
	require.ErrorIs(t, err, types.ErrTooManyItems)
	require.ErrorContains(t, err, "33 items; want at most 32")
	_, err = c.msg.SubmitWork(c.ctx, &types.MsgSubmitWork{Relayer: "joule1", Evidence: []types.Evidence{fine}})
	require.ErrorIs(t, err, types.ErrInvalidRequest)
	c.accept(fine)
}

func change(e types.Evidence, f func(*types.Evidence)) types.Evidence {
	e.Signature = append([]byte(nil), e.Signature...)
	e.Payload = append([]byte(nil), e.Payload...)
	f(&e)
	return e
}

// TestBadProofs: a false opening under the device's own signature fails the batch, and the commitment stays open.
func TestBadProofs(t *testing.T) {
	c := newChain(t, opensAt(5))
	d, other := c.device(1), c.device(2)
	w := c.open(5)
	c.accept(d.Commit(w, 4), other.Commit(w, 4))
	w = c.drawn(5)
	honest := d.Open(w)
	for name, payload := range map[string][]byte{
		"one bit":       change(honest, func(e *types.Evidence) { e.Payload[100] ^= 1 }).Payload,
		"truncated":     honest.Payload[:len(honest.Payload)-1],
		"padded":        append(append([]byte(nil), honest.Payload...), 0),
		"of another":    other.Open(w).Payload,
		"nothing in it": {0},
	} {
		err := c.refuse(d.Statement(5, types.PHASE_OPEN, payload))
		require.ErrorIs(t, err, types.ErrBadProof, name)
		require.ErrorContains(t, err, "item 0", name)
	}
	// Too large for the window: refused by the state, before any arithmetic.
	large := gpu.MaxProofSize(w.Gpu.Kernel()) + 1
	counted := &counter{}
	c.k.SetVerifier(counted)
	c.skip(types.ErrProofTooLarge, d.Statement(5, types.PHASE_OPEN, make([]byte, large)))
	require.Zero(t, counted.proofs+counted.signatures)
	c.accept(honest)
}

// counter counts what is verified.
type counter struct{ signatures, proofs int }

func (v *counter) VerifySignature(j types.Job) error {
	v.signatures++
	return types.DirectVerifier{}.VerifySignature(j)
}

func (v *counter) Verify(j types.Job) error {
	v.proofs++
	return types.DirectVerifier{}.Verify(j)
}

// TestSignaturesComeBeforeProofs: no proof is computed in a batch with a forged item, wherever it stands.
func TestSignaturesComeBeforeProofs(t *testing.T) {
	c := newChain(t, opensAt(5))
	a, b := c.device(1), c.device(2)
	w := c.open(5)
	c.accept(a.Commit(w, 2), b.Commit(w, 2))
	w = c.drawn(5)
	counted := &counter{}
	c.k.SetVerifier(counted)
	forged := change(b.Open(w), func(e *types.Evidence) { e.Signature[0] ^= 1 })
	require.ErrorIs(t, c.refuse(a.Open(w), forged), types.ErrBadSignature)
	require.Equal(t, 2, counted.signatures)
	require.Zero(t, counted.proofs)
	c.accept(a.Open(w), b.Open(w))
}

// TestStateRefusals: what the state decides skips the item.
func TestStateRefusals(t *testing.T) {
	c := newChain(t, opensAt(5), withParams(func(p *types.Params) { p.Gpu.MinRounds, p.Gpu.MaxRounds = 3, 9 }))
	d, idle := c.device(1), c.device(2)
	w := c.open(5)
	c.skip(types.ErrRounds, d.Claim(w, 2))
	c.skip(types.ErrRounds, d.Claim(w, 10))
	c.skip(types.ErrUnknownWindow, d.Statement(4, types.PHASE_COMMIT, commitment(4)))
	c.skip(types.ErrUnknownWindow, d.Statement(4, types.PHASE_OPEN, []byte{1}))

	for _, state := range []devicetypes.DeviceState{devicetypes.DEVICE_STATE_SUSPENDED, devicetypes.DEVICE_STATE_RETIRED} {
		c.devices.SetState(d.ID(), state)
		c.skip(types.ErrDeviceNotActive, d.Claim(w, 4))
	}
	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_ACTIVE)
	record, err := c.devices.GetDevice(c.ctx, idle.ID())
	require.NoError(t, err)
	record.WorkClass = devicetypes.WORK_CLASS_DISK
	c.devices.Set(record)
	c.skip(types.ErrWrongClass, idle.Claim(w, 4))

	c.devices.Allowance = 5*testutil.UnitsPerRound + 1
	reasons, err := c.k.Classify(c.ctx, batch(d.Claim(w, 6)))
	require.NoError(t, err)
	require.ErrorIs(t, reasons[0], types.ErrBondTooSmall)
	require.ErrorContains(t, reasons[0], "commit at most R = 5 or add to the bond")
	c.skip(types.ErrBondTooSmall, d.Claim(w, 6))
	c.accept(d.Commit(w, 5))
	c.skip(types.ErrNotLarger, d.Claim(w, 5))
	c.skip(types.ErrNotLarger, d.Claim(w, 4))
	c.devices.Allowance = math.MaxUint64
	c.accept(d.Commit(w, 6))
	require.Equal(t, []types.PendingCommitment{{Window: 5, Rounds: 6, Root: d.Commit(w, 6).Payload[8:], Height: 7, DeadlineHeight: 22}}, c.record(d).Pending)

	// A device that is suspended or retired meanwhile may still open what it has done.
	w = c.drawn(5)
	c.skip(types.ErrNoCommitment, c.device(7).Statement(5, types.PHASE_OPEN, []byte{1}))
	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_RETIRED)
	c.accept(d.Open(w))
}

// TestBatchResults tells each item's outcome, in order, with one event for all.
func TestBatchResults(t *testing.T) {
	c := newChain(t, opensAt(5))
	a, b, late := c.device(1), c.device(2), c.device(3)
	w := c.open(5)
	c.accept(a.Commit(w, 2), b.Commit(w, 3))
	w = c.drawn(5)
	c.accept(a.Open(w))
	events := len(c.ctx.EventManager().Events())
	res, err := c.submit(a.Open(w), late.Statement(5, types.PHASE_COMMIT, commitment(2)), b.Open(w))
	require.NoError(t, err)
	require.Len(t, res.Results, 3)
	require.Equal(t, types.ErrAlreadyOpened.ABCICode(), res.Results[0].Code)
	require.Equal(t, types.ErrWindowClosed.ABCICode(), res.Results[1].Code)
	require.Contains(t, res.Results[1].Reason, "took commitments up to height 9")
	require.Equal(t, types.ItemResult{DeviceId: b.Text(), Window: 5, Phase: types.PHASE_OPEN, Accepted: true, Units: 768, Epoch: 1}, res.Results[2])
	all := c.ctx.EventManager().Events()
	require.Len(t, all, events+1)
	last := all[len(all)-1]
	require.Equal(t, "joule.work.v1.EventWorkSubmitted", last.Type)
	for name, want := range map[string]string{"accepted": "1", "skipped": "2", "units": `"768"`} {
		got, found := last.GetAttribute(name)
		require.True(t, found)
		require.Equal(t, want, got.Value)
	}
}
