package disk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs/vfstest"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// testDisks are two folders with ten plots: /a has a group of four and two singles, /b a group of three and a single.
func testDisks(tb testing.TB) *vfstest.Mem {
	tb.Helper()
	m := vfstest.New("/a", "/b")
	for _, step := range []CreateOptions{testOptions("/a", 4, 4), testOptions("/a", 6, 1), testOptions("/b", 3, 16), testOptions("/b", 4, 1)} {
		step.Folders = []string{"/a", "/b"}
		_, err := createPlots(context.Background(), m, recall, step)
		require.NoError(tb, err)
	}
	require.Len(tb, m.Names("/a"), 3)
	return m
}

func testStore(tb testing.TB, m *vfstest.Mem, folders ...string) *Store {
	tb.Helper()
	if len(folders) == 0 {
		folders = []string{"/a", "/b"}
	}
	s, err := openStore(context.Background(), m, OpenOptions{Owner: testOwner, Folders: folders, Threads: 2})
	require.NoError(tb, err)
	return s
}

func testRequest(n, plots, lambda uint64) Request {
	return Request{Challenge: proof.DerivePlotID("joule-test", []byte("challenge"), 0, n), Params: testParams, Plots: plots, Lambda: lambda, Limit: 1000}
}

// slowChains finds the chains of a plot as the specification says, one link at a time.
func slowChains(tb testing.TB, r Request, index uint64) (out []Chain) {
	id := proof.DerivePlotID(testOwner.ChainID, testOwner.DeviceID, r.Params.Strength, index)
	plot, err := proof.NewPlot(id, r.Params)
	require.NoError(tb, err)
	c := plot.Challenge(&r.Challenge)
	if r.Selector != nil {
		c = plot.SharedChallenge(r.Selector, &r.Challenge)
	}
	var sets [proof.Sets][]uint64
	for _, f := range remembered.plots[id] {
		for i, set := range c.SetIndex {
			if f>>(r.Params.K+proof.SetBits) == uint64(set) {
				sets[i] = append(sets[i], f)
			}
		}
	}
	var walk func(start int, chain []uint64, hash uint64)
	walk = func(start int, chain []uint64, hash uint64) {
		if len(chain) == proof.Links {
			fragments := [proof.Links]uint64(chain)
			out = append(out, Chain{Index: index, ID: id, Quality: plot.Quality(r.Challenge, fragments), Fragments: fragments})
			return
		}
		for _, f := range sets[(start+len(chain))%proof.Sets] {
			if next, ok := plot.Link(&c, len(chain), hash, f); ok {
				walk(start, append(slices.Clone(chain), f), next)
			}
		}
	}
	for start := range proof.Sets {
		walk(start, nil, 0)
	}
	return out
}

// TestScanFindsAllChains compares scans of grouped and single files with the specification, with sets of each plot's
// own and with shared ones, and counts: one chain for a plot and challenge.
func TestScanFindsAllChains(t *testing.T) {
	m := testDisks(t)
	s := testStore(t, m)
	selector := proof.DeriveSelector(testOwner.ChainID, testOwner.DeviceID)
	total, expected := 0, 0.0
	const challenges = 40
	for n := range uint64(challenges) {
		for _, shared := range []bool{false, true} {
			r := testRequest(n, 100, 100)
			if shared {
				r.Selector = &selector
			}
			var want []Chain
			for index := range uint64(10) {
				want = append(want, slowChains(t, r, index)...)
			}
			slices.SortFunc(want, compareChains)
			got, err := s.Scan(context.Background(), r)
			require.NoError(t, err)
			require.Empty(t, got.Faults)
			require.Equal(t, 10, got.Scanned)
			require.Equal(t, len(want), got.Found)
			require.Equal(t, want, append([]Chain(nil), got.Chains...))
			total += got.Found
		}
	}
	for index := range uint64(10) {
		id := proof.DerivePlotID(testOwner.ChainID, testOwner.DeviceID, 2, index)
		expected += math.Pow(float64(len(remembered.plots[id]))/(1<<18), 16) * challenges * 2
	}
	t.Logf("%d chains, %.0f expected from the plots' sizes, %d plots and challenges", total, expected, 10*challenges*2)
	require.InEpsilon(t, expected, total, 0.25)
}

