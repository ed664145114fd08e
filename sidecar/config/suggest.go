package config

import (
	"fmt"
	"reflect"
	"time"
)

// maxSuggestBytes bounds the keys that are compared; no known key is half as long.
const maxSuggestBytes = 80

// suggestion names the known key nearest to an unknown one, if any is near.
func suggestion(key string, known []string) string {
	if len(key) > maxSuggestBytes {
		known = nil
	}
	best, bestAt := "", 1+max(2, len(key)/3)
	for _, k := range known {
		if d := distance(key, k); d < bestAt {
			best, bestAt = k, d
		}
	}
	if best == "" {
		return ": `joule-sidecar config check` lists the known keys"
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

// distance is the number of inserted, deleted or replaced bytes between two keys.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// refuseBareDurations keeps 5 from meaning five nanoseconds.
func refuseBareDurations(from, to reflect.Type, v any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() || from == to {
		return v, nil
	}
	return nil, fmt.Errorf("%v is no duration: write a text with a unit, like \"5s\" or \"200ms\"", v)
}
