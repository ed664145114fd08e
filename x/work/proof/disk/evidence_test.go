package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenChallenge was computed by another program from SPEC.md 7.
const goldenChallenge = "3466aab4e45866c04335b9ff62a796d971a4bf301943730e911c11949fdf48af"

// TestEvidence verifies every number of shares up to the most, and that encoding in any order gives one payload.
func TestEvidence(t *testing.T) {
	f := newEvidenceFixture(t)
	for n := 1; n <= len(f.within); n++ {
		shares := append([]Share(nil), f.within[:n]...)
		payload, err := EncodeEvidence(shareParams, shares)
		require.NoError(t, err)
		require.Equal(t, raw(shareParams, f.within[:n]...), payload)
		require.Len(t, payload, EvidenceSize(shareParams, n))
		got, err := VerifyEvidence(f.params(), payload)
		require.NoError(t, err)
		require.Equal(t, n, got)

		shares[0], shares[n-1] = shares[n-1], shares[0]
		again, err := EncodeEvidence(shareParams, shares)
		require.NoError(t, err)
		require.Equal(t, payload, again)

		parsed, err := ParseEvidence(payload)
		require.NoError(t, err)
		require.Equal(t, shareParams, parsed.Params)
		for i, s := range parsed.Shares {
			require.Equal(t, Share{Index: f.within[i].Index, Proof: f.within[i].Proof}, s)
		}
	}
}

// TestVerifyEvidenceRefusals: each rule with the evidence that breaks it alone.
func TestVerifyEvidenceRefusals(t *testing.T) {
	f := newEvidenceFixture(t)
	a, b, c := f.within[0], f.within[1], f.within[2]
	moved := a
	moved.Index = (a.Index + 1) % claimPlots
	for name, tc := range map[string]struct {
		payload []byte
		change  func(*EvidenceParams)
		want    error
		text    string
	}{
		"empty":                  {nil, nil, ErrLength, ""},
		"no proofs":              {raw(shareParams), nil, ErrLength, "must be 3 and 292 for each of 1…16"},
		"one byte short":         {raw(shareParams, a)[:3+291], nil, ErrLength, ""},
		"one byte more":          {append(raw(shareParams, a), 0), nil, ErrLength, ""},
		"version":                {append([]byte{2}, raw(shareParams, a)[1:]...), nil, ErrVersion, "2, must be 1"},
		"odd k":                  {append([]byte{1, 19}, raw(shareParams, a)[2:]...), nil, ErrParams, "k 19"},
		"k of 32":                {append([]byte{1, 32, 2}, make([]byte, 4+16*32)...), nil, ErrParams, "at most 30"},
		"weak":                   {append([]byte{1, 18, 1}, raw(shareParams, a)[3:]...), nil, ErrParams, "strength 1"},
		"other strength":         {append([]byte{1, 18, 3}, raw(shareParams, a)[3:]...), nil, ErrParams, "the claim's are 18 and 2"},
		"claim of other k":       {raw(shareParams, a), func(p *EvidenceParams) { p.Params.K = 20 }, ErrParams, "the claim's are 20 and 2"},
		"too many":               {raw(shareParams, a, b, c), func(p *EvidenceParams) { p.MaxProofs = 2 }, ErrLength, "3 proofs, must be at most 2"},
		"twice":                  {raw(shareParams, a, a), nil, ErrOrder, "proof 1, of plot"},
		"descending":             {raw(shareParams, b, a), nil, ErrOrder, "not above that of proof 0"},
		"third out of order":     {raw(shareParams, a, c, b), nil, ErrOrder, "proof 2, of plot"},
		"beyond the claim":       {raw(shareParams, f.beyond), nil, ErrIndex, "below the 4 that are claimed"},
		"far beyond the claim":   {raw(shareParams, Share{Index: math.MaxUint32, Proof: a.Proof}), nil, ErrIndex, ""},
		"above the threshold":    {raw(shareParams, f.above[0]), nil, ErrThreshold, "1/4 of the range"},
		"overclaim":              {raw(shareParams, f.within[3]), func(p *EvidenceParams) { p.Plots = 1 << 20 }, ErrThreshold, ""},
		"foreign plot":           {raw(shareParams, f.foreign), nil, ErrSet, "proof 0, of plot 0"},
		"another index":          {raw(shareParams, moved), nil, ErrSet, ""},
		"another device":         {raw(shareParams, a), func(p *EvidenceParams) { p.DeviceID = deviceNamed("other") }, ErrSet, ""},
		"another chain":          {raw(shareParams, a), func(p *EvidenceParams) { p.ChainID = "joule-1" }, ErrSet, ""},
		"another window":         {raw(shareParams, a), func(p *EvidenceParams) { p.Challenge = DeriveChallenge(shareChain, f.window+1, shareMix) }, ErrSet, ""},
		"one bad of three":       {raw(shareParams, a, f.foreign, c), nil, ErrSet, "proof 1, of plot 0"},
		"nothing is within of 0": {raw(shareParams, a), func(p *EvidenceParams) { p.Lambda = 0 }, ErrThreshold, ""},
	} {
		params := f.params()
		if tc.change != nil {
			tc.change(&params)
		}
		n, err := VerifyEvidence(params, tc.payload)
		require.ErrorIs(t, err, tc.want, name)
		require.ErrorContains(t, err, tc.text, name)
		require.Zero(t, n, name)
	}
	// What is refused above is refused for its own reason: with its rule met it holds.
	params := f.params()
	params.Plots, params.Lambda = claimPlots+1, 2*claimLambda
	_, err := VerifyEvidence(params, raw(shareParams, f.beyond))
	require.NoError(t, err)
	params = f.params()
	params.DeviceID = deviceNamed("foreign")
	_, err = VerifyEvidence(params, raw(shareParams, f.foreign))
	require.NoError(t, err)
}

