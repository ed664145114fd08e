package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MapOrder finds loops over maps below dir whose order could reach state or events. Go visits a map in a different
// order on every node. A loop that only collects what the same function then sorts is fine, and so is slices.Sorted
// over maps.Keys.
func MapOrder(root, dir string) ([]Finding, error) {
	l := &loader{root: root, fset: token.NewFileSet(), done: map[string]*parsed{}}
	var found []Finding
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || offConsensus(filepath.ToSlash(path)+"/") {
			return err
		}
		p, err := l.load(path)
		if err != nil {
			return err
		}
		for _, file := range p.files {
			name := l.fset.Position(file.Pos()).Filename
			if !generated(name) && !offConsensus(filepath.ToSlash(name)) {
				found = append(found, mapLoops(l.fset, file, p.info)...)
			}
		}
		return nil
	})
	return found, err
}

// loader type-checks the module's own packages from source. Packages outside the module stay empty: what their
// functions return is then unknown, and the errors that follow from it are ignored.
type loader struct {
	root string
	fset *token.FileSet
	done map[string]*parsed
}

type parsed struct {
	files []*ast.File
	info  *types.Info
	pkg   *types.Package
}

// Import implements types.Importer.
func (l *loader) Import(path string) (*types.Package, error) {
	own, ok := strings.CutPrefix(path, Module+"/")
	if !ok {
		return nil, fmt.Errorf("%s is outside the module", path)
	}
	p, err := l.load(filepath.Join(l.root, own))
	if err != nil {
		return nil, err
	}
	return p.pkg, nil
}

func (l *loader) load(dir string) (*parsed, error) {
	if p := l.done[dir]; p != nil {
		return p, nil
	}
	p := &parsed{info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	l.done[dir] = p
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(l.fset, filepath.Join(dir, e.Name()), nil, 0)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, file)
	}
	conf := types.Config{Importer: l, Error: func(error) {}}
	// What cannot be resolved is reported to Error and left without a type.
	p.pkg, _ = conf.Check(dir, l.fset, p.files, p.info)
	return p, nil
}

func mapLoops(fset *token.FileSet, file *ast.File, info *types.Info) []Finding {
	var found []Finding
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		sorted := sortedNames(fn)
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if ok && overMap(loop.X, info) && !collects(loop.Body, sorted) {
				found = append(found, Finding{fset.Position(loop.Pos()), "a loop over a map, whose order differs from node to node"})
			}
			return true
		})
	}
	return found
}

// overMap tells a map, and the iterators of package maps.
func overMap(x ast.Expr, info *types.Info) bool {
	if call, ok := x.(*ast.CallExpr); ok {
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "maps" {
				return true
			}
		}
	}
	t := info.Types[x].Type
	if t == nil {
		return false
	}
	_, isMap := t.Underlying().(*types.Map)
	return isMap
}

// sortedNames are the variables that a function hands to slices.Sort… or sort.….
func sortedNames(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && (pkg.Name == "sort" || pkg.Name == "slices" && strings.HasPrefix(sel.Sel.Name, "Sort")) {
			names[root(call.Args[0])] = true
		}
		return true
	})
	return names
}

// collects tells a loop whose only statement appends to a variable that is sorted.
func collects(body *ast.BlockStmt, sorted map[string]bool) bool {
	if len(body.List) != 1 {
		return false
	}
	assign, ok := body.List[0].(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
		return false
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	fun, ok := call.Fun.(*ast.Ident)
	return ok && fun.Name == "append" && sorted[root(assign.Lhs[0])]
}
