package radio

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCostIsBounded(t *testing.T) {
	require.Equal(t, Cost(MaxWitnesses, MaxChainSteps), Cost(1<<30, 1<<63))
	require.Equal(t, Cost(0, 0), Cost(-1, 0))
	last := uint64(0)
	for n := range MaxWitnesses + 1 {
		require.Greater(t, Cost(n, 7), last)
		last = Cost(n, 7)
	}
	require.Less(t, Cost(MaxWitnesses, MaxChainSteps), uint64(5_000))
	require.Equal(t, CostLate(MaxCommitDepth), CostLate(1<<30))
	require.Greater(t, CostLate(0), Cost(7, 0), "what a late receipt rewrites is charged, not its one signature alone")
}

var sizes = []int{0, 4, MaxWitnesses}

// BenchmarkEvidence is the whole check of one beacon: decode, verify, judge.
func BenchmarkEvidence(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("witnesses=%d", n), func(b *testing.B) {
			s := newScene(b, edKeys(n)...)
			data, err := s.evidence.Marshal()
			require.NoError(b, err)
			b.ReportMetric(float64(len(data)), "bytes")
			b.ReportAllocs()
			for b.Loop() {
				e, err := UnmarshalEvidence(data)
				if err != nil {
					b.Fatal(err)
				}
				v, err := Verify(s.params, s.challenge, s.source, e, s.signers)
				if err != nil {
					b.Fatal(err)
				}
				j, err := Judge(s.params, e.Receipts, v, s.facts, s.witnesses)
				if err != nil || int(j.Paid) != n {
					b.Fatal(j, err)
				}
			}
		})
	}
}

// BenchmarkBrokenReceipt is the worst case: one bad signature sends the batch through single verification.
func BenchmarkBrokenReceipt(b *testing.B) {
	s := newScene(b, edKeys(MaxWitnesses)...)
	s.evidence.Receipts[3].Signature[0] ^= 1
	for b.Loop() {
		if v, err := s.verify(); err != nil || v.Heard[3] {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkSecureElements(b *testing.B) {
	keys := make([]KeyType, MaxWitnesses)
	for i := range keys {
		keys[i] = KeySecp256r1
	}
	s := newScene(b, keys...)
	for b.Loop() {
		if _, err := s.verify(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("witnesses=%d", n), func(b *testing.B) {
			s := newScene(b, edKeys(n)...)
			v, err := s.verify()
			require.NoError(b, err)
			for b.Loop() {
				if _, err := Judge(s.params, s.evidence.Receipts, v, s.facts, s.witnesses); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPreimage(b *testing.B) {
	value, err := ChainValue(DeviceID{}, MaxChainSteps, Preimage{}, 0)
	require.NoError(b, err)
	for b.Loop() {
		if err := VerifyPreimage(DeviceID{}, Anchor{0, value}, MaxChainSteps, Preimage{}, MaxChainSteps); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPathLoss(b *testing.B) {
	for b.Loop() {
		PathLoss(868_100, 12_345)
	}
}

func BenchmarkDistance(b *testing.B) {
	for b.Loop() {
		Distance(Position{462_000_000, 61_500_000}, Position{463_000_000, 62_500_000})
	}
}