// TestEvidenceTampered flips every bit of a payload, of the device's id and of the challenge, and changes every number.
func TestEvidenceTampered(t *testing.T) {
	f := newEvidenceFixture(t)
	payload := raw(shareParams, f.within[:2]...)
	for bit := range 8 * len(payload) {
		changed := bytes.Clone(payload)
		changed[bit/8] ^= 1 << (bit % 8)
		_, err := VerifyEvidence(f.params(), changed)
		require.Error(t, err, "bit %d of the payload", bit)
	}
	for bit := range 8 * 20 {
		params := f.params()
		params.DeviceID[bit/8] ^= 1 << (bit % 8)
		_, err := VerifyEvidence(params, payload)
		require.Error(t, err, "bit %d of the device id", bit)
	}
	for bit := range 256 {
		params := f.params()
		params.Challenge[bit/8] ^= 1 << (bit % 8)
		_, err := VerifyEvidence(params, payload)
		require.Error(t, err, "bit %d of the challenge", bit)
	}
	for cut := range len(payload) {
		if cut == EvidenceSize(shareParams, 1) {
			continue // the first proof alone is evidence too
		}
		_, err := VerifyEvidence(f.params(), payload[:cut])
		require.ErrorIs(t, err, ErrLength, "cut to %d", cut)
	}
}

func TestEncodeEvidenceRefusals(t *testing.T) {
	f := newEvidenceFixture(t)
	same := f.within[1]
	same.Quality = f.within[0].Quality
	short := f.within[0]
	short.Proof = short.Proof[1:]
	for name, tc := range map[string]struct {
		params Params
		shares []Share
		want   error
	}{
		"none":         {shareParams, nil, ErrLength},
		"too many":     {shareParams, make([]Share, MaxEvidenceProofs+1), ErrLength},
		"short proof":  {shareParams, []Share{short}, ErrLength},
		"same quality": {shareParams, []Share{f.within[0], f.within[2], same}, ErrOrder},
		"odd k":        {Params{K: 19, Strength: 2}, f.within, ErrParams},
		"k of 32":      {Params{K: 32, Strength: 2}, f.within, ErrParams},
	} {
		_, err := EncodeEvidence(tc.params, tc.shares)
		require.ErrorIs(t, err, tc.want, name)
	}
}

// TestDeriveChallenge checks the derivation byte by byte against SPEC.md 7, and that every field counts.
func TestDeriveChallenge(t *testing.T) {
	got := DeriveChallenge("joule-1", 0x1_0002, shareMix)
	want := sha256.New()
	for _, field := range [][]byte{[]byte("joule/disk/v1/challenge"), []byte("joule-1"), {2, 0, 1, 0, 0, 0, 0, 0}, shareMix[:]} {
		want.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(field))))
		want.Write(field)
	}
	require.Equal(t, want.Sum(nil), got[:])
	require.NotEqual(t, got, DeriveChallenge("joule-2", 0x1_0002, shareMix))
	require.NotEqual(t, got, DeriveChallenge("joule-1", 0x1_0003, shareMix))
	require.NotEqual(t, got, DeriveChallenge("joule-1", 0x1_0002, [32]byte{9, 8, 6}))
	require.Equal(t, goldenChallenge, hex.EncodeToString(got[:]))
}

func TestUnits(t *testing.T) {
	for k, want := range map[uint8]uint64{0: 0, 16: 0, 17: 0, 18: 10, 20: 44, 22: 192, 24: 832, 26: 3_584, 28: 15_360, 30: 65_536, 31: 0, 34: 0} {
		require.Equal(t, want, PlotUnits(k), "k %d", k)
	}
	require.EqualValues(t, 960<<20, PlotUnits(28)*UnitBytes)
	require.EqualValues(t, 3*1_000*15_360, Units(28, 1_000, 3, 1))
	require.EqualValues(t, 3*7*10/4, Units(18, 7, 3, 4), "floored")
	require.Zero(t, Units(18, 7, 3, 0))
	require.EqualValues(t, uint64(math.MaxUint32)*16*65_536, Units(30, math.MaxUint32, MaxEvidenceProofs, 1))
	require.EqualValues(t, uint64(math.MaxUint64), Units(30, math.MaxUint32, math.MaxUint32, 1), "no overflow")
}

// TestEvidenceCost: the bounds that the lane's gas and a block's budget rest on.
func TestEvidenceCost(t *testing.T) {
	require.EqualValues(t, 12, EvidenceCost(Params{K: 18, Strength: 2}, 1))
	require.EqualValues(t, 4*18, EvidenceCost(Params{K: 28, Strength: 4}, 4))
	require.EqualValues(t, EvidenceCostLimit, EvidenceCost(Params{K: 30, Strength: 8}, 16))
	require.EqualValues(t, 2_208, EvidenceCostLimit)
	for _, params := range []Params{{K: 17, Strength: 2}, {K: 18, Strength: 1}, {K: 18, Strength: 200}} {
		require.EqualValues(t, EvidenceCostLimit, EvidenceCost(params, 1))
	}
	require.EqualValues(t, EvidenceCostLimit, EvidenceCost(shareParams, 17))
	require.EqualValues(t, EvidenceCostLimit, EvidenceCost(shareParams, -1))
	require.Equal(t, 7_747, MaxEvidenceSize)
}
