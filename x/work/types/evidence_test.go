package types_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func sample() types.Evidence {
	return types.Evidence{
		DeviceId: bytes.Repeat([]byte{0xd1}, 20), WorkClass: devicetypes.WORK_CLASS_GPU, Window: 0x0102030405060708, Phase: types.PHASE_COMMIT,
		Payload:   gpu.Commitment{Rounds: 7, Root: gpu.Root(bytes.Repeat([]byte{0xaa}, 32))}.Marshal(),
		Signature: make([]byte, 64),
	}
}

// TestEvidenceSignBytes writes the format down once more, byte by byte.
func TestEvidenceSignBytes(t *testing.T) {
	e := sample()
	payload := sha256.Sum256(e.Payload)
	var want bytes.Buffer
	want.WriteString("joule/work/evidence/v1")
	want.Write([]byte{0, 0, 0, 7})
	want.WriteString("joule-1")
	want.Write([]byte{0, 0, 0, 1})
	want.Write([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	want.Write([]byte{0, 0, 0, 1})
	want.Write(e.DeviceId)
	want.Write(payload[:])
	sum := sha256.Sum256(want.Bytes())
	require.Equal(t, sum[:], types.EvidenceSignBytes("joule-1", e))
	require.Equal(t, "4e99cae3de02a3dc1853643e5e9eac77643ff56e221a29532792b508d2442c05", hex.EncodeToString(sum[:]))
}

func TestSignBytesBindEveryField(t *testing.T) {
	seen := map[string]string{string(types.EvidenceSignBytes("joule-1", sample())): "plain"}
	add := func(name, chain string, change func(*types.Evidence)) {
		e := sample()
		change(&e)
		key := string(types.EvidenceSignBytes(chain, e))
		require.Empty(t, seen[key], name)
		seen[key] = name
	}
	same := func(*types.Evidence) {}
	add("chain", "joule-2", same)
	add("empty chain", "", same)
	add("class", "joule-1", func(e *types.Evidence) { e.WorkClass = devicetypes.WORK_CLASS_DISK })
	add("window", "joule-1", func(e *types.Evidence) { e.Window++ })
	add("phase", "joule-1", func(e *types.Evidence) { e.Phase = types.PHASE_OPEN })
	add("device", "joule-1", func(e *types.Evidence) { e.DeviceId[19]++ })
	add("payload", "joule-1", func(e *types.Evidence) { e.Payload[39]++ })
	add("longer payload", "joule-1", func(e *types.Evidence) { e.Payload = append(e.Payload, 0) })
	e := sample()
	e.Signature[0]++
	require.Equal(t, types.EvidenceSignBytes("joule-1", sample()), types.EvidenceSignBytes("joule-1", e), "a signature does not sign itself")
}

func TestItemKey(t *testing.T) {
	e := sample()
	require.Len(t, e.ItemKey(), 32)
	other := sample()
	other.Payload, other.Signature, other.WorkClass = []byte{1}, nil, 2
	require.Equal(t, e.ItemKey(), other.ItemKey(), "one statement for a device, window and phase")
	other.Phase = types.PHASE_OPEN
	require.NotEqual(t, e.ItemKey(), other.ItemKey())
}

// FuzzEvidence decodes arbitrary bytes: what has the right shape survives its encoding, and its sign bytes are its own.
func FuzzEvidence(f *testing.F) {
	for _, e := range []types.Evidence{sample(), {}, {Phase: types.PHASE_OPEN, WorkClass: 1, DeviceId: make([]byte, 20), Payload: []byte{1}, Signature: make([]byte, 64)}, diskProof(2)} {
		bz, err := e.Marshal()
		require.NoError(f, err)
		f.Add(bz)
	}
	params := testutil.Params()
	f.Fuzz(func(t *testing.T, bz []byte) {
		var e types.Evidence
		if e.Unmarshal(bz) != nil {
			return
		}
		msg := &types.MsgSubmitWork{Evidence: []types.Evidence{e}}
		err := types.ValidateSubmitWork(msg, params)
		require.Equal(t, err == nil, e.ValidateShape() == nil)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(e.Payload), types.MaxPayloadSize)
		again, err := e.Marshal()
		require.NoError(t, err)
		var copied types.Evidence
		require.NoError(t, copied.Unmarshal(again))
		require.Equal(t, types.EvidenceSignBytes("c", e), types.EvidenceSignBytes("c", copied))
		cost, err := types.VerifyCost(msg, params)
		require.NoError(t, err)
		gas, err := types.LaneGas(msg, params)
		require.NoError(t, err)
		require.Greater(t, gas, cost*types.LaneGasPerUs)
	})
}

// FuzzSignBytes: no two statements share their sign bytes, however the variable parts are cut.
func FuzzSignBytes(f *testing.F) {
	f.Add("joule-1", "joule-11", []byte{1}, []byte{1, 2}, uint64(1), uint64(2))
	f.Add("", "joule/work", []byte{}, []byte{0}, uint64(0), uint64(1)<<63)
	f.Fuzz(func(t *testing.T, chainA, chainB string, payloadA, payloadB []byte, windowA, windowB uint64) {
		a, b := sample(), sample()
		a.Payload, b.Payload, a.Window, b.Window = payloadA, payloadB, windowA, windowB
		same := chainA == chainB && bytes.Equal(payloadA, payloadB) && windowA == windowB
		require.Equal(t, same, bytes.Equal(types.EvidenceSignBytes(chainA, a), types.EvidenceSignBytes(chainB, b)))
	})
}
