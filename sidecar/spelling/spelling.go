// Package spelling finds what somebody meant who mistyped a key.
package spelling

import "unicode/utf8"

// Nearest is the known word with the fewest inserted, deleted or replaced letters between it and word, at most so many;
// empty where all are farther away.
func Nearest(word string, known []string, most int) string {
	best, least := "", most+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, utf8.RuneCountInString(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range []rune(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range []rune(b) {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(row)-1]
}
