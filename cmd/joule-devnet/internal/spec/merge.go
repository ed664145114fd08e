package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/joulechain/joule/sidecar/spelling"
)

// MergeGenesis lays changes over a genesis file: maps are merged key by key, lists and scalars replace. Values take the
// type of what they replace, so that 20 may stand where the file has "20". A path that the file lacks is an error, so
// that no typo is lost in silence.
func MergeGenesis(genesis []byte, changes map[string]any) ([]byte, error) {
	var base any
	dec := json.NewDecoder(bytes.NewReader(genesis))
	dec.UseNumber() // amounts beyond 2^53 keep their digits
	if err := dec.Decode(&base); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	over, err := plain("genesis", changes, 0)
	if err != nil {
		return nil, err
	}
	merged, err := merge("genesis", base, over)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(merged)
	return out.Bytes(), err
}

func merge(path string, base, over any) (any, error) {
	switch b := base.(type) {
	case nil:
		return over, nil
	case map[string]any:
		o, ok := over.(map[string]any)
		if !ok {
			return nil, mismatch(path, "a map: an object and a value do not mix, it", over)
		}
		return mergeMap(path, b, o)
	case []any:
		o, ok := over.([]any)
		if !ok {
			return nil, mismatch(path, "a list", over)
		}
		return replaceList(path, b, o)
	}
	return convert(path, base, over)
}

func mergeMap(path string, base, over map[string]any) (any, error) {
	for _, key := range sortedKeys(over) {
		old, ok := base[key]
		if !ok {
			return nil, unknown(path, key, base)
		}
		v, err := merge(path+"."+key, old, over[key])
		if err != nil {
			return nil, err
		}
		base[key] = v
	}
	return base, nil
}

// replaceList fits the new elements to the first old one: the same keys, the same types. A list that was empty says
// nothing about its elements; `jouled genesis validate` does.
func replaceList(path string, base, over []any) (any, error) {
	if len(base) == 0 {
		return over, nil
	}
	for i := range over {
		v, err := merge(fmt.Sprintf("%s[%d]", path, i), clone(base[0]), over[i])
		if err != nil {
			return nil, err
		}
		if o, ok := over[i].(map[string]any); ok {
			v = only(v.(map[string]any), o)
		}
		over[i] = v
	}
	return over, nil
}

// only keeps the keys that the override names: an element takes types from the old one, never values.
func only(merged, over map[string]any) map[string]any {
	out := map[string]any{}
	for key := range over {
		out[key] = merged[key]
	}
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// convert gives a scalar the type of the one it replaces.
func convert(path string, base, over any) (any, error) {
	switch base.(type) {
	case string:
		switch o := over.(type) {
		case string:
			return o, nil
		case json.Number:
			return o.String(), nil
		}
		return nil, mismatch(path, "text or a number", over)
	case json.Number:
		if o, ok := over.(json.Number); ok {
			return o, nil
		}
		return nil, mismatch(path, "a number", over)
	case bool:
		if o, ok := over.(bool); ok {
			return o, nil
		}
		return nil, mismatch(path, "true or false", over)
	}
	return nil, fmt.Errorf("%s: genesis.json holds a value of unknown type there", path)
}

func mismatch(path, want string, got any) error {
	return fmt.Errorf("%s must be %s and is %s", path, want, describe(got))
}

func describe(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return "a list"
	case nil:
		return "empty"
	case string:
		return fmt.Sprintf("the text %q", v)
	}
	return fmt.Sprint(v)
}

func unknown(path, key string, known map[string]any) error {
	hint := "it has " + strings.Join(sortedKeys(known), ", ")
	if near := spelling.Nearest(key, sortedKeys(known), 2); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("%s.%s: the genesis has no such key; %s", path, key, hint)
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
