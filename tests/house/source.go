package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// MaxFileLines is the most lines that a file of our own may have.
const MaxFileLines = 400

// Finding is a place that breaks a rule about code.
type Finding struct {
	Pos  token.Position
	What string
}

// String gives file, line and what is wrong there.
func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.Pos.Filename, f.Pos.Line, f.What) }

// Walk parses every Go file of ours below dir and calls visit.
func Walk(dir string, visit func(path string, fset *token.FileSet, file *ast.File, src string) []Finding, read func(string) ([]byte, error)) ([]Finding, error) {
	var all []Finding
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || generated(path) {
			return err
		}
		src, err := read(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, visit(path, fset, file, string(src))...)
		return nil
	})
	return all, err
}

func generated(path string) bool {
	return strings.HasSuffix(path, ".pb.go") || strings.HasSuffix(path, ".pb.gw.go")
}

// Long finds files with more than MaxFileLines lines.
func Long(path string, _ *token.FileSet, _ *ast.File, src string) []Finding {
	if n := strings.Count(src, "\n"); n > MaxFileLines {
		return []Finding{{token.Position{Filename: path, Line: n}, fmt.Sprintf("%d lines; at most %d", n, MaxFileLines)}}
	}
	return nil
}

// offConsensus are parts of x/ that no validator runs: tests, simulations, fixtures, command lines.
func offConsensus(path string) bool {
	for _, part := range []string{"_test.go", "/simulation/", "/testutil/", "/client/", "/report/", "/keyfile/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// Consensus finds what x/ must not contain where every validator has to get the same result: goroutines, clocks, floats
// and package-level variables that a function assigns to.
func Consensus(path string, fset *token.FileSet, file *ast.File, _ string) []Finding {
	if offConsensus(filepath.ToSlash(path)) {
		return nil
	}
	globals := globalNames(file)
	var found []Finding
	add := func(n ast.Node, what string) { found = append(found, Finding{fset.Position(n.Pos()), what}) }
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if ok && fn.Body != nil {
			findAssignments(fn, globals, add)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n, "a goroutine")
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Since" || n.Sel.Name == "Until") {
				add(n, "a clock: time."+n.Sel.Name)
			}
		case *ast.Ident:
			if n.Name == "float64" || n.Name == "float32" {
				add(n, "a float")
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT {
				add(n, "a float literal "+n.Value)
			}
		}
		return true
	})
	return found
}

func globalNames(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				names[name.Name] = name.Name != "_"
			}
		}
	}
	return names
}

// findAssignments reports assignments to a file's package-level variables. A local variable of the same name is not
// told apart: give it another one.
func findAssignments(fn *ast.FuncDecl, globals map[string]bool, add func(ast.Node, string)) {
	if fn.Name.Name == "init" && fn.Recv == nil {
		return
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				return true
			}
			for _, lhs := range n.Lhs {
				if name := root(lhs); globals[name] {
					add(lhs, "assigns to the package-level variable "+name)
				}
			}
		case *ast.IncDecStmt:
			if name := root(n.X); globals[name] {
				add(n, "changes the package-level variable "+name)
			}
		}
		return true
	})
}

// root is the variable that an assignable expression starts with.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}