// TestThreshold: what counts is below λ/Q, of plots below Q, at most the limit, the best first.
func TestThreshold(t *testing.T) {
	s := testStore(t, testDisks(t))
	winning := 0
	for n := range uint64(60) {
		all, err := s.Scan(context.Background(), testRequest(n, 10, 10))
		require.NoError(t, err)
		few, err := s.Scan(context.Background(), testRequest(n, 10, 1))
		require.NoError(t, err)
		require.Equal(t, all.Found, few.Found)
		require.Len(t, few.Chains, few.Winning)
		for i, chain := range all.Chains {
			require.Equal(t, i < few.Winning, chain.Quality.Within(10, 1))
		}
		require.Equal(t, all.Chains[:few.Winning], append([]Chain{}, few.Chains...))
		winning += few.Winning
		limited := testRequest(n, 10, 10)
		limited.Limit = 2
		two, err := s.Scan(context.Background(), limited)
		require.NoError(t, err)
		require.Equal(t, all.Chains[:min(2, len(all.Chains))], append([]Chain{}, two.Chains...))
		small, err := s.Scan(context.Background(), testRequest(n, 3, 3))
		require.NoError(t, err)
		require.Equal(t, 3, small.Scanned)
		require.Equal(t, 7, small.Skipped)
		for _, chain := range small.Chains {
			require.Less(t, chain.Index, uint64(3))
		}
	}
	t.Logf("%d winning chains in 60 challenges", winning)
	require.InDelta(t, 60, winning, 45)
	for name, spoil := range map[string]func(*Request){
		"plots": func(r *Request) { r.Plots = 0 }, "lambda": func(r *Request) { r.Lambda = 0 },
		"limit": func(r *Request) { r.Limit = 0 }, "params": func(r *Request) { r.Params.K = 17 },
	} {
		r := testRequest(1, 1, 1)
		spoil(&r)
		_, err := s.Scan(context.Background(), r)
		require.ErrorIs(t, err, ErrOptions, name)
	}
	other := testRequest(1, 10, 10)
	other.Params.K = 20
	none, err := s.Scan(context.Background(), other)
	require.NoError(t, err)
	require.Zero(t, none.Scanned)
}

// TestProveVerifies: proofs from files pass the chain's verifier, in the order of evidence.
func TestProveVerifies(t *testing.T) {
	if !proof.Accelerated() {
		t.Skip("solving takes a while without AES instructions")
	}
	s := testStore(t, testDisks(t))
	selector := proof.DeriveSelector(testOwner.ChainID, testOwner.DeviceID)
	proofs := 0
	for n := range uint64(12) {
		r := testRequest(100+n, 10, 4)
		if n%2 == 1 {
			r.Selector = &selector
		}
		got, err := s.Prove(context.Background(), r)
		require.NoError(t, err)
		require.Empty(t, got.Unsolved)
		require.Len(t, got.Proofs, got.Scan.Winning)
		for i, p := range got.Proofs {
			id := proof.DerivePlotID(testOwner.ChainID, testOwner.DeviceID, 2, p.Index)
			quality, err := r.verify(id, p.Packed)
			require.NoError(t, err)
			require.Equal(t, p.Quality, quality)
			if i > 0 {
				require.Negative(t, compareChains(got.Proofs[i-1].Chain, p.Chain), "strictly ascending")
			}
			proofs++
		}
	}
	t.Logf("%d proofs", proofs)
	require.Positive(t, proofs)
	test, err := s.SelfTest(context.Background(), testRequest(0, 10, 1))
	require.NoError(t, err)
	require.True(t, test.Proof)
	require.Equal(t, test.Total, test.Scan.Elapsed+test.Solving)
}

