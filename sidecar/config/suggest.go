package config

import (
	"fmt"
	"reflect"
	"time"

	"github.com/joulechain/joule/sidecar/spelling"
)

// maxSuggestBytes bounds the keys that are compared; no known key is half as long.
const maxSuggestBytes = 80

// suggestion names the known key nearest to an unknown one, if any is near.
func suggestion(key string, known []string) string {
	if len(key) > maxSuggestBytes {
		known = nil
	}
	best := spelling.Nearest(key, known, max(2, len(key)/3))
	if best == "" {
		return ": `joule-sidecar config check` lists the known keys"
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

// refuseBareDurations keeps 5 from meaning five nanoseconds.
func refuseBareDurations(from, to reflect.Type, v any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() || from == to {
		return v, nil
	}
	return nil, fmt.Errorf("%v is no duration: write a text with a unit, like \"5s\" or \"200ms\"", v)
}
