package keeper_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// payloadOf writes shares as it stands, in any order.
func payloadOf(shares ...disk.Share) []byte {
	payload := []byte{disk.EvidenceVersion1, disk.MinK, disk.BaseStrength}
	for _, s := range shares {
		payload = append(payload, byte(s.Index), byte(s.Index>>8), byte(s.Index>>16), byte(s.Index>>24))
		payload = append(payload, s.Proof...)
	}
	return payload
}

// TestDiskFatal: evidence that is false whatever the state fails its batch, with the item and the reason.
func TestDiskFatal(t *testing.T) {
	c := newDiskChain(t, withDisk(func(p *types.DiskParams) { p.Cohorts = 1 }))
	d, other, third := c.claimant(1, 3), c.claimant(2, 3), c.claimant(3, 3)
	var above, foreign disk.Share
	w := c.lucky(d, 3, 3, func(w types.Window, chains []disk.Share) bool {
		n := within(w, chains, 3)
		theirs, ok := other.Prove(w, 3)
		if n < 2 || n == len(chains) || !ok {
			return false
		}
		above = chains[n]
		parsed, err := disk.ParseEvidence(theirs.Payload)
		require.NoError(t, err)
		foreign = parsed.Shares[0]
		return true
	})
	c.reach(w.OpenHeight)
	shares := d.Shares(w, 3)
	a, b := shares[0], shares[1]
	moved := a
	moved.Index = (a.Index + 1) % 3
	fine := c.proof(other, w, 3)
	prove := func(payload []byte) types.Evidence { return d.Statement(w.Id, types.PHASE_PROVE, payload) }
	for name, tc := range map[string]struct {
		item types.Evidence
		want error
		text string
	}{
		"above the threshold": {prove(payloadOf(above)), types.ErrBadProof, "quality above the threshold: 1/3 of the range"},
		"foreign plot":        {prove(payloadOf(foreign)), types.ErrBadProof, "proof 0, of plot"},
		"another's evidence":  {prove(fine.Payload), types.ErrBadProof, ""},
		"of another plot":     {prove(payloadOf(moved)), types.ErrBadProof, "outside the challenged set"},
		"same proof twice":    {prove(payloadOf(a, a)), types.ErrBadProof, "out of order"},
		"descending":          {prove(payloadOf(b, a)), types.ErrBadProof, "out of order"},
		"one of two is bad":   {prove(payloadOf(a, above)), types.ErrBadProof, "proof 1"},
		"no proofs":           {prove(payloadOf()), types.ErrPayloadSize, ""},
		"bytes left over":     {prove(append(payloadOf(a), 0)), types.ErrPayloadSize, ""},
		"k 32":                {prove(append([]byte{1, 32, 2}, make([]byte, 4+16*32)...)), types.ErrInvalidEvidence, "at most 30"},
		"k below 18":          {prove(append([]byte{1, 16, 2}, make([]byte, 4+16*16)...)), types.ErrInvalidEvidence, "k 16"},
		"strength below base": {prove(append([]byte{1, 18, 1}, payloadOf(a)[3:]...)), types.ErrInvalidEvidence, "strength 1"},
		"version":             {prove(append([]byte{2}, payloadOf(a)[1:]...)), types.ErrInvalidEvidence, "unknown evidence version"},
		"a commitment":        {d.Statement(w.Id, types.PHASE_COMMIT, payloadOf(a)), types.ErrWrongPhase, "a disk's evidence is a proof (3)"},
		"stranger's poor one": {other.Sign(types.Evidence{DeviceId: d.ID(), WorkClass: diskClass, Window: w.Id, Phase: types.PHASE_PROVE, Payload: payloadOf(a)}), types.ErrBadSignature, "the device signs"},
		"relayer drops one":   {change(prove(payloadOf(a, b)), func(e *types.Evidence) { e.Payload = payloadOf(a) }), types.ErrBadSignature, ""},
		"relayer adds one":    {change(prove(payloadOf(a)), func(e *types.Evidence) { e.Payload = payloadOf(a, b) }), types.ErrBadSignature, ""},
		"relayer swaps":       {change(prove(payloadOf(a)), func(e *types.Evidence) { e.Payload = payloadOf(b) }), types.ErrBadSignature, ""},
		"relayer's owner":     {change(prove(payloadOf(a)), func(e *types.Evidence) { e.DeviceId = third.ID() }), types.ErrBadSignature, ""},
		"as a GPU's":          {change(prove(payloadOf(a)), func(e *types.Evidence) { e.WorkClass = gpuClass }), types.ErrWrongPhase, ""},
		"unknown device":      {plotter(9).Statement(w.Id, types.PHASE_PROVE, payloadOf(a)), types.ErrUnknownDevice, "register the key first"},
	} {
		c.TB = t
		err := c.refuse(fine, tc.item)
		require.ErrorIs(t, err, tc.want, name)
		require.ErrorContains(t, err, "item 1", name)
		require.ErrorContains(t, err, tc.text, name)
	}
	// Equal statements of two devices are two items, and what was refused above holds as it was meant.
	c.accept(fine, prove(payloadOf(a, b)))
	c.next()
	c.holds()
}

