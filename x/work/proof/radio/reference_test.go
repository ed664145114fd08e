package radio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

type question struct {
	at         Position
	resolution int
}

// askReference has Uber's H3 answer, through tests/h3.
func askReference(t *testing.T, questions []question) []Cell {
	t.Helper()
	in := make([]byte, 0, 12*len(questions))
	for _, q := range questions {
		for _, n := range []int32{q.at.LatitudeE7, q.at.LongitudeE7, int32(q.resolution)} {
			in = binary.LittleEndian.AppendUint32(in, uint32(n))
		}
	}
	command := exec.Command("go", "run", ".")
	command.Dir, command.Stdin, command.Stderr = "../../../../tests/h3", bytes.NewReader(in), os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	require.Len(t, out, 8*len(questions))
	cells := make([]Cell, len(questions))
	for i := range cells {
		cells[i] = Cell(binary.LittleEndian.Uint64(out[8*i:]))
	}
	return cells
}

// referenceError bounds the error of Uber's floating point in metres on a face's plane: 5 nm, and near a face's centre
// more, because the distance r from it is found as acos(1 − r²/2), off by half a unit of 2^-53 over r: (6371 km)²·2^-54
// = 0.00225 m² over the metres from the centre.
func referenceError(p Position) float64 {
	const rounding, bySquare = 5e-9, 0.0025
	at := exactPosition(p)
	f, _, _ := project(p)
	apart := at.plus(planes()[f].centre.times(integer(-1)))
	return rounding + bySquare/(math.Sqrt(float(apart.dot(apart)))*earthRadius)
}

// compare asks both for every cell. They may differ only where the position is nearer to a border than the reference's
// error, and there the integers must be right.
func compare(t *testing.T, questions []question) (different int, furthest float64) {
	t.Helper()
	for i, theirs := range askReference(t, questions) {
		q := questions[i]
		ours := mustCell(q.at, q.resolution)
		if ours == theirs {
			continue
		}
		exact, border := exactCell(q.at, q.resolution)
		limit := referenceError(q.at)
		require.LessOrEqual(t, border, limit, "%v at %d: %x, the reference says %x", q.at, q.resolution, uint64(ours), uint64(theirs))
		if border > 1e-10 {
			require.Equal(t, exact, ours, "%v at %d: the reference says %x", q.at, q.resolution, uint64(theirs))
		}
		different, furthest = different+1, max(furthest, border)
		if limit < 1e-8 {
			t.Logf("%v at %d: %x, the reference says %x, %.2f nm from the border", q.at, q.resolution, uint64(ours), uint64(theirs), border*1e9)
		}
	}
	return different, furthest
}

// wanted is the number of positions that JOULE_H3 asks for. The comparison needs cgo, so it is not part of the normal
// tests.
func wanted(t *testing.T) int {
	t.Helper()
	count, _ := strconv.Atoi(os.Getenv("JOULE_H3"))
	if count == 0 {
		t.Skip("set JOULE_H3 to a number of positions to compare with Uber's H3 (make h3)")
	}
	return count
}

// TestAgainstReference compares with Uber's H3 at every resolution: JOULE_H3 positions anywhere, a tenth of that of
// each other kind and on both sides of borders.
func TestAgainstReference(t *testing.T) {
	count := wanted(t)
	if *update {
		writePositions(t)
	}
	const batch = 20_000
	random := newRandom(7)
	for n, kind := range places {
		for _, onBorder := range []bool{false, true} {
			name, positions := kind.name, count/10+1
			if onBorder {
				name += ", next to a border"
			} else if n == 0 {
				positions = count
			}
			t.Run(name, func(t *testing.T) {
				compared, different, furthest := 0, 0, 0.0
				for done := 0; done < positions; {
					var questions []question
					for end := min(done+batch, positions); done < end; done++ {
						at := kind.draw(random)
						for r := range MaxResolution + 1 {
							if !onBorder {
								questions = append(questions, question{at, r})
							} else if near, ok := borderOn(at, r); ok {
								questions = append(questions, question{near, r}, question{eastOf(near), r})
							}
						}
					}
					more, distance := compare(t, questions)
					compared, different, furthest = compared+len(questions), different+more, max(furthest, distance)
				}
				t.Logf("%d of %d differ, at most %.6f mm from a border", different, compared, furthest*1000)
			})
		}
	}
}

// TestAgainstReferenceAtBorders looks for the positions that lie closest to borders, of three times JOULE_H3 that lie
// next to one, to find the distance within which floating point and integers differ.
func TestAgainstReferenceAtBorders(t *testing.T) {
	const resolution, close = 12, 50e-9
	random, tried := newRandom(8), 0
	var questions []question
	for range 3 * wanted(t) {
		near, ok := borderOn(anywhere(random), resolution)
		if !ok {
			continue
		}
		for _, at := range []Position{near, eastOf(near)} {
			tried++
			if gridBorder(at, resolution) < close {
				questions = append(questions, question{at, resolution})
			}
		}
	}
	different, furthest := compare(t, questions)
	t.Logf("%d of %d positions next to a border are within %.0f nm; %d of them differ, at most %.2f nm from the border", len(questions), tried, close*1e9, different, furthest*1e9)
}

// gridBorder is exactCell's distance to the border, from the integers.
func gridBorder(p Position, resolution int) float64 {
	_, zeroI, zeroJ := project(p)
	i, j := scale(zeroI, zeroJ, resolution)
	cellI, cellJ := hexagon(i, j)
	a := float64(i.whole-cellI) + float64(i.fraction)/(1<<gridBits)
	b := float64(j.whole-cellJ) + float64(j.fraction)/(1<<gridBits)
	return borderDistance(a, b, resolution)
}

// writePositions writes testdata/h3_positions.csv: Uber's cells for positions of every kind, none nearer to a border
// than a centimetre.
func writePositions(t *testing.T) {
	t.Helper()
	random := newRandom(6)
	var questions []question
	for _, kind := range places {
		for r := range MaxResolution + 1 {
			for range 5 {
				at := kind.draw(random)
				if _, border := exactCell(at, r); border > 0.01 {
					questions = append(questions, question{at, r})
				}
			}
		}
	}
	var out bytes.Buffer
	out.WriteString("latitude_e7,longitude_e7,resolution,cell\n")
	for i, c := range askReference(t, questions) {
		fmt.Fprintf(&out, "%d,%d,%d,%x\n", questions[i].at.LatitudeE7, questions[i].at.LongitudeE7, questions[i].resolution, uint64(c))
	}
	require.NoError(t, os.WriteFile("testdata/h3_positions.csv", out.Bytes(), 0o644))
}
