package house

import (
	"fmt"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// MaxWidth is the widest that a comment of its own or a line of prose may be, in columns; a tab is four.
const MaxWidth = 120

// Wide finds what is wider than MaxWidth: comments that stand alone on their line, in Go and in proto files, and lines
// of prose in Markdown. Tables, code and what has no space to break at are left alone.
func Wide(path, src string) []Finding {
	prose := strings.HasSuffix(path, ".md")
	var found []Finding
	fenced := false
	for i, line := range strings.Split(src, "\n") {
		text := strings.TrimSpace(line)
		if prose && strings.HasPrefix(text, "```") {
			fenced = !fenced
			continue
		}
		switch {
		case prose && (fenced || strings.HasPrefix(text, "|")):
			continue
		case !prose && !strings.HasPrefix(text, "// "):
			continue
		}
		if w := columns(line); w > MaxWidth && breakable(text) {
			found = append(found, Finding{token.Position{Filename: path, Line: i + 1}, fmt.Sprintf("%d columns; wrap at %d", w, MaxWidth)})
		}
	}
	return found
}

func columns(line string) int {
	n := 0
	for _, r := range line {
		if r == '\t' {
			n += 3
		}
		n++
	}
	return n
}

// breakable tells whether a line could be shorter: it has more than a marker and one word.
func breakable(text string) bool { return len(strings.Fields(text)) > 2 }

// WalkText checks our Go, proto and Markdown files below dir, generated ones and hidden folders left out.
func WalkText(dir string, read func(string) ([]byte, error), check func(path, src string) []Finding) ([]Finding, error) {
	var all []Finding
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != dir && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "build") {
				return filepath.SkipDir
			}
			return nil
		}
		switch ext := filepath.Ext(path); {
		case ext != ".go" && ext != ".proto" && ext != ".md", generated(path):
			return nil
		}
		src, err := read(path)
		if err != nil {
			return err
		}
		all = append(all, check(path, string(src))...)
		return nil
	})
	return all, err
}
