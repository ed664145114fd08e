package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	tableLine = regexp.MustCompile(`^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(#.*)?$`)
	arrayLine = regexp.MustCompile(`^\s*\[\[`)
	keyLine   = regexp.MustCompile(`^(\s*([A-Za-z0-9_-]+)\s*=\s*)(.*)$`)
)

// SetTOML changes keys of a TOML file and leaves everything else, comments included, as it is: values maps keys, nested
// as sections are, to scalars or lists. A value must have the type of the one that it replaces, but a number may
// replace text. A key that the file lacks is an error, so that a setting that was renamed is not lost in silence.
func SetTOML(text string, changes map[string]any) (string, error) {
	values, err := Flatten(changes)
	if err != nil {
		return "", err
	}
	lines, left := strings.Split(text, "\n"), maps.Clone(values)
	section, known := "", []string{}
	for i := 0; i < len(lines); i++ {
		if m := tableLine.FindStringSubmatch(lines[i]); m != nil {
			section = m[1] + "."
			continue
		}
		if arrayLine.MatchString(lines[i]) {
			section = "[[]]." // keys of repeated tables cannot be named
			continue
		}
		m := keyLine.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		last, old, rest := span(lines, i, len(m[1]))
		key := section + m[2]
		known = append(known, key)
		if v, ok := left[key]; ok {
			literal, err := fit(key, old, v)
			if err != nil {
				return "", err
			}
			lines = slices.Replace(lines, i, last+1, m[1]+literal+rest)
			delete(left, key)
			continue
		}
		i = last
	}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		return "", fmt.Errorf("%s: the file has no such key%s", key, sameEnding(key, known))
	}
	out := strings.Join(lines, "\n")
	return out, check(out, values)
}

// sameEnding suggests keys with the same last part.
func sameEnding(key string, known []string) string {
	name := key[strings.LastIndex(key, ".")+1:]
	for _, k := range known {
		if k == name || strings.HasSuffix(k, "."+name) {
			return fmt.Sprintf(": did you mean %s?", k)
		}
	}
	return ""
}

// span finds where the value that begins in lines[at][from:] ends: its last line, its text, and what follows it there.
func span(lines []string, at, from int) (last int, value, rest string) {
	var b strings.Builder
	depth, quote := 0, byte(0)
	for last = at; last < len(lines); last++ {
		line := lines[last]
		for i := from; i < len(line); i++ {
			c := line[i]
			switch {
			case quote != 0:
				if c == '\\' && quote == '"' {
					b.WriteByte(c)
					i++
					if i < len(line) {
						b.WriteByte(line[i])
					}
					continue
				}
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '#':
				if depth == 0 {
					v := strings.TrimRight(b.String(), " \t")
					return last, v, b.String()[len(v):] + line[i:]
				}
				i = len(line)
				continue
			case c == '[' || c == '{':
				depth++
			case c == ']' || c == '}':
				depth--
			}
			b.WriteByte(c)
		}
		if depth <= 0 {
			break
		}
		b.WriteByte('\n')
		from = 0
	}
	v := strings.TrimRight(b.String(), " \t\r")
	return min(last, len(lines)-1), v, b.String()[len(v):]
}
