// Package toml writes single values for files that are written and edited line by line, so that comments stay.
package toml

import (
	"fmt"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"
)

// Literal writes a text, number, truth or list of them as TOML, on one line. Texts stand in double quotes.
func Literal(v any) (string, error) {
	switch v := v.(type) {
	case string:
		// The encoder takes double quotes only for what holds a single one.
		text, err := marshal(v + "'")
		return strings.TrimSuffix(text, `'"`) + `"`, err
	case []string:
		return list(v)
	case []any:
		return list(v)
	}
	return marshal(v)
}

func list[T any](values []T) (string, error) {
	parts := make([]string, len(values))
	for i, v := range values {
		text, err := Literal(v)
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

func marshal(v any) (string, error) {
	const key = "v"
	text, err := gotoml.Marshal(map[string]any{key: v})
	if err != nil {
		return "", fmt.Errorf("%v has no TOML: %w", v, err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(text), key+" = "), "\n"), nil
}
