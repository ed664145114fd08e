package keeper_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/joulechain/joule"
	root   = "../../.."
)

// nodeFiles parses the non-test code that a node runs: cmd/jouled, app, the modules, and all of this repository that
// they import. Test harnesses that no node imports are not part of it.
func nodeFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	seen := map[string]bool{}
	queue := []string{"cmd/jouled", "app", "x/beacon", "x/device", "x/work", "x/emissions"}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		require.NoError(t, err)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			files[dir+"/"+filepath.Base(path)] = file
			for _, i := range file.Imports {
				if imported, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+"/"); ours {
					queue = append(queue, imported)
				}
			}
		}
	}
	return files
}

// callers lists "file:function" of every use of a method or function of that name in the files under a prefix.
func callers(files map[string]*ast.File, name, prefix string) []string {
	var found []string
	for path, file := range files {
		if !strings.HasPrefix(path, prefix) {
			continue
		}
		for _, decl := range file.Decls {
			in := "package"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				in = fn.Name.Name
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				switch e := n.(type) {
				case *ast.SelectorExpr: // a method value mints as well as a call does
					if e.Sel.Name == name {
						found = append(found, path+":"+in)
					}
				case *ast.CallExpr:
					if id, ok := e.Fun.(*ast.Ident); ok && id.Name == name {
						found = append(found, path+":"+in)
					}
				}
				return true
			})
		}
	}
	slices.Sort(found)
	return found
}

// Coins are created by one function, which the end of an epoch alone reaches.
func TestOneFunctionMints(t *testing.T) {
	const dir = "x/emissions/keeper/"
	files := nodeFiles(t)
	for _, c := range []struct {
		name string
		in   string
		want []string
	}{
		{"MintCoins", "", []string{dir + "mint.go:mint"}},
		{"mint", "x/emissions/", []string{dir + "epoch_end.go:fundCommunity", dir + "escrow.go:fundEscrow", dir + "freeze.go:fundClass"}},
		{"fundCommunity", "x/emissions/", []string{dir + "epoch_end.go:endEpoch"}},
		{"fundEscrow", "x/emissions/", []string{dir + "epoch_end.go:endEpoch"}},
		{"fundClass", "x/emissions/", []string{dir + "freeze.go:freezeEpoch"}},
		{"endEpoch", "x/emissions/", []string{dir + "abci.go:EndBlocker"}},
		{"freezeEpoch", "x/emissions/", []string{dir + "abci.go:EndBlocker"}},
		{"EndBlocker", "x/emissions/", []string{"x/emissions/module.go:EndBlock"}},
	} {
		require.Equal(t, c.want, callers(files, c.name, c.in), "callers of %s", c.name)
	}
}

// Burns are counted where they happen: this module's own in one function, other modules' in the wrapper.
func TestEveryBurnIsCounted(t *testing.T) {
	require.Equal(t, []string{"x/emissions/keeper/burn.go:BurnCoins", "x/emissions/keeper/burn.go:burnFrom"}, callers(nodeFiles(t), "BurnCoins", ""))
}
