package radio

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// spot is a grid point of resolution 0 on a face; none is negative and the smallest is 0.
type spot struct{ f, i, j, k int }

func (s spot) sum() int { return s.i + s.j + s.k }

// spots lists the 19 grid points of each face: its ten base cells and nine beyond its edges.
func spots() (all []spot) {
	for n := range faces * baseEntries {
		s := spot{n / baseEntries, n / 9 % 3, n / 3 % 3, n % 3}
		if min(s.i, s.j, s.k) == 0 {
			all = append(all, s)
		}
	}
	return all
}

// towards is the point of space over a face's grid point (i, j), as a vector from the face's centre in units of a cell.
func (p plane) towards(i, j int) bigVector {
	x := quo(integer(int64(2*i-j)), integer(2))
	y := mul(integer(int64(j)), quo(root(integer(3)), integer(2)))
	return p.x.times(x).plus(p.y.times(y))
}

// place is the centre of the base cell at a grid point. Beyond an edge the neighbouring face continues the plane,
// folded at the edge: the grid point mirrored in the edge on the plane lies on this face, and mirrored in the edge on
// the sphere on the neighbour.
func place(planes [faces]plane, s spot) bigVector {
	p := planes[s.f]
	i, j := s.i-s.k, s.j-s.k
	if s.sum() < 3 {
		return p.centre.plus(p.towards(i, j).times(spacing())).unit()
	}
	di, dj := min(s.i, 1)-min(s.k, 1), min(s.j, 1)-min(s.k, 1) // one unit from the centre, at right angles to the edge: its middle
	over := 2*i*di + 2*j*dj - i*dj - j*di - 2                  // twice the distance beyond the edge
	middle := p.towards(di, dj)
	normal := p.centre.times(spacing()).plus(middle.times(integer(-1))).unit()
	return p.centre.plus(p.towards(i-over*di, j-over*dj).times(spacing())).unit().mirrored(normal)
}

// home tells whether the face of a grid point is the one whose orientation its base cell has. A cell within a face
// belongs to it, a pentagon to the face whose i axis leads to it (a polar one to face 0 or 19), a cell on an edge as H3
// has chosen.
func home(s spot, others []spot) bool {
	ring := s.f / 5
	switch {
	case s.sum() < 2 && s.i < 2 && s.j < 2 && s.k < 2:
		return true
	case s.i == 2:
		return ring == 1 || ring == 2 || s.f == 0 || s.f == 19
	case s.j == 2 || s.k == 2:
		return false
	}
	other := others[0]
	if other == s {
		other = others[1]
	}
	switch rings := [2]int{ring, other.f / 5}; rings {
	case [2]int{0, 0}:
		return s.k == 0
	case [2]int{3, 3}:
		return s.j == 0
	case [2]int{0, 1}, [2]int{3, 2}:
		return true
	case [2]int{1, 2}:
		return s.j == 0
	case [2]int{2, 1}:
		return s.k == 0
	}
	return false
}

// pentagonTurns is the number of turns from a face at a pentagon to the pentagon's orientation.
func pentagonTurns(s spot) int {
	switch ring := s.f / 5; {
	case s.i == 2 && ring == 0:
		return s.f
	case s.i == 2 && ring == 3:
		return 19 - s.f
	case s.i == 2:
		return 0
	case ring == 1 || ring == 2:
		return 3
	case s.j == 2:
		return 1
	}
	return 0
}

// baseCellsOfFaces numbers the 122 base cells from north to south and finds each face's turns to their orientation.
func baseCellsOfFaces(planes [faces]plane) (table [faces][baseEntries]uint16) {
	type cell struct {
		centre bigVector
		spots  []spot
		home   spot
	}
	var cells []*cell
	find := func(at bigVector) *cell {
		for _, c := range cells {
			if float(c.centre.dot(at)) > 1-1e-12 {
				return c
			}
		}
		return nil
	}
	for _, s := range spots() {
		if s.sum() < 2 || s.sum() == 2 {
			at := place(planes, s)
			c := find(at)
			if c == nil {
				c = &cell{centre: at}
				cells = append(cells, c)
			}
			c.spots = append(c.spots, s)
		}
	}
	slices.SortFunc(cells, func(a, b *cell) int { return b.centre[2].Cmp(a.centre[2]) })
	for _, c := range cells {
		homes := 0
		for _, s := range c.spots {
			if home(s, c.spots) {
				c.home, homes = s, homes+1
			}
		}
		if homes != 1 {
			panic("a base cell has one home")
		}
	}
	for _, s := range spots() {
		at := place(planes, s)
		c := find(at)
		turns := pentagonTurns(s)
		if len(c.spots) != 5 {
			from, to := planes[s.f], planes[c.home.f]
			axis, target := from.x.carried(from.centre, at), to.x.carried(to.centre, at)
			angle := math.Atan2(float(at.dot(target.cross(axis))), float(axis.dot(target)))
			turns = (int(math.Round(angle/(math.Pi/3))) + 6) % 6
		}
		table[s.f][9*s.i+3*s.j+s.k] = uint16(slices.Index(cells, c)<<baseTurnBits | turns)
	}
	return table
}

func TestPentagonsAreTheVertices(t *testing.T) {
	for _, s := range spots() {
		base := baseTable[s.f][9*s.i+3*s.j+s.k] >> baseTurnBits
		require.Equal(t, s.sum() == 2 && (s.i == 2 || s.j == 2 || s.k == 2), pentagonBase(int(base)), "%v", s)
	}
}
