package testutil

import (
	"slices"
	"sort"

	"github.com/joulechain/joule/x/work/proof/disk"
)

// Plot is a whole plot in memory, for small k: at k = 18 it takes about 10 MB and a fraction of a second.
type Plot struct {
	disk.Plot
	// index is the plot's number.
	index uint32
	// fragments ascend; values are the x-values behind each.
	fragments []uint64
	values    [][8]uint32
}

// table holds the entries of one table. The first has no parents: its places are its x-values.
type table struct {
	info        []uint32
	meta        []uint64
	left, right []uint32
}

// NewPlot makes plot number index of a device. It panics on parameters that the proof refuses.
func NewPlot(chainID string, deviceID []byte, params disk.Params, index uint32) *Plot {
	keyed, err := disk.NewPlot(disk.DerivePlotID(chainID, deviceID, params.Strength, uint64(index)), params)
	if err != nil {
		panic(err)
	}
	p := &Plot{Plot: keyed, index: index}
	tables := []table{p.first()}
	for t := 1; t <= 3; t++ {
		tables = append(tables, p.join(t, tables[t-1]))
	}
	type found struct {
		fragment uint64
		x        [8]uint32
	}
	all := make([]found, len(tables[3].left))
	for i := range all {
		places := []uint32{uint32(i)}
		for t := 3; t >= 1; t-- {
			var next []uint32
			for _, at := range places {
				next = append(next, tables[t].left[at], tables[t].right[at])
			}
			places = next
		}
		copy(all[i].x[:], places)
		all[i].fragment = p.Fragment(&all[i].x)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].fragment < all[j].fragment })
	for _, f := range all {
		p.fragments, p.values = append(p.fragments, f.fragment), append(p.values, f.x)
	}
	return p
}

func (p *Plot) mask() uint32 { return uint32(1)<<p.Params().K - 1 }

func (p *Plot) first() table {
	states := make([]disk.State, 1<<p.Params().K)
	for x := range states {
		states[x] = disk.State{uint32(x)}
	}
	p.Hash(states, p.Params().Rounds(2)) // a table that strength does not harden: as many rounds as G
	t := table{info: make([]uint32, len(states)), meta: make([]uint64, len(states))}
	for x, s := range states {
		t.info[x], t.meta[x] = s[0]&p.mask(), uint64(x)
	}
	return t
}

// join pairs the entries below: for each as the left one and each match key, all entries of the info that it asks for.
func (p *Plot) join(number int, below table) table {
	params := p.Params()
	keys, targetBits := uint32(1)<<params.KeyBits(number), params.TargetBits(number)
	order := byInfo(below.info, p.mask())
	states := make([]disk.State, 0, uint32(len(below.info))*keys)
	for _, meta := range below.meta {
		for key := range keys {
			states = append(states, disk.TargetState(number, key, meta))
		}
	}
	p.Hash(states, params.Rounds(number))
	var left, right []uint32
	for i, s := range states {
		entry, key := uint32(i)/keys, uint32(i)%keys
		section := params.MatchingSection(below.info[entry] >> (targetBits + params.KeyBits(number)))
		want := section<<(targetBits+params.KeyBits(number)) | key<<targetBits | s[0]&(1<<targetBits-1)
		for _, partner := range order.of(want) {
			left, right = append(left, entry), append(right, partner)
		}
	}
	return p.pair(number, below, left, right)
}

// pair keeps the matches that pass the table's filter.
func (p *Plot) pair(number int, below table, left, right []uint32) (t table) {
	states := make([]disk.State, len(left))
	for i := range left {
		states[i] = disk.PairState(below.meta[left[i]], below.meta[right[i]])
	}
	p.Hash(states, p.Params().Rounds(number))
	k, filter := uint(p.Params().K), uint32(1)<<p.Params().KeyBits(number)-1
	for i, s := range states {
		if s[3]&filter != 0 {
			continue
		}
		meta := (uint64(s[1]) | uint64(s[2])<<32) & (1<<(2*k) - 1)
		if number == 1 {
			meta = below.meta[left[i]]<<k | below.meta[right[i]]
		}
		t.info, t.meta = append(t.info, s[0]&p.mask()), append(t.meta, meta)
		t.left, t.right = append(t.left, left[i]), append(t.right, right[i])
	}
	return t
}

// infoOrder lists places by info.
type infoOrder struct{ places, from []uint32 }

func (o infoOrder) of(info uint32) []uint32 { return o.places[o.from[info]:o.from[info+1]] }

func byInfo(infos []uint32, most uint32) infoOrder {
	o := infoOrder{places: make([]uint32, len(infos)), from: make([]uint32, most+2)}
	for _, v := range infos {
		o.from[v+1]++
	}
	for i := 1; i < len(o.from); i++ {
		o.from[i] += o.from[i-1]
	}
	next := slices.Clone(o.from)
	for i, v := range infos {
		o.places[next[v]] = uint32(i)
		next[v]++
	}
	return o
}

// Shares are all chains of the plot under a challenge, whatever their quality.
func (p *Plot) Shares(selector disk.Selector, challenge [32]byte) (shares []disk.Share) {
	c := p.SharedChallenge(&selector, &challenge)
	var sets [disk.Sets][2]int
	shift := uint(p.Params().K) + disk.SetBits
	for i, index := range c.SetIndex {
		sets[i][0], _ = slices.BinarySearch(p.fragments, uint64(index)<<shift)
		sets[i][1], _ = slices.BinarySearch(p.fragments, uint64(index+1)<<shift)
	}
	var chain [disk.Links]int
	var walk func(start, link int, hash uint64)
	walk = func(start, link int, hash uint64) {
		if link == disk.Links {
			shares = append(shares, p.share(challenge, chain))
			return
		}
		set := sets[(start+link)%disk.Sets]
		for at := set[0]; at < set[1]; at++ {
			if next, ok := p.Link(&c, link, hash, p.fragments[at]); ok {
				chain[link] = at
				walk(start, link+1, next)
			}
		}
	}
	for start := range disk.Sets {
		walk(start, 0, 0)
	}
	return shares
}

func (p *Plot) share(challenge [32]byte, chain [disk.Links]int) disk.Share {
	var x [disk.Values]uint32
	var fragments [disk.Links]uint64
	for i, at := range chain {
		copy(x[8*i:], p.values[at][:])
		fragments[i] = p.fragments[at]
	}
	packed, err := disk.Pack(p.Params(), &x)
	if err != nil {
		panic(err)
	}
	return disk.Share{Index: p.index, Proof: packed, Quality: p.Quality(challenge, fragments)}
}