// TestDiskEvidenceTampered changes every byte of evidence: no copy passes with the device's old signature, nor with a
// new one.
func TestDiskEvidenceTampered(t *testing.T) {
	c, d, w := proving(t, 3, 2)
	good := d.Evidence(w.Id, d.Shares(w, 3)[:2])
	bz, err := good.Marshal()
	require.NoError(t, err)
	for i := range bz {
		changed := bytes.Clone(bz)
		changed[i] ^= 1 << (i % 8)
		var e types.Evidence
		if e.Unmarshal(changed) != nil || types.ValidateSubmitWork(batch(e), testutil.Params()) != nil {
			continue
		}
		if again, err := e.Marshal(); err == nil && bytes.Equal(again, bz) {
			continue
		}
		require.Error(t, c.k.VerifyBatch(c.ctx, batch(e)), "byte %d", i)
	}
	for i := range good.Payload {
		e := good
		e.Payload = bytes.Clone(good.Payload)
		e.Payload[i] ^= 1 << (i % 8)
		e = d.Sign(e)
		if errors.Is(types.ValidateSubmitWork(batch(e), testutil.Params()), types.ErrInvalidEvidence) {
			require.Less(t, i, 3, "version, k and strength")
			continue
		}
		err := c.k.VerifyBatch(c.ctx, batch(e))
		require.Error(t, err, "byte %d, signed anew", i)
	}
	require.NoError(t, c.k.VerifyBatch(c.ctx, batch(good)))
	c.accept(good)
}

// TestDiskVerdictKey: jobs that differ in anything that decides a verdict have different keys.
func TestDiskVerdictKey(t *testing.T) {
	c, d, w := proving(t, 3, 2)
	key := func(c *chain) [32]byte {
		jobs, err := c.k.Jobs(c.ctx, batch(c.proof(d, w, 3)))
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.EqualValues(t, types.SignatureCostUs+12*len(d.Shares(w, 3)), jobs[0].Cost)
		return jobs[0].Key
	}
	base := key(c)
	require.Equal(t, base, key(c))
	seen := map[[32]byte]bool{base: true}
	for name, spoil := range map[string]func(w *types.Window, r *types.DeviceWork){
		"lambda":  func(w *types.Window, _ *types.DeviceWork) { w.Disk.Lambda = 2 },
		"r":       func(w *types.Window, _ *types.DeviceWork) { w.Disk.MaxProofs = 16 },
		"mix":     func(w *types.Window, _ *types.DeviceWork) { w.SeedMix[0] ^= 1 },
		"version": func(w *types.Window, _ *types.DeviceWork) { w.Disk.Version = 2 },
		"claim":   func(_ *types.Window, r *types.DeviceWork) { r.Claims[0].Plots = 4 },
	} {
		view := newChainAt(c, w.OpenHeight)
		changed := c.diskWindow(w.Id)
		record, err := c.k.Devices.Get(c.ctx, types.DeviceWorkKey(diskClass, d.ID()))
		require.NoError(t, err)
		spoil(&changed, &record)
		require.NoError(t, view.k.Windows.Set(view.ctx, diskKey(w.Id), changed))
		require.NoError(t, view.k.Devices.Set(view.ctx, record))
		got := key(view)
		require.False(t, seen[got], name)
		seen[got] = true
	}
}

// FuzzDiskEvidence lets the chain judge arbitrary payloads that the device has signed: none panics, and what is
// accepted earns what its proofs say.
func FuzzDiskEvidence(f *testing.F) {
	c := newDiskChain(f)
	d := c.claimant(1, 3)
	w := c.lucky(d, 3, 3, pays(3, 2))
	c.reach(w.OpenHeight)
	shares := d.Shares(w, 3)
	f.Add(payloadOf(shares...), uint64(0), uint32(types.PHASE_PROVE))
	f.Add(payloadOf(shares[1], shares[0]), uint64(0), uint32(types.PHASE_PROVE))
	f.Add([]byte{1, 18, 2}, uint64(1), uint32(types.PHASE_OPEN))
	f.Fuzz(func(t *testing.T, payload []byte, window uint64, phase uint32) {
		view := newChainAt(c, w.OpenHeight)
		view.TB = t
		e := d.Statement(w.Id^window, types.Phase(phase), payload)
		res, err := view.submit(e)
		if err != nil {
			return
		}
		parsed, err := disk.ParseEvidence(payload)
		require.NoError(t, err)
		require.True(t, res.Results[0].Accepted)
		require.EqualValues(t, len(parsed.Shares)*3*10, res.Results[0].Units)
		for _, s := range parsed.Shares {
			known := false
			for _, own := range shares {
				known = known || own.Index == s.Index && bytes.Equal(own.Proof, s.Proof)
			}
			require.True(t, known, "a forged share is paid")
		}
	})
}

// TestGpuDeviceSendsDiskEvidence: a device has one class.
func TestGpuDeviceSendsDiskEvidence(t *testing.T) {
	c, d, w := proving(t, 2, 1)
	gpu := c.device(7)
	e := types.Evidence{DeviceId: gpu.ID(), WorkClass: diskClass, Window: w.Id, Phase: types.PHASE_PROVE, Payload: c.proof(d, w, 2).Payload}
	c.skip(types.ErrWrongClass, gpu.Sign(e))
	_, err := c.setClaim(&types.MsgSetDiskClaim{Owner: relayer(1), DeviceId: gpu.Text(), Plots: 1, K: 18, Strength: 2})
	require.ErrorIs(t, err, types.ErrUnauthorized, "a GPU has another owner here")
	owned := c.devices
	r, err := owned.GetDevice(c.ctx, gpu.ID())
	require.NoError(t, err)
	r.Owner = relayer(1)
	owned.Set(r)
	_, err = c.setClaim(&types.MsgSetDiskClaim{Owner: relayer(1), DeviceId: gpu.Text(), Plots: 1, K: 18, Strength: 2})
	require.ErrorIs(t, err, types.ErrWrongClass)
	require.ErrorContains(t, err, devicetypes.WORK_CLASS_GPU.String())
}
