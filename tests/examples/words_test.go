package examples

import (
	"errors"
	"strings"
)

var errQuote = errors.New("a quote is not closed")

// words splits a line as a shell does, as far as examples need it: quotes, backslashes in double quotes, comments, $(…)
// kept as it is written.
func words(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	begun, quote, depth := false, rune(0), 0
	end := func() {
		if begun {
			out = append(out, word.String())
		}
		word.Reset()
		begun = false
	}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote == '"' && r == '\\' && i+1 < len(runes):
			i++
			word.WriteRune(runes[i])
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\'') && depth == 0:
			quote, begun = r, true
		case quote == 0 && r == ' ' && depth == 0:
			end()
		case quote == 0 && r == '#' && !begun:
			return out, nil
		default:
			if r == '(' && i > 0 && runes[i-1] == '$' {
				depth++
			}
			if r == ')' && depth > 0 {
				depth--
			}
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 || depth != 0 {
		return nil, errQuote
	}
	end()
	return out, nil
}