// TestWrongFragments: chains that no x-values lead to are reported, and do not take good ones of the same plot along.
func TestWrongFragments(t *testing.T) {
	s := testStore(t, testDisks(t))
	r := testRequest(3, 10, 10)
	scan, err := s.Scan(context.Background(), r)
	require.NoError(t, err)
	require.NotEmpty(t, scan.Chains)
	good := scan.Chains[0]
	bad := good
	bad.Fragments[5] ^= 1
	proofs, faults, err := s.Solve(context.Background(), r, bad, good)
	require.NoError(t, err)
	require.Len(t, proofs, 1)
	require.Len(t, faults, 1)
	require.ErrorIs(t, faults[0].Err, ErrUnsolved)
	bad = good
	bad.Quality[0] ^= 1
	_, faults, err = s.Solve(context.Background(), r, bad)
	require.NoError(t, err)
	require.ErrorIs(t, faults[0].Err, ErrUnsolved)
}

// TestPartialAnswers: whatever breaks costs the plots that it concerns, and the rest is answered.
func TestPartialAnswers(t *testing.T) {
	r := testRequest(7, 10, 10)
	scanned := func(s *Store, ctx context.Context) (ScanResult, []uint64) {
		got, err := s.Scan(ctx, r)
		require.NoError(t, err)
		var lost []uint64
		for _, f := range got.Faults {
			require.Error(t, f.Err)
			require.True(t, f.Folder == "/a" || f.Folder == "/b")
			lost = append(lost, f.Plots...)
		}
		slices.Sort(lost)
		require.Equal(t, 10, got.Scanned+len(lost), "every plot is scanned or lost")
		for _, chain := range got.Chains {
			require.NotContains(t, lost, chain.Index)
		}
		return got, lost
	}
	t.Run("a disk vanishes before the scan", func(t *testing.T) {
		m := testDisks(t)
		s := testStore(t, m)
		m.Vanish("/b")
		_, lost := scanned(s, context.Background())
		require.Equal(t, []uint64{6, 7, 8, 9}, lost)
		require.NoError(t, s.Refresh(context.Background()))
		require.Len(t, s.Faults(), 1)
		missing := 0
		for _, p := range s.Plots() {
			if p.Status == Missing {
				missing++
			}
		}
		require.Equal(t, 4, missing)
		_, lost = scanned(s, context.Background())
		require.Equal(t, []uint64{6, 7, 8, 9}, lost)
	})
	t.Run("a disk vanishes during the scan", func(t *testing.T) {
		m := testDisks(t)
		s := testStore(t, m)
		broken, reads := errors.New("input/output error"), 0
		m.Before = func(_ int, op, path string) error {
			if strings.HasPrefix(path, "/a/") && (op == "read" || op == "open") {
				if reads++; reads > 5 {
					return broken
				}
			}
			return nil
		}
		got, lost := scanned(s, context.Background())
		require.NotEmpty(t, lost)
		require.GreaterOrEqual(t, got.Scanned, 4)
	})
	t.Run("a flipped byte", func(t *testing.T) {
		m := testDisks(t)
		s := testStore(t, m)
		file, _ := s.file(5, func(*plotFile) bool { return true })
		m.Spoil(file.path, func(b []byte) []byte {
			for i := 8192; i < len(b)-8192; i += 1000 { // every run
				b[i] ^= 4
			}
			return b
		})
		got, lost := scanned(s, context.Background())
		require.Equal(t, []uint64{5}, lost)
		require.ErrorIs(t, got.Faults[0].Err, ErrDamaged)
		at := slices.IndexFunc(s.Plots(), func(p Plot) bool { return p.Index == 5 })
		require.Equal(t, Damaged, s.Plots()[at].Status)
		require.NoError(t, s.Refresh(context.Background()))
		require.Equal(t, Damaged, s.Plots()[at].Status, "damage is not forgotten")
	})
	t.Run("a disk hangs", func(t *testing.T) {
		m := testDisks(t)
		s := testStore(t, m, "/a", "/b")
		hang := make(chan struct{})
		defer close(hang)
		s.fsys = hanging{m, hang}
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		_, lost := scanned(s, ctx)
		require.Equal(t, []uint64{6, 7, 8, 9}, lost)
	})
	t.Run("no time at all", func(t *testing.T) {
		s := testStore(t, testDisks(t))
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errors.New("too late"))
		got, lost := scanned(s, ctx)
		require.Len(t, lost, 10)
		require.ErrorContains(t, got.Faults[0].Err, "too late")
	})
}

