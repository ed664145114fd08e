package radio

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// lateScene is witness 0 of a scene with n committed receipts, of which the one at index is over the scene's beacon.
type lateScene struct {
	*scene
	commitments [][HashSize]byte
	root        [HashSize]byte
	late        Late
}

func newLateScene(t testing.TB, n, index int, key KeyType) lateScene {
	t.Helper()
	s := lateScene{scene: newScene(t, key)}
	for i := range n {
		s.commitments = append(s.commitments, sha256.Sum256([]byte(fmt.Sprint("other receipt ", i))))
	}
	receipt := s.evidence.Receipts[0]
	s.commitments[index] = ReceiptCommitment(s.challenge.ChainID, testEpoch, s.devices[0].id, receipt)
	var err error
	s.root, err = CommitRoot(s.commitments)
	require.NoError(t, err)
	path, err := CommitPath(s.commitments, index)
	require.NoError(t, err)
	s.late = Late{Beaconer: 77, Receipt: receipt, Index: uint16(index), Path: path}
	return s
}

func (s lateScene) check(l Late) error {
	return VerifyLate(s.challenge.ChainID, testEpoch, s.beacon, s.signers[0], s.root, l)
}

// Every receipt of a tree of any shape has a path that holds, and of the depth that its size needs.
func TestLatePaths(t *testing.T) {
	for _, c := range []struct{ n, depth int }{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {14, 4}, {4095, 12}, {MaxCommitted, MaxCommitDepth}} {
		for _, index := range []int{0, c.n / 2, c.n - 1} {
			s := newLateScene(t, c.n, index, KeyEd25519)
			require.Len(t, s.late.Path, c.depth)
			require.NoError(t, s.check(s.late))
			data, err := s.late.Marshal()
			require.NoError(t, err)
			require.Len(t, data, lateHeader+c.depth*HashSize)
			again, err := UnmarshalLate(data)
			require.NoError(t, err)
			require.Equal(t, s.late.Beaconer, again.Beaconer)
			require.NoError(t, s.check(again))
			depth, ok := LateDepth(len(data))
			require.True(t, ok)
			require.Equal(t, c.depth, depth)
		}
	}
}

func TestLateOfASecureElement(t *testing.T) {
	s := newLateScene(t, 3, 2, KeySecp256r1)
	require.NoError(t, s.check(s.late))
}

func TestCommitBounds(t *testing.T) {
	for _, n := range []int{0, MaxCommitted + 1} {
		_, err := CommitRoot(make([][HashSize]byte, n))
		require.ErrorIs(t, err, ErrEvidence)
		_, err = CommitPath(make([][HashSize]byte, n), 0)
		require.ErrorIs(t, err, ErrEvidence)
	}
	for _, index := range []int{-1, 3, 4} { // 3 is a leaf that only fills up
		_, err := CommitPath(make([][HashSize]byte, 3), index)
		require.ErrorIs(t, err, ErrEvidence)
	}
}

// The root of three receipts by hand, as SPEC.md 8 says it: what other implementations must get.
func TestCommitRootByHand(t *testing.T) {
	sum := func(parts ...string) string {
		h := sha256.New()
		for _, p := range parts {
			h.Write([]byte(p))
		}
		return string(h.Sum(nil))
	}
	const leaf, node = "joule/radio/v1/leaf", "joule/radio/v1/node"
	c := [][HashSize]byte{{1}, {2}, {3}}
	of := func(i int) string { return sum(leaf, string(c[i][:])) }
	want := sum(node, sum(node, of(0), of(1)), sum(node, of(2), string(make([]byte, HashSize))))
	root, err := CommitRoot(c)
	require.NoError(t, err)
	require.Equal(t, want, string(root[:]))
}

// A root says how many receipts there are, and a node is no receipt.
func TestRootsDiffer(t *testing.T) {
	s := newLateScene(t, 4, 0, KeyEd25519)
	seen := map[[HashSize]byte]int{}
	for n := 1; n <= 4; n++ {
		root, err := CommitRoot(s.commitments[:n])
		require.NoError(t, err)
		require.NotContains(t, seen, root)
		seen[root] = n
	}
	tree, err := levels(s.commitments)
	require.NoError(t, err)
	root, err := CommitRoot(tree[1])
	require.NoError(t, err)
	require.NotEqual(t, s.root, root, "a tree over inner nodes is another one")
}

