package radioworker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// One epoch as an honest radio lives it: beacon, commitment, opening with two witnesses, and a late receipt for the
// beacon that left it out.
func TestEpoch(t *testing.T) {
	r := newRig(t)
	r.heard = append(r.heard, heard(r.device, 21), heard(r.device, 22), heard(r.device, 23))
	drafts, err := r.step(start+1, false)
	require.NoError(t, err)
	require.Empty(t, drafts)
	require.EqualValues(t, epoch, r.begun[0].Number)
	require.EqualValues(t, ownNumber, r.begun[0].Radio)
	r.beaconSent(t)
	require.Len(t, r.sent, 1)

	drafts, err = r.step(start+18, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	commit := drafts[0]
	require.Equal(t, worktypes.PHASE_COMMIT, commit.Phase)
	require.Equal(t, []int64{start + 1, start + 19}, []int64{commit.FirstHeight, commit.LastHeight})
	r.stands[worktypes.PHASE_COMMIT] = commit
	drafts, err = r.step(start+19, true)
	require.NoError(t, err)
	require.Empty(t, drafts, "once")
	r.heard = append(r.heard, heard(r.device, 24)) // after the commitment

	var open []byte
	for height := int64(start + 20); open == nil && height < start+34; height++ {
		drafts, err = r.step(height, true)
		require.NoError(t, err)
		for _, d := range drafts {
			require.Equal(t, worktypes.PHASE_OPEN, d.Phase)
			require.Equal(t, []int64{start + 20, start + 34}, []int64{d.FirstHeight, d.LastHeight})
			require.Greater(t, height, int64(start+21), "witnesses get some blocks")
			open, r.stands[d.Phase] = d.Payload, d
		}
	}
	require.NotNil(t, open, "opened in time")
	e, err := proof.UnmarshalEvidence(open)
	require.NoError(t, err)
	require.Len(t, e.Receipts, 2, "each witness once, made-up radios left out")
	require.Equal(t, []uint32{100, 101}, []uint32{e.Receipts[0].Number, e.Receipts[1].Number})

	// Of the three, one beacon was opened without this receipt, one names it, one was never opened.
	for beaconer, witnesses := range map[uint32][]worktypes.RadioWitness{21: nil, 22: {{Number: ownNumber}}} {
		b := payloadOf(beaconer)
		record := worktypes.RadioBeacon{Epoch: epoch, Number: beaconer, Payload: b.Payload[:], Witnesses: witnesses}
		r.opened[b.PayloadHash()] = worktypes.QueryRadioBeaconResponse{Beacon: record}
	}
	r.record.Radio = &worktypes.RadioWork{Commitments: []worktypes.RadioCommitment{{Epoch: epoch, Root: commit.Payload}}}
	drafts, err = r.step(start+35, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	late, err := proof.UnmarshalLate(drafts[0].Payload)
	require.NoError(t, err)
	require.EqualValues(t, 21, late.Beaconer)
	require.Equal(t, heard(r.device, 21).Receipt, late.Receipt)
	require.NoError(t, proof.VerifyLate(chainID, epoch, payloadOf(21), r.device.signer(), [32]byte(commit.Payload), late))
	r.late[21] = true
	drafts, err = r.step(start+36, true)
	require.NoError(t, err)
	require.Empty(t, drafts, "each is looked after once")
}

func TestForgedReceiptCostsNobodyElse(t *testing.T) {
	r := newRig(t)
	r.forged = true
	_, err := r.step(start+1, false)
	require.NoError(t, err)
	r.beaconSent(t)
	drafts, err := r.step(start+33, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	e, err := proof.UnmarshalEvidence(drafts[0].Payload)
	require.NoError(t, err)
	require.Len(t, e.Receipts, 1)
	require.EqualValues(t, 101, e.Receipts[0].Number)
}

func TestWhatWasNotSentIsNotOpened(t *testing.T) {
	r := newRig(t)
	r.refuse = errRefused
	_, err := r.step(start+1, false)
	require.NoError(t, err)
	r.beaconSent(t)
	drafts, err := r.step(start+33, true)
	require.NoError(t, err)
	require.Empty(t, drafts)
	require.Contains(t, r.worker.Report().Problems, "epoch 5 had no beacon: the gateway refuses")
}

// What was in the way once is not said for ever.
func TestATroubleEndsWithTheNextBeacon(t *testing.T) {
	r := newRig(t)
	path := filepath.Join(r.home, "air.json")
	require.NoError(t, os.Mkdir(path, 0o700)) // no log can be written there
	_, err := r.step(start+1, false)
	require.NoError(t, err)
	told := func() bool {
		return strings.Contains(strings.Join(r.worker.Report().Problems, "\n"), "the beacon is not sent")
	}
	require.Eventually(t, told, time.Minute, 5*time.Millisecond)
	require.NoError(t, os.Remove(path))
	next := r.task(start+blocks+1, false)
	next.Window = worktypes.NewRadioWindow(epoch+1, start+blocks, blocks, time.Now().UnixMilli(), mixOf(epoch+1), params())
	_, err = r.worker.Step(context.Background(), next)
	require.NoError(t, err)
	r.beaconSent(t)
	require.False(t, told())
}

func TestReasonsForNoBeacon(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rig)
		want   string
	}{
		"no assertion": {func(r *rig) { r.asserted = false }, "no position is asserted"},
		"not in force": {func(r *rig) { r.radio.Radio.Radio.Assertions[0].FromEpoch = 6 }, "holds from epoch 6 on"},
		"moved":        {func(r *rig) { r.radio.Radio.Radio.Assertions[0].CountsEpoch = 9 }, "counts from epoch 9 on"},
		"other region": {func(r *rig) { r.radio.Radio.Radio.Assertions[0].Region = uint32(proof.RegionEU868) }, "asserted for EU868 and configured for AU915"},
		"denied":       {func(r *rig) { r.radio.Radio.Denied = true }, "governance denies"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.change(r)
			drafts, err := r.step(start+18, true)
			require.NoError(t, err)
			require.Empty(t, drafts)
			require.Contains(t, r.worker.Report().Problems[1], c.want)
			require.Empty(t, r.worker.Report().Beacons)
		})
	}
}

