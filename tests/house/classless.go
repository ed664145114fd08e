package house

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
)

// Classless are the folders that serve all work classes alike and name none.
var Classless = []string{"sidecar/scheduler", "sidecar/spool", "sidecar/submitter", "sidecar/metrics", "sidecar/worker"}

// classWord finds a class's name in an identifier (DiskWindowID, WORK_CLASS_GPU, radios) and classText in a text.
var (
	classWord = regexp.MustCompile(`(^|[a-z_])(GPU|Gpu|Disk|Radio)|^(gpu|disk|radio)`)
	classText = regexp.MustCompile(`(?i)\b(gpu|radio)s?\b|\b(gpu|disk|radio)_|WORK_CLASS_[A-Z]|\bdisks\b`)
)

// notClasses are names in which the word means something else: the spool's own disk.
var notClasses = map[string]bool{"ErrDiskFull": true}

// NamesClass finds identifiers and texts that name a work class. Comments may give one as an example; test files and
// the workers for tests are left alone.
func NamesClass(path string, fset *token.FileSet, file *ast.File, _ string) (found []Finding) {
	if strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.ToSlash(path), "/workertest/") {
		return nil
	}
	add := func(n ast.Node, name string) {
		found = append(found, Finding{fset.Position(n.Pos()), "names a work class: " + name})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if classWord.MatchString(n.Name) && !notClasses[n.Name] {
				add(n, n.Name)
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && classText.MatchString(n.Value) {
				add(n, n.Value)
			}
		}
		return true
	})
	return found
}
