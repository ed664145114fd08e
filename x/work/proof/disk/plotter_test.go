package disk

import (
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallPlot is a whole plot in memory, made with the exported single-call functions and by lookup instead of by
// level, so that it shares little with the verifier that it tests.
type smallPlot struct {
	Plot
	tables    [4][]smallEntry // 1…3
	fragments []smallFragment // ascending
}

// smallEntry is an entry of table 1…3; left and right are x-values in table 1, places in the table below in 2 and 3.
type smallEntry struct {
	info        uint32
	meta        uint64
	left, right uint32
}

type smallFragment struct {
	fragment uint64
	entry    uint32 // place in table 3
}

func makePlot(tb testing.TB, id PlotID, params Params) *smallPlot {
	tb.Helper()
	plot, err := NewPlot(id, params)
	require.NoError(tb, err)
	p := &smallPlot{Plot: plot}
	below := make([]smallEntry, 1<<params.K)
	for x := range below {
		below[x] = smallEntry{info: p.G(uint32(x)), meta: uint64(x)}
	}
	for table := 1; table <= 3; table++ {
		below = p.join(table, below)
		p.tables[table] = below
	}
	for i := range p.tables[3] {
		x := p.values(uint32(i))
		p.fragments = append(p.fragments, smallFragment{p.Fragment(&x), uint32(i)})
	}
	sort.Slice(p.fragments, func(i, j int) bool { return p.fragments[i].fragment < p.fragments[j].fragment })
	return p
}

// join makes a table from the entries below: an entry's partners are those whose match info is exactly
// (matching section, key, target) for some key.
func (p *smallPlot) join(table int, below []smallEntry) (out []smallEntry) {
	params := p.Params()
	sectionShift, targetBits := uint(params.K)-params.SectionBits(), params.TargetBits(table)
	byInfo := make([][]uint32, 1<<params.K)
	for i, e := range below {
		byInfo[e.info] = append(byInfo[e.info], uint32(i))
	}
	for i, e := range below {
		section := params.MatchingSection(e.info>>sectionShift) << sectionShift
		for key := range uint32(1) << params.KeyBits(table) {
			for _, j := range byInfo[section|key<<targetBits|p.Target(table, key, e.meta)] {
				if info, meta, ok := p.Pair(table, e.meta, below[j].meta); ok {
					out = append(out, smallEntry{info, meta, uint32(i), j})
				}
			}
		}
	}
	return out
}

// values are the eight x-values below an entry of table 3.
func (p *smallPlot) values(entry uint32) (x [8]uint32) {
	places := []uint32{entry}
	for table := 3; table >= 1; table-- {
		var next []uint32
		for _, at := range places {
			next = append(next, p.tables[table][at].left, p.tables[table][at].right)
		}
		places = next
	}
	copy(x[:], places)
	return x
}

// smallProof is a proof with what its chain alone says of its quality.
type smallProof struct {
	x       [Values]uint32
	quality Quality
}

// prove finds every chain of a challenge.
func (p *smallPlot) prove(challenge [32]byte) []smallProof {
	return p.proveSets(challenge, p.Challenge(&challenge))
}

// proveSets finds every chain in the sets of c.
func (p *smallPlot) proveSets(challenge [32]byte, c Challenge) (proofs []smallProof) {
	var sets [Sets][]smallFragment
	for i, index := range c.SetIndex {
		shift := uint(p.Params().K) + SetBits
		from := sort.Search(len(p.fragments), func(j int) bool { return p.fragments[j].fragment>>shift >= uint64(index) })
		to := sort.Search(len(p.fragments), func(j int) bool { return p.fragments[j].fragment>>shift > uint64(index) })
		sets[i] = p.fragments[from:to]
	}
	var chain [Links]smallFragment
	var walk func(start, link int, hash uint64)
	walk = func(start, link int, hash uint64) {
		if link == Links {
			var proof smallProof
			var fragments [Links]uint64
			for i, f := range chain {
				x := p.values(f.entry)
				copy(proof.x[8*i:], x[:])
				fragments[i] = f.fragment
			}
			proof.quality = p.Quality(challenge, fragments)
			proofs = append(proofs, proof)
			return
		}
		for _, f := range sets[(start+link)%Sets] {
			if next, ok := p.Link(&c, link, hash, f.fragment); ok {
				chain[link] = f
				walk(start, link+1, next)
			}
		}
	}
	for start := range Sets {
		walk(start, 0, 0)
	}
	return proofs
}