// TestStoreStates: duplicates, foreign and unreadable files are listed as such and never used.
func TestStoreStates(t *testing.T) {
	m := testDisks(t)
	name := func(folder, part string) string {
		for _, name := range m.Names(folder) {
			if strings.Contains(name, part) {
				return folder + "/" + name
			}
		}
		return ""
	}
	copyFile(t, m, name("/a", "-000005-"), "/b/"+strings.TrimPrefix(name("/a", "-000005-"), "/a/"))
	copyFile(t, m, name("/a", "-000004-"), "/b/joule-of-somebody.plot")
	m.Spoil("/b/joule-of-somebody.plot", func(b []byte) []byte { return b[:len(b)-1] })
	copyFile(t, m, name("/a", "-000004-"), "/b/joule-text.plot")
	m.Spoil("/b/joule-text.plot", func([]byte) []byte { return []byte("this is no plot") })
	stranger := testOptions("/b", 1, 1)
	stranger.Owner.DeviceID = []byte("another device")
	_, err := createPlots(context.Background(), m, recall, stranger)
	require.NoError(t, err)
	chain := testOptions("/b", 1, 1)
	chain.Owner.ChainID = "joule-other"
	_, err = createPlots(context.Background(), m, recall, chain)
	require.NoError(t, err)
	s := testStore(t, m)
	count := map[Status][]string{}
	for _, p := range s.Plots() {
		count[p.Status] = append(count[p.Status], fmt.Sprint(p.Index, " ", p.Problem))
	}
	require.Len(t, count[Ready], 10, "%v", count)
	require.Len(t, count[Duplicate], 1)
	require.Contains(t, count[Duplicate][0], "is in /a/")
	require.Len(t, count[Unreadable], 2)
	require.Contains(t, strings.Join(count[Unreadable], "\n"), "bytes, must have")
	require.Len(t, count[Foreign], 2)
	require.Contains(t, strings.Join(count[Foreign], "\n"), "another chain than")
	require.Contains(t, strings.Join(count[Foreign], "\n"), "made for device")
	got, err := s.Scan(context.Background(), testRequest(1, 100, 100))
	require.NoError(t, err)
	require.Equal(t, 10, got.Scanned)

	numbered := func(folder string, numbers ...uint64) (out []Plot) {
		for _, p := range s.Plots() {
			if slices.Contains(numbers, p.Index) && (folder == "" || p.Folder == folder) && (p.Status == Ready || p.Status == Duplicate) {
				out = append(out, p)
			}
		}
		return out
	}
	gone := numbered("/a", 5)[0]
	gone.File += ".gone"
	require.ErrorIs(t, s.Remove(context.Background(), gone), ErrNoPlot)
	require.ErrorIs(t, s.Remove(context.Background(), numbered("", 2)...), ErrOptions, "2 is in a group")
	require.NoError(t, s.Remove(context.Background(), numbered("/a", 5)...))
	require.Equal(t, []string{"/b"}, folders(numbered("", 5)), "the copy in the other folder stays and is the plot now")
	require.Equal(t, Ready, numbered("", 5)[0].Status)
	require.NoError(t, s.Remove(context.Background(), numbered("", 0, 1, 2, 3, 5)...))
	require.ErrorIs(t, s.RemoveFile(context.Background(), "/etc/passwd"), ErrNoPlot)
	require.NoError(t, s.RemoveFile(context.Background(), "/b/joule-text.plot"))
	got, err = s.Scan(context.Background(), testRequest(1, 100, 100))
	require.NoError(t, err)
	require.Equal(t, 5, got.Scanned, "both copies of plot 5 went")
}

func folders(plots []Plot) (out []string) {
	for _, p := range plots {
		out = append(out, p.Folder)
	}
	return out
}