func TestTamperedLateReceipts(t *testing.T) {
	s := newLateScene(t, 6, 3, KeyEd25519)
	for name, change := range map[string]func(*Late){
		"reading":            func(l *Late) { l.Receipt.Readings.Attenuation-- },
		"time":               func(l *Late) { l.Receipt.Readings.Millis++ },
		"signature":          func(l *Late) { l.Receipt.Signature[0] ^= 1 },
		"number":             func(l *Late) { l.Receipt.Number++ },
		"index":              func(l *Late) { l.Index = 2 },
		"sibling":            func(l *Late) { l.Path[1][0] ^= 1 },
		"siblings exchanged": func(l *Late) { l.Path[0], l.Path[1] = l.Path[1], l.Path[0] },
		"path shorter":       func(l *Late) { l.Path = l.Path[:2] },
		"path longer":        func(l *Late) { l.Path = append(l.Path, [HashSize]byte{}) },
		"too long":           func(l *Late) { l.Path = make([][HashSize]byte, MaxCommitDepth+1) },
		"index too large":    func(l *Late) { l.Index = 8 },
	} {
		t.Run(name, func(t *testing.T) {
			l := s.late
			l.Path = append([][HashSize]byte(nil), s.late.Path...)
			change(&l)
			require.ErrorIs(t, s.check(l), ErrEvidence)
		})
	}
	require.NoError(t, s.check(s.late))
}

// The same receipt proves nothing of another chain, epoch, beacon, witness or commitment.
func TestLateReceiptsAreBound(t *testing.T) {
	s := newLateScene(t, 6, 3, KeyEd25519)
	chain, witness := s.challenge.ChainID, s.signers[0]
	other := newSigner(t, "another device", KeyEd25519)
	elsewhere := s.beacon
	elsewhere.Payload[22] ^= 1
	for name, err := range map[string]error{
		"chain":      VerifyLate("joule-test-2", testEpoch, s.beacon, witness, s.root, s.late),
		"epoch":      VerifyLate(chain, testEpoch+1, s.beacon, witness, s.root, s.late),
		"beacon":     VerifyLate(chain, testEpoch, elsewhere, witness, s.root, s.late),
		"device":     VerifyLate(chain, testEpoch, s.beacon, Signer{other.id, witness.Key}, s.root, s.late),
		"key":        VerifyLate(chain, testEpoch, s.beacon, Signer{witness.Device, other.key()}, s.root, s.late),
		"no key":     VerifyLate(chain, testEpoch, s.beacon, Signer{Device: witness.Device}, s.root, s.late),
		"commitment": VerifyLate(chain, testEpoch, s.beacon, witness, sha256.Sum256(s.root[:]), s.late),
		"none":       VerifyLate(chain, testEpoch, s.beacon, witness, [HashSize]byte{}, s.late),
	} {
		require.ErrorIs(t, err, ErrEvidence, name)
	}
}

func TestMalformedLateReceipts(t *testing.T) {
	s := newLateScene(t, 6, 3, KeyEd25519)
	good, err := s.late.Marshal()
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"empty":       nil,
		"cut off":     good[:len(good)-1],
		"one more":    append(good[:len(good):len(good)], 0),
		"header only": good[:lateHeader-1],
		"too large":   make([]byte, MaxLateSize+1),
		"version":     append([]byte{2}, good[1:]...),
		"index beyond the leaves": func() []byte {
			d := append([]byte(nil), good...)
			d[lateHeader-2] = 8
			return d
		}(),
		"depth beyond the path": func() []byte {
			d := append([]byte(nil), good...)
			d[lateHeader-1] = 4
			return d
		}(),
	} {
		_, err := UnmarshalLate(data)
		require.ErrorIs(t, err, ErrEvidence, name)
	}
	_, err = Late{Path: make([][HashSize]byte, MaxCommitDepth+1)}.Marshal()
	require.ErrorIs(t, err, ErrEvidence)
	_, err = Late{Index: 1}.Marshal()
	require.ErrorIs(t, err, ErrEvidence)
	for _, size := range []int{0, lateHeader - 1, lateHeader + 1, MaxLateSize + HashSize} {
		_, ok := LateDepth(size)
		require.False(t, ok, size)
	}
}

// FuzzUnmarshalLate: no bytes panic, what decodes encodes to the same bytes, and only the honest bytes pass for the
// committed receipt.
func FuzzUnmarshalLate(f *testing.F) {
	s := newLateScene(f, 6, 3, KeyEd25519)
	honest, err := s.late.Marshal()
	require.NoError(f, err)
	f.Add(honest)
	f.Add(honest[:lateHeader])
	f.Add(append(honest[:len(honest):len(honest)], 0))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := UnmarshalLate(data)
		if err != nil {
			require.ErrorIs(t, err, ErrEvidence)
			return
		}
		again, err := l.Marshal()
		require.NoError(t, err)
		require.Equal(t, data, again)
		if s.check(l) == nil {
			// The beaconer's number is looked up on chain: the payload that the receipt is over must be its beacon's.
			l.Beaconer = s.late.Beaconer
			same, err := l.Marshal()
			require.NoError(t, err)
			require.Equal(t, honest, same)
		}
	})
}