func TestALostHashChainIsSaidAndOthersAreStillHeard(t *testing.T) {
	r := newRig(t)
	r.radio.Radio.Radio.Assertions[0].Anchor = mixOf(1)
	r.heard = append(r.heard, heard(r.device, 21))
	_, err := r.step(start+1, false)
	require.NoError(t, err)
	require.Len(t, r.begun, 1)
	require.Contains(t, r.worker.Report().Problems[1], radioworker.ErrNoChain.Error())
	drafts, err := r.step(start+18, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	require.Equal(t, worktypes.PHASE_COMMIT, drafts[0].Phase)
	require.Empty(t, r.worker.Report().Beacons)
}

// proving is a rig whose receipts for so many beacons are committed to and whose beaconers have left them out.
func proving(t *testing.T, beaconers ...uint32) *rig {
	t.Helper()
	r := newRig(t)
	for _, b := range beaconers {
		r.heard = append(r.heard, heard(r.device, b))
		payload := payloadOf(b)
		r.opened[payload.PayloadHash()] = worktypes.QueryRadioBeaconResponse{Beacon: worktypes.RadioBeacon{Epoch: epoch, Number: b, Payload: payload.Payload[:]}}
	}
	drafts, err := r.step(start+18, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	r.stands[worktypes.PHASE_COMMIT] = drafts[0]
	r.record.Radio = &worktypes.RadioWork{Commitments: []worktypes.RadioCommitment{{Epoch: epoch, Root: drafts[0].Payload}}}
	return r
}

// A query that fails costs no other receipt, and no draft is forgotten before it stands.
func TestLateReceiptsOutliveErrors(t *testing.T) {
	r := proving(t, 21, 22, 23)
	r.unreachable = map[[32]byte]bool{payloadOf(22).PayloadHash(): true}
	drafts, err := r.step(start+35, true)
	require.ErrorIs(t, err, errRefused)
	require.Len(t, drafts, 2)
	drafts, err = r.step(start+36, true) // nothing was signed
	require.ErrorIs(t, err, errRefused)
	require.Len(t, drafts, 2)
	r.late[21], r.late[23], r.unreachable = true, true, nil
	drafts, err = r.step(start+37, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	late, err := proof.UnmarshalLate(drafts[0].Payload)
	require.NoError(t, err)
	require.EqualValues(t, 22, late.Beaconer)
}

// That a beacon was not opened counts only from a node that has seen the last opening.
func TestLateReceiptsOutliveANodeThatIsBehind(t *testing.T) {
	r := proving(t, 21)
	r.behind = true
	drafts, err := r.step(start+35, true)
	require.ErrorIs(t, err, chain.ErrBehind)
	require.Empty(t, drafts)
	r.behind = false
	drafts, err = r.step(start+36, true)
	require.NoError(t, err)
	require.Len(t, drafts, 1)
}

// A full record takes only receipts that are drawn before one of its own, or in the place of one that physics refuses.
func TestLateReceiptsThatAreNotDrawn(t *testing.T) {
	hash := payloadOf(21).PayloadHash()
	device := keyFrom("roof")
	var others []edKey
	ids := []proof.DeviceID{proof.DeviceID(device.DeviceID())}
	for i := range proof.MaxWitnesses {
		others = append(others, keyFrom(string(rune('a'+i))))
		ids = append(ids, proof.DeviceID(others[i].DeviceID()))
	}
	// mixes are one that draws this radio last, and one that does not.
	mixes := map[bool][]byte{}
	for n := uint64(0); len(mixes) < 2; n++ {
		order, err := proof.Draw(proof.Mix(mixOf(n)), hash, ids, len(ids))
		require.NoError(t, err)
		mixes[order[len(order)-1] == 0] = mixOf(n)
	}
	for name, c := range map[string]struct {
		last, refused bool
		want          int
	}{
		"drawn": {want: 1}, "last": {last: true}, "last, and one that physics refuses": {last: true, refused: true, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := proving(t, 21)
			r.witnesses = others
			b := r.opened[hash]
			for i := range others {
				b.Beacon.Witnesses = append(b.Beacon.Witnesses, worktypes.RadioWitness{Number: 100 + uint32(i)})
			}
			if c.refused {
				b.Beacon.Witnesses[3].Judged = uint32(proof.ReasonTime)
			}
			r.opened[hash] = b
			task := r.task(start+35, true)
			task.Window.DrawAMix = mixes[c.last]
			drafts, err := r.worker.Step(t.Context(), task)
			require.NoError(t, err)
			require.Len(t, drafts, c.want)
		})
	}
}

func TestOtherRulesAreRefused(t *testing.T) {
	r := newRig(t)
	for name, change := range map[string]func(*worktypes.Window){
		"no rules":      func(w *worktypes.Window) { w.Radio = nil },
		"newer rules":   func(w *worktypes.Window) { w.Radio.Params.Version++ },
		"without a mix": func(w *worktypes.Window) { w.SeedMix = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := windowAt(start+1, r.start)
			change(&w)
			_, err := r.worker.Step(t.Context(), worker.Task{ChainID: chainID, Window: w, Height: start + 1})
			require.ErrorIs(t, err, radioworker.ErrWindow)
		})
	}
}

func TestChains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "radio", "chains.json")
	device := proof.DeviceID{1}
	c, err := radioworker.OpenChains(path, device)
	require.NoError(t, err)
	anchor, err := c.New(10, nil)
	require.NoError(t, err)
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, st.Mode().Perm())
	again, err := c.New(10, nil)
	require.NoError(t, err)
	require.Equal(t, anchor, again, "a repeated assertion makes no second chain")

	other, err := radioworker.OpenChains(path, device)
	require.NoError(t, err)
	for _, epoch := range []uint64{11, 12, 500, 10 + proof.MaxChainSteps} {
		value, last, err := other.Preimage(anchor, epoch)
		require.NoError(t, err)
		require.EqualValues(t, 10+proof.MaxChainSteps, last)
		require.NoError(t, proof.VerifyPreimage(device, anchor, epoch, value, proof.MaxChainSteps))
	}
	for _, epoch := range []uint64{10, 11 + proof.MaxChainSteps} {
		_, _, err := other.Preimage(anchor, epoch)
		require.ErrorIs(t, err, radioworker.ErrNoChain)
	}
	// Transactions that never arrive leave chains behind; the one that the record names stays.
	for n := range uint64(40) {
		_, err := c.New(20+n, []worktypes.RadioAssertion{{AnchorEpoch: 10}})
		require.NoError(t, err)
	}
	_, _, err = c.Preimage(anchor, 11)
	require.NoError(t, err)
	require.Less(t, len(readable(t, path)), 1<<13, "bounded")
	// `radio assert` makes chains while the sidecar runs.
	next, err := c.New(200, []worktypes.RadioAssertion{{AnchorEpoch: 10}})
	require.NoError(t, err)
	_, _, err = other.Preimage(next, 201)
	require.NoError(t, err)
	_, _, err = other.Preimage(anchor, 201)
	require.NoError(t, err, "the one in effect is kept")

	for name, text := range map[string]string{
		"cut off": readable(t, path)[:100], "another version": `{"version":2}`, "another device": `{"version":1,"device":"02"}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := radioworker.OpenChains(path, device)
			require.ErrorIs(t, err, radioworker.ErrChains)
			require.Equal(t, text, readable(t, path), "left as it is")
		})
	}
}
