package radio

import (
	"bytes"
	"fmt"
	"go/format"
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// plane is a face of H3's icosahedron: its centre, the direction from there to the vertex on the i axis, and 90°
// counter-clockwise of it.
type plane struct{ centre, x, y bigVector }

// spacing is the distance of two cells' centres of resolution 0 on a face's plane, which touches the unit sphere: a
// vertex is two cells from the centre, and lies at atan(3 − √5).
func spacing() *big.Float { return quo(sub(integer(3), root(integer(5))), integer(2)) }

// icosahedron builds all faces from the three numbers that fix H3's orientation: latitude and longitude of the centre
// of face 0 and the azimuth of its i axis, in radians. Faces 1..4 follow around the vertex on that axis, 5..9 are
// mirror images of 0..4 in the edge opposite that vertex, and 10..19 lie opposite the first ten, with their i axes.
func icosahedron() [faces]plane {
	sinLat, cosLat := bigSineCosine(decimal("0.803582649718989942"))
	sinLng, cosLng := bigSineCosine(decimal("1.248397419617396099"))
	sinAz, cosAz := bigSineCosine(decimal("5.619958268523939882"))
	centre := bigVector{mul(cosLat, cosLng), mul(cosLat, sinLng), sinLat}
	north := bigVector{opposite(mul(sinLat, cosLng)), opposite(mul(sinLat, sinLng)), cosLat}
	east := bigVector{opposite(sinLng), cosLng, integer(0)}
	axis := north.times(cosAz).plus(east.times(sinAz))

	vertex := centre.plus(axis.times(mul(integer(2), spacing()))).unit()
	edge := centre.times(spacing()).plus(axis).unit() // normal of the plane through the edge opposite the vertex and the Earth's centre
	cos72 := quo(sub(root(integer(5)), integer(1)), integer(4))
	sin72 := root(sub(integer(1), mul(cos72, cos72)))
	var all [faces]plane
	add := func(f int, centre, axis bigVector) {
		all[f] = plane{centre, axis, centre.cross(axis)}
		back, turn := integer(-1), (f+2)%5
		all[15-f/5*5+turn] = plane{centre.times(back), axis.times(back), centre.cross(axis)}
	}
	for f := range 5 {
		add(f, centre, axis)
		add(f+5, centre.mirrored(edge), axis.mirrored(edge))
		centre, axis, edge = centre.turned(vertex, sin72, cos72), axis.turned(vertex, sin72, cos72), edge.turned(vertex, sin72, cos72)
	}
	return all
}

// axes returns the vectors whose products with a position, over the centre's, are its hexagonal coordinates: x = i −
// j/2, y = j·√3/2.
func (p plane) axes() (i, j bigVector) {
	third := quo(integer(1), root(integer(3)))
	scale := quo(integer(1), spacing())
	return p.x.plus(p.y.times(third)).times(scale), p.y.times(mul(integer(2), third)).times(scale)
}

func whole(v bigVector, bits int) (n [3]int64) {
	for k := range v {
		n[k] = rounded(v[k], bits)
	}
	return n
}

// TestIcosahedronTable computes icosahedron_table.go, and writes it with -update.
func TestIcosahedronTable(t *testing.T) {
	var src bytes.Buffer
	src.WriteString("package radio\n\n// faceTable holds H3's icosahedron. TestIcosahedronTable computes it in 200 bits and writes it with -update.\nvar faceTable = [faces]face{\n")
	var want [faces]face
	planes := icosahedron()
	for f, p := range planes {
		i, j := p.axes()
		want[f] = face{whole(p.centre, vectorBits), whole(i, vectorBits-1), whole(j, vectorBits-1)}
		list := func(v [3]int64) string { return fmt.Sprintf("[3]int64{%d, %d, %d}", v[0], v[1], v[2]) }
		fmt.Fprintf(&src, "{\n%s,\n%s,\n%s,\n},\n", list(want[f].centre), list(want[f].i), list(want[f].j))
	}
	src.WriteString("}\n\n// baseTable holds the base cell times 8 and its turns at each face's coordinates 9·i + 3·j + k. TestIcosahedronTable computes it.\n" +
		"var baseTable = [faces][baseEntries]uint16{\n")
	base := baseCellsOfFaces(planes)
	for _, row := range base {
		src.WriteString("{")
		for _, entry := range row {
			fmt.Fprintf(&src, "%d, ", entry)
		}
		src.WriteString("},\n")
	}
	src.WriteString("}\n")
	if *update {
		out, err := format.Source(src.Bytes())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("icosahedron_table.go", out, 0o644))
		return
	}
	require.Equal(t, want, faceTable)
	require.Equal(t, base, baseTable)
}
