package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/joulechain/joule/sidecar/toml"
)

// Flatten turns nested sections into dotted keys and numbers into json.Number.
func Flatten(values map[string]any) (map[string]any, error) {
	v, err := plain("", values, 0)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	flatten("", v.(map[string]any), out)
	return out, nil
}

func flatten(prefix string, m, out map[string]any) {
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok {
			flatten(prefix+k+".", sub, out)
			continue
		}
		out[prefix+k] = v
	}
}

// fit writes v as a literal of the old value's type.
func fit(key, old string, v any) (string, error) {
	var want string
	switch {
	case strings.HasPrefix(old, `"`), strings.HasPrefix(old, `'`):
		switch v := v.(type) {
		case string:
			return toml.Literal(v)
		case json.Number:
			return toml.Literal(v.String())
		}
		want = "text"
	case strings.HasPrefix(old, "["):
		if l, ok := v.([]any); ok {
			return list(key, l)
		}
		want = "a list"
	case old == "true" || old == "false":
		if b, ok := v.(bool); ok {
			return fmt.Sprint(b), nil
		}
		want = "true or false"
	default:
		if n, ok := v.(json.Number); ok {
			return n.String(), nil
		}
		want = "a number"
	}
	return "", fmt.Errorf("%s must be %s and is %v", key, want, v)
}

func list(key string, l []any) (string, error) {
	parts := make([]string, len(l))
	for i, v := range l {
		switch v := v.(type) {
		case string:
			text, err := toml.Literal(v)
			if err != nil {
				return "", err
			}
			parts[i] = text
		case json.Number, bool:
			parts[i] = fmt.Sprint(v)
		default:
			return "", fmt.Errorf("%s[%d] must be text, a number, true or false", key, i)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

// check parses the result and finds every value where it should be.
func check(text string, values map[string]any) error {
	var doc map[string]any
	if err := gotoml.Unmarshal([]byte(text), &doc); err != nil {
		return fmt.Errorf("the edited file is no TOML: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if got := lookup(doc, key); fmt.Sprint(got) != fmt.Sprint(values[key]) {
			return fmt.Errorf("%s is %v after setting it to %v", key, got, values[key])
		}
	}
	return nil
}

func lookup(doc map[string]any, key string) any {
	head, tail, more := strings.Cut(key, ".")
	if !more {
		return doc[head]
	}
	next, _ := doc[head].(map[string]any)
	return lookup(next, tail)
}
