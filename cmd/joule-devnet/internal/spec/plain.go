package spec

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// maxDepth bounds nesting; genesis files have about ten levels.
const maxDepth = 64

// exactFloat is the first whole number beyond which YAML's floating-point numbers skip some.
const exactFloat = 1 << 53

// plain turns what YAML gave into the types of encoding/json with UseNumber: map[string]any, []any, string,
// json.Number, bool, nil.
func plain(path string, v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s is nested more than %d deep", path, maxDepth)
	}
	switch v := v.(type) {
	case nil, string, bool, json.Number:
		return v, nil
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v)), nil
	case float64:
		if v >= exactFloat || v <= -exactFloat || v != v {
			return nil, fmt.Errorf("%s: put the number %v in quotes: it is too large to be read exactly", path, v)
		}
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range sortedKeys(v) {
			e, err := plain(path+"."+key, v[key], depth+1)
			if err != nil {
				return nil, err
			}
			out[key] = e
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			e, err := plain(fmt.Sprintf("%s[%d]", path, i), v[i], depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = e
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s is a %T: put it in quotes", path, v)
}
