package gpu

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParamsValidateNamesTheField(t *testing.T) {
	require.NoError(t, MainnetParams().Validate())
	require.NoError(t, DevnetParams().Validate())
	cases := []struct {
		field string
		bend  func(*Params)
	}{
		{"version", func(p *Params) { p.Version = 1 }},
		{"n is 0", func(p *Params) { p.N = 0 }},
		{"n is 32", func(p *Params) { p.N = MinN / 2 }},
		{"n is 131072", func(p *Params) { p.N = 2 * MaxN }},
		{"n is 1000", func(p *Params) { p.N = 1000 }},
		{"b is 0", func(p *Params) { p.B = 0 }},
		{"b is 2", func(p *Params) { p.B = 2 }},
		{"b is 5", func(p *Params) { p.B = 5 }},
		{"b is 16", func(p *Params) { p.B = 16 }},
		{"t is 1", func(p *Params) { p.T = 1 }},
		{"t is 17", func(p *Params) { p.T = 17 }},
		{"max_rounds is 0", func(p *Params) { p.MaxRounds = 0 }},
		{"max_rounds is 1048577", func(p *Params) { p.MaxRounds = MaxRoundsLimit + 1 }},
		{"proofs of up to", func(p *Params) { p.T, p.MaxRounds = 16, MaxRoundsLimit }},
		{"verification cost", func(p *Params) { p.N, p.B, p.T, p.MaxRounds = MaxN, MaxB, 9, 1<<10 }},
	}
	for _, tc := range cases {
		p := MainnetParams()
		tc.bend(&p)
		err := p.Validate()
		require.ErrorIs(t, err, ErrParams, tc.field)
		require.ErrorContains(t, err, tc.field)
	}
	broken := Params{}
	require.Zero(t, MaxProofSize(broken))
	require.Zero(t, OpeningCost(broken))
}

func TestUnitsAgreeWithBigIntegers(t *testing.T) {
	for _, n := range []uint32{64, 512, 16384, 65536} {
		for _, rounds := range []uint64{0, 1, 2, 999, 1 << 15, 1 << 20, 1<<64 - 1} {
			for _, shift := range []uint32{0, 1, 29, 30, 31, 63, 64, 65, 100, 127} {
				p := Params{Version: Version2, N: n, B: 4, T: 2, MaxRounds: 1}
				work := new(big.Int).SetUint64(uint64(n))
				work.Exp(work, big.NewInt(3), nil).Mul(work, new(big.Int).SetUint64(rounds))
				want := work.Rsh(work, uint(shift))
				got, err := Units(p, rounds, shift)
				if !want.IsUint64() {
					require.ErrorIs(t, err, ErrUnits)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, want.Uint64(), got, "n=%d rounds=%d shift=%d", n, rounds, shift)
			}
		}
	}
	_, err := Units(MainnetParams(), 1, 128)
	require.ErrorIs(t, err, ErrUnits)
	_, err = Units(Params{}, 1, 30)
	require.ErrorIs(t, err, ErrParams)
}

func TestCommitmentEncoding(t *testing.T) {
	c := Commitment{Rounds: 0x0102030405060708, Root: Root{0xaa, 31: 0xbb}}
	data := c.Marshal()
	require.Len(t, data, CommitmentSize)
	require.Equal(t, []byte{8, 7, 6, 5, 4, 3, 2, 1, 0xaa}, data[:9])
	back, err := UnmarshalCommitment(data)
	require.NoError(t, err)
	require.Equal(t, c, back)
	for _, wrong := range [][]byte{nil, data[:39], append(data, 0)} {
		_, err := UnmarshalCommitment(wrong)
		require.ErrorIs(t, err, ErrCommitment)
	}
	p := MainnetParams()
	require.NoError(t, Commitment{Rounds: p.MaxRounds}.Validate(p))
	require.ErrorContains(t, Commitment{Rounds: p.MaxRounds + 1}.Validate(p), "32769 rounds")
	require.ErrorContains(t, Commitment{}.Validate(p), "0 rounds")
}

func TestAssembleOpeningRefusesWrongShapes(t *testing.T) {
	p := smallParams(2)
	d := prove(p, testSeed0(1), 2, honestTile)
	c := d.challenge(t, 1)
	paths := [][]Node{make([]Node, p.TileDepth()), make([]Node, p.TileDepth())}
	_, err := AssembleOpening(p, c, d.roots[:1], paths)
	require.ErrorIs(t, err, ErrAssemble)
	_, err = AssembleOpening(p, c, d.roots, paths[:1])
	require.ErrorIs(t, err, ErrAssemble)
	_, err = AssembleOpening(p, c, d.roots, [][]Node{paths[0], paths[1][1:]})
	require.ErrorIs(t, err, ErrAssemble)
	_, err = AssembleOpening(Params{}, c, d.roots, paths)
	require.ErrorIs(t, err, ErrParams)
	_, err = AssembleOpening(p, Challenge{}, d.roots, paths)
	require.ErrorIs(t, err, ErrCommitment)
	_, err = ListRoot(nil)
	require.ErrorIs(t, err, ErrCommitment)
	require.Panics(t, func() { Tile(p, Seed{}, p.Grid(), 0) })
	require.Panics(t, func() { LeafHash(make([]int32, 15)) })
}
